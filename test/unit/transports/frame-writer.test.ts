// Owns: what the unit tests say of the writes that frames leave in.
import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { FrameWriter } from '../../../lib/transports/frame-writer.js'

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
  return { writes, connection, writer: new FrameWriter(connection) }
}

test('what is written in one turn leaves in one write at its end, in order', async () => {
  const { writes, writer } = bench()
  for (const frame of ['a', 'b', 'c']) writer.write(frame)
  assert.deepEqual(writes, [])
  assert.equal(writer.waitingBytes, 3)
  await setImmediate()
  assert.deepEqual(writes, ['latin1 abc'])
  writer.write('d')
  await setImmediate()
  assert.deepEqual(writes, ['latin1 abc', 'latin1 d'])
})

test('several connections are written to in the same turn', async () => {
  const [one, other] = [bench(), bench()]
  one.writer.write('1')
  other.writer.write('2')
  one.writer.write('1')
  await setImmediate()
  assert.deepEqual([one.writes, other.writes], [['latin1 11'], ['latin1 2']])
})

test('a flush writes at once, and what follows it leaves at the end of the turn', async () => {
  const { writes, writer } = bench()
  writer.flush()
  writer.write('a')
  writer.flush()
  assert.deepEqual(writes, ['latin1 a'])
  writer.write('b')
  await setImmediate()
  assert.deepEqual(writes, ['latin1 a', 'latin1 b'])
})

test('more than 64 KiB are not put together: they are written before the turn ends', async () => {
  const { writes, writer } = bench()
  const frame = 'x'.repeat(40_000)
  writer.write(frame)
  assert.equal(writes.length, 0)
  writer.write(frame)
  assert.deepEqual(
    writes.map(({ length }) => length),
    ['latin1 '.length + 80_000],
  )
  writer.write('y')
  await setImmediate()
  assert.equal(writes[1], 'latin1 y')
})

test('what the connection has not passed on yet is waiting, too', () => {
  const connection = new Writable({ decodeStrings: false, write: () => {} })
  const writer = new FrameWriter(connection)
  writer.write('abc')
  writer.flush()
  writer.write('d')
  assert.equal(writer.waitingBytes, 4)
})

test('nothing is written to a connection that is over, or once it is to be forgotten', async () => {
  const { writes, connection, writer } = bench()
  writer.write('a')
  writer.discard()
  await setImmediate()
  writer.write('b')
  connection.end()
  await setImmediate()
  assert.deepEqual(writes, [])
})
