// Owns: two thousand clients that are away and are sent broadcasts: what they weigh, which bounds end them, and that those of one
// address do not push out all others.
// Elsewhere: one client (lost-lines.test.ts), a crowd that comes and goes (test/soak).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { collectGarbage } from '../../support/garbage.js'
import { within } from '../../support/journal.js'
import { startServer, type TestServer } from '../../support/server.js'

const crowd = 2_000
const others = 20

/** Clients of 0.9 from an address, whose connections are then lost; their session ids. */
async function comeAndGetLost(t: TestContext, { port }: TestServer, count: number, localAddress: string) {
  const sids: string[] = []
  for (let done = 0; done < count; done += 100) {
    const some = Array.from({ length: Math.min(100, count - done) }, async () => {
      const sid = await handshake(port, localAddress)
      const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/1/websocket/${sid}`, { localAddress })
      t.after(() => {
        socket.terminate()
      })
      await once(socket, 'message')
      sids.push(sid)
      return socket
    })
    for (const socket of await Promise.all(some)) socket.terminate()
  }
  return sids
}

async function settled(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(10)
}

async function handshake(port: number, localAddress: string, query = ''): Promise<string> {
  const request = http.get({ host: '127.0.0.1', port, path: `/socket.io/1/${query}`, localAddress, agent: false })
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const text = Buffer.concat((await response.toArray()) as Buffer[]).toString()
  return text.split(':')[0] as string
}

const serve = (t: TestContext, options: Options): Promise<TestServer> =>
  startServer(
    t,
    { '': class extends BaseNamespace {} },
    { heartbeatInterval: 100_000, heartbeatTimeout: 200_000, ...options },
  )

async function heap(): Promise<number> {
  // The sockets of the clients are finalized first.
  for (let round = 0; round < 4; round++) await collectGarbage()
  return process.memoryUsage().heapUsed
}

test(`${crowd} clients that are away keep a broadcast once, and end when more is kept than may be`, async (t) => {
  const server = await serve(t, { recovery: { maxBytes: 50_000 } })
  const { io } = server
  await comeAndGetLost(t, server, crowd, '127.0.0.1')
  await within(
    'all to be away',
    settled(() => io.stats().suspended === crowd),
  )
  // The clients' own ends are garbage by then.
  await pause(1_000)
  const before = await heap()
  for (let count = 0; count < 40; count++) io.sockets.emit('news', 'x'.repeat(1_000), count)
  await pause(50)
  assert.equal(io.stats().suspended, crowd)
  // Each for itself it would be 80 MB.
  const kept = (await heap()) - before
  t.diagnostic(`${(kept / crowd).toFixed(0)} bytes for each and 40 broadcasts of 1 kB`)
  assert.ok(kept < 4_000 * crowd, String(kept))

  for (let count = 0; count < 20; count++) io.sockets.emit('news', 'x'.repeat(1_000), count)
  await within(
    'the end of all',
    settled(() => io.stats().suspended === 0),
  )
  assert.equal(io.stats().sockets, 0)
  const left = (await heap()) - before
  assert.ok(left < 1_000_000, String(left))
})

test('clients of one address that are lost by the thousand do not push out those of another', async (t) => {
  const server = await serve(t, { recovery: { maxSuspended: 200 } })
  const { io } = server
  const quiet = await comeAndGetLost(t, server, others, '127.0.0.2')
  await within(
    'the others to be away',
    settled(() => io.stats().suspended === others),
  )
  await comeAndGetLost(t, server, crowd, '127.0.0.1')
  await within(
    'the bound',
    settled(() => io.stats().sockets === 200),
  )
  assert.equal(io.stats().suspended, 200)
  for (const sid of quiet) {
    const back = await handshake(server.port, '127.0.0.2', `?resume=${sid}&seen=0`)
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket.io/1/websocket/${back}`, {
      localAddress: '127.0.0.2',
    })
    await once(socket, 'message')
    socket.terminate()
  }
  assert.equal(io.stats().resumed, others)
})
