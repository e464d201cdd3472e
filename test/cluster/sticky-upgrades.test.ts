// Owns: websockets behind stickyPrimary() that come first, or on a connection of another worker.
// Elsewhere: polls on such connections (sticky.test.ts), their headers (sticky-headers.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { ask } from '../support/engine-peer.js'
import { within } from '../support/journal.js'
import { startPrimary } from '../support/sticky.js'

test('the first request of a worker may be an upgrade', async (t) => {
  const { port } = await startPrimary(t, 3)
  for (let count = 0; count < 3; count++) {
    const websocket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`)
    t.after(() => {
      websocket.terminate()
    })
    const [message] = (await within('a session', once(websocket, 'message'))) as [Buffer]
    assert.match(message.toString(), /^0\{"sid":/)
  }
})

const head = 'Host: x\r\n'
const upgrade = `${head}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`

/** A masked frame. */
function frame(text: string): Buffer {
  return Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)])
}

async function sidsByWorker(url: string): Promise<ReadonlyMap<string, string>> {
  const sids = new Map<string, string>()
  while (sids.size < 2) {
    const [sid = ''] = (await ask(`${url}/socket.io/1/`)).body.split(':')
    sids.set(sid.slice(0, sid.indexOf('.')), sid)
  }
  return sids
}

interface Connection {
  readonly socket: Socket
  readonly ended: Promise<unknown>
  readonly until: (end: string) => Promise<string>
}

function open(t: TestContext, port: number): Connection {
  const socket = connect(port, '127.0.0.1').setNoDelay()
  t.after(() => socket.destroy())
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')))
  const until = async (end: string): Promise<string> => {
    while (!text.includes(end)) await within(JSON.stringify(end), once(socket, 'data'))
    return text
  }
  return { socket, ended: once(socket, 'close'), until }
}

for (const isPipelined of [false, true]) {
  const how = isPipelined ? 'right behind' : 'after the answer to'
  test(`an upgrade for a client of another worker, ${how} a request for its own, is passed on`, async (t) => {
    const { port, url } = await startPrimary(t, 2)
    const sids = await sidsByWorker(url)
    for (const [own, other] of [
      ['1', '2'],
      ['2', '1'],
    ] as const) {
      const { socket, until, ended } = open(t, port)
      socket.write(`GET /socket.io/?EIO=4&transport=polling&sid=${own}.${'A'.repeat(20)} HTTP/1.1\r\n${head}\r\n`)
      if (!isPipelined) await until('Session ID unknown')
      socket.write(`GET /socket.io/1/websocket/${sids.get(other)} HTTP/1.1\r\n${upgrade}`)
      const text = await until('1::')
      assert.match(text, /^HTTP\/1\.1 400 [^]*unknown"\}HTTP\/1\.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=[^]*1::$/)
      socket.write(frame('5:7+::{"name":"echo","args":["x"]}'))
      await until('6:::7+["x"]')
      socket.write(frame('0::'))
      await within('the end of the connection', ended)
    }
  })
}

test('an upgrade for a client that another worker does not know is answered by it', async (t) => {
  const { port } = await startPrimary(t, 2)
  const { socket, until, ended } = open(t, port)
  socket.write(`GET /socket.io/?EIO=4&transport=polling&sid=1.${'A'.repeat(20)} HTTP/1.1\r\n${head}\r\n`)
  await until('Session ID unknown')
  socket.write(`GET /socket.io/?EIO=4&transport=websocket&sid=2.${'A'.repeat(20)} HTTP/1.1\r\n${upgrade}`)
  assert.match(await until('400 Bad Request\r\nConnection: close'), /unknown/)
  await within('the end of the connection', ended)
})
