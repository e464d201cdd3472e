// Owns: what the unit tests say of the writes that frames leave in.
// Elsewhere: what is read (websocket-line-in.test.ts).
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import type { WebSocket } from 'ws'
import { WebsocketLine } from '../../../lib/transports/websocket-line.js'

const nobody = { readText: () => false, fail() {} }

/** A line on a connection, whose frames are what they are to it: their bytes are made elsewhere. */
function lineOn(connection: Writable) {
  const websocket = { extensions: '', _socket: connection, readyState: 1, prependListener() {} }
  const line = new WebsocketLine(websocket as unknown as WebSocket, nobody)
  const write = (frame: string) => {
    line.send({ websocket: frame }, 'unused')
  }
  return { line, write }
}

function bench(highWaterMark?: number) {
  const writes: string[] = []
  const connection = new Writable({
    decodeStrings: false,
    ...(highWaterMark === undefined ? {} : { highWaterMark }),
    write: (chunk: string, encoding, done) => {
      writes.push(`${encoding} ${chunk}`)
      done()
    },
  })
  return { writes, connection, ...lineOn(connection) }
}

test('what is written in one turn leaves in one write at its end, in order', async () => {
  const { writes, line, write } = bench()
  for (const frame of ['a', 'b', 'c']) write(frame)
  assert.deepEqual(writes, [])
  assert.equal(line.waitingBytes, 3)
  await setImmediate()
  assert.deepEqual(writes, ['latin1 abc'])
  write('d')
  await setImmediate()
  assert.deepEqual(writes, ['latin1 abc', 'latin1 d'])
})

test('several connections are written to in the same turn', async () => {
  const [one, other] = [bench(), bench()]
  one.write('1')
  other.write('2')
  one.write('1')
  await setImmediate()
  assert.deepEqual([one.writes, other.writes], [['latin1 11'], ['latin1 2']])
})

test('a flush writes at once, and what follows it leaves at the end of the turn', async () => {
  const { writes, line, write } = bench()
  line.flush()
  write('a')
  line.flush()
  assert.deepEqual(writes, ['latin1 a'])
  write('b')
  await setImmediate()
  assert.deepEqual(writes, ['latin1 a', 'latin1 b'])
})

test('more than 64 KiB are not put together: they are written before the turn ends', async () => {
  const { writes, write } = bench()
  const frame = 'x'.repeat(40_000)
  write(frame)
  assert.equal(writes.length, 0)
  write(frame)
  assert.deepEqual(
    writes.map(({ length }) => length),
    ['latin1 '.length + 80_000],
  )
  write('y')
  await setImmediate()
  assert.equal(writes[1], 'latin1 y')
})

test('what the connection has not passed on yet is waiting, too', () => {
  const connection = new Writable({ decodeStrings: false, write: () => {} })
  const { line, write } = lineOn(connection)
  write('abc')
  line.flush()
  write('d')
  assert.equal(line.waitingBytes, 4)
})

test('nothing is written to a connection that is over, or once it is to be forgotten', async () => {
  const { writes, connection, line, write } = bench()
  write('a')
  line.discard()
  await setImmediate()
  write('b')
  connection.end()
  await setImmediate()
  assert.deepEqual(writes, [])
})

test('what was not written when its connection had broken, or was forgotten, is known', async () => {
  const { connection, writes, line, write } = bench()
  assert.equal(line.isWritten, true)
  write('a')
  assert.equal(line.isWritten, false)
  line.flush()
  assert.equal(line.isWritten, true)
  connection.destroy()
  write('b')
  await setImmediate()
  write('c')
  await setImmediate()
  assert.equal(line.isWritten, false)
  assert.deepEqual(writes, ['latin1 a'])
  const other = bench()
  other.write('a')
  other.line.discard()
  await setImmediate()
  assert.equal(other.line.isWritten, false)
  assert.deepEqual(other.writes, [])
})

test('what is sent once nothing is written any more is neither kept nor counted', async () => {
  const connection = new Writable({ decodeStrings: false, write: () => {} })
  const { line, write } = lineOn(connection)
  write('abc')
  line.flush()
  // The client has closed its side and does not read: what Node has is still to be written.
  connection.end()
  write('d')
  line.flush()
  assert.equal(line.waitingBytes, 3)
  for (let sent = 0; sent < 10; sent++) write('e'.repeat(10_000))
  assert.equal(line.waitingBytes, 3)
  await setImmediate()
  assert.equal(connection.writableLength, 3)
  assert.equal(line.isWritten, false)
  const other = bench()
  other.line.discard()
  other.write('a')
  assert.equal(other.line.waitingBytes, 0)
})
