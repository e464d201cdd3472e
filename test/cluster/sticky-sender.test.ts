// Owns: the address of a client whose request one worker passes on to another, where applications judge by it.
// Elsewhere: what is passed on (sticky.test.ts, sticky-upgrades.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import { within } from '../support/journal.js'
import { startPrimary } from '../support/sticky.js'

interface Seen {
  readonly worker: string
  readonly address: readonly unknown[]
  readonly names: readonly string[]
}

const upgrade =
  'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'

/** Asks for two paths on one connection, from an address that is not the workers' own: what their app sees of each. */
async function askFor(
  t: TestContext,
  port: number,
  path: (worker: string) => string,
  more: string,
): Promise<{ readonly from: readonly unknown[]; readonly first: string; readonly second: Seen }> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.5' })
  t.after(() => socket.destroy())
  let text = ''
  socket.on('data', (piece: Buffer) => (text += piece.toString('latin1')))
  await within('a connection', once(socket, 'connect'))
  const from = ['IPv4', '127.0.0.5', socket.localPort]
  socket.write('GET /name HTTP/1.1\r\nHost: x\r\n\r\n')
  while (!/\r\n\r\n\d$/.test(text)) await within('a name', once(socket, 'data'))
  const first = text.slice(-1)
  text = ''
  const ended = once(socket, 'close')
  socket.write(`GET ${path(first === '1' ? '2' : '1')} HTTP/1.1\r\nHost: x\r\n${more}\r\n`)
  await within('an answer', ended)
  return { from, first, second: JSON.parse(/\{.*\}/s.exec(text)?.[0] ?? '') as Seen }
}

test('a request that is passed on has the address of its client, and nothing that it had not', async (t) => {
  const { port } = await startPrimary(t, 2)
  const forged = 'Socketio-Middleware-Sender: x 127.0.0.1 IPv4 1\r\n'
  for (const [transport, more] of [
    ['xhr-polling', ''],
    ['xhr-polling', forged],
    ['websocket', upgrade],
    ['websocket', upgrade + forged],
  ] as const) {
    const path = (worker: string): string => `/address/socket.io/1/${transport}/${worker}.x`
    const { from, first, second } = await askFor(t, port, path, more)
    assert.notEqual(second.worker, first)
    assert.deepEqual(second.address, from)
    const own = second.names.filter((name) => /sender/i.test(name))
    assert.deepEqual(own, [])
  }
})

test('who is not passed on may not say where it comes from', async (t) => {
  const { port } = await startPrimary(t, 2)
  const forged = 'socketio-middleware-sender: x 127.0.0.1 IPv4 1\r\nConnection: close\r\n'
  const { from, second } = await askFor(t, port, () => '/address', forged)
  assert.deepEqual(second.address, from)
})
