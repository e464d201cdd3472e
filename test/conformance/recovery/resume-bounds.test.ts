// Owns: clients of Socket.IO 4 that come back often, late, or with what they should not say aloud.
// Elsewhere: how many may be away (suspended.ts has its own tests), who may come back (resume-access.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { channels } from '../../../lib/index.js'
import { parts, watch, watchTrace } from '../../support/channel-watch.js'
import { recordedClient } from '../../support/client-4.js'
import { FakeClock } from '../../support/clock.js'
import { startWebSocket } from '../../support/engine-peer.js'
import { ResumingPeer } from '../../support/resuming-peer.js'
import { noting, startResuming } from '../../support/resuming-server.js'

const said = (number: unknown): string => JSON.stringify(['said', number])

test('a client that comes back 300 times is one client, and leaves nothing behind', async (t) => {
  const { io, life, url } = await startResuming(t, { maxSockets: 2, maxHandshakes: 2 })
  let peer = await ResumingPeer.open(t, url)
  const { data } = await peer.connect('/chat')
  for (let round = 1; round <= 300; round++) {
    io.of('/chat').emit('said', round)
    // Every third has lost its connection, the others have one that nobody reads any more.
    if (round % 3 === 0) {
      peer.cut()
      await life.has('suspended transport close', round)
    }
    const next = await ResumingPeer.open(t, url)
    const answer = await next.connect('/chat', { pid: data.pid })
    assert.deepEqual(answer.data, data)
    // Nothing has confirmed the others: they are sent again each time.
    assert.equal(answer.events.at(-1), said(round))
    await peer.peer.closed
    peer = next
  }
  const { sockets, suspended, resumed, byTransport, byProtocol } = io.stats()
  assert.deepEqual([sockets, suspended, resumed, byTransport.websocket, byProtocol['4']], [1, 0, 300, 1, 1])
  assert.equal(life.count('connect'), 1)
})

test('of 50 that come at once with one private id a single one has the client, and bounds hold', async (t) => {
  const { io, life, url } = await startResuming(t, { maxSockets: 20 })
  const first = await ResumingPeer.open(t, url)
  const { data } = await first.connect('/chat')
  const others = Array.from({ length: 50 }, () => startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`))
  for (const { websocket } of others) {
    websocket.once('open', () => {
      websocket.send(`40/chat,${JSON.stringify({ pid: data.pid })}`)
    })
  }
  await Promise.all(others.map(({ websocket, closed }) => Promise.race([closed, opened(websocket)])))
  const last = await ResumingPeer.open(t, url)
  assert.deepEqual((await last.connect('/chat', { pid: data.pid })).data, data)
  await Promise.all(others.map(({ closed }) => closed))
  io.of('/chat').emit('said', 'end')
  assert.equal((await last.event()).event, said('end'))
  assert.equal(life.count('connect'), 1)
  assert.equal(io.stats().sockets, 1)
})

function opened(websocket: { readonly readyState: number; on(event: 'message', listener: () => void): void }) {
  return new Promise<void>((resolve) => {
    websocket.on('message', () => {
      resolve()
    })
  })
}

test('a rate limit goes on where it was: coming back fills nothing', async (t) => {
  const { life, url } = await startResuming(t, { rateLimit: { events: 3, per: 1_000_000 } })
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  before.send('42/chat,1["echo",1]', '42/chat,2["echo",2]')
  assert.deepEqual([await before.frame(), await before.frame()], ['43/chat,1[1]', '43/chat,2[2]'])
  before.cut()
  await life.has('suspended transport close')
  const after = await ResumingPeer.open(t, url)
  await after.connect('/chat', { pid: data.pid })
  after.send('42/chat,3["echo",3]')
  assert.match(await after.frame(), /^42\/chat,\["error","rate_limited"/)
})

test('who stays away for longer than the duration ends once, and is a new client then', async (t) => {
  const clock = new FakeClock()
  const { io, life, url } = await startResuming(t, { clock, recovery: { duration: 60_000 } })
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat')
  // However long it was there before.
  clock.advance(3_600_000)
  before.cut()
  await life.has('suspended transport close')
  clock.advance(59_999)
  assert.equal(life.count('disconnect transport close'), 0)
  assert.equal(io.stats().suspended, 1)
  clock.advance(1)
  await life.has('disconnect transport close')
  clock.advance(3_600_000)
  const after = await ResumingPeer.open(t, url)
  assert.notEqual((await after.connect('/chat', { pid: data.pid })).data.pid, data.pid)
  assert.deepEqual(life.entries, ['connect', 'suspended transport close', 'disconnect transport close', 'connect'])
  assert.deepEqual([io.stats().suspended, io.stats().resumed, io.stats().resumesRefused.unknown], [0, 0, 1])
})

test('a client in no namespace is not suspended', async (t) => {
  const { io, life, url } = await startResuming(t)
  const peer = await ResumingPeer.open(t, url)
  await peer.connect('/chat')
  peer.send('41/chat,')
  await life.has('disconnect client namespace disconnect')
  peer.cut()
  for (; io.stats().sockets > 0; await new Promise((resolve) => void setImmediate(resolve)));
  assert.equal(io.stats().suspended, 0)
})

test('who is away when the server closes ends at once', async (t) => {
  const { io, life, url } = await startResuming(t)
  const peer = await ResumingPeer.open(t, url)
  await peer.connect('/chat')
  peer.cut()
  await life.has('suspended transport close')
  await io.close({ drain: 10_000 })
  assert.deepEqual(life.entries, ['connect', 'suspended transport close', 'disconnect server shutting down'])
})

test('private ids and offsets are in no channel, no log, and nothing of the application’s', async (t) => {
  const seen: unknown[] = []
  for (const name of Object.values(channels)) {
    if (name === channels.handler || name === channels.connect) {
      watchTrace(t, name, (part, message) => {
        if (parts.includes(part)) seen.push(message)
      })
    } else watch(t, name, (message) => seen.push(message))
  }
  t.mock.method(console, 'error', (...words: unknown[]) => seen.push(words))
  t.mock.method(console, 'warn', (...words: unknown[]) => seen.push(words))
  t.mock.method(process.stderr, 'write', (text: unknown) => seen.push(text) > 0)
  const { io, life, url } = await startResuming(t, {}, (noted) => ({
    '/chat': class extends noting(noted) {
      override recv_connect() {
        seen.push(this.auth, this.environ)
        return super.recv_connect()
      }
      override recv_resume(request: object, auth: unknown) {
        seen.push(auth, this.auth)
        return super.recv_resume(request, auth)
      }
    },
  }))
  io.use((_socket, next, { auth }) => {
    seen.push(auth)
    next()
  })
  const before = await ResumingPeer.open(t, url)
  const { data } = await before.connect('/chat', { token: 't' })
  io.of('/chat').emit('said', 1)
  const { offset } = await before.event()
  before.cut()
  await life.has('suspended transport close')
  const other = await ResumingPeer.open(t, url)
  await other.connect('/chat', { pid: `${data.pid}0`, offset, token: 't' })
  const after = await ResumingPeer.open(t, url)
  assert.deepEqual((await after.connect('/chat', { pid: data.pid, offset, token: 't' })).data, data)
  const text = shown(seen)
  assert.ok(text.includes('"token":"t"'))
  for (const secret of [data.pid, data.pid.slice(0, 20), offset, '"pid"', '"offset"']) {
    assert.ok(!text.includes(secret), secret)
  }
})

// All that can be reached from plain objects, a few levels deep.
function shown(seen: readonly unknown[]): string {
  const texts: string[] = []
  const walk = (value: unknown, depth: number): void => {
    if (typeof value === 'string') texts.push(value)
    if (typeof value !== 'object' || value === null || depth > 4) return
    try {
      texts.push(JSON.stringify(value) ?? '')
    } catch {
      // Requests and sockets hold themselves.
      for (const key of Object.keys(value)) walk(Reflect.get(value, key), depth + 1)
    }
  }
  for (const value of seen) walk(value, 0)
  return texts.join('\n')
}

test('a client of Socket.IO 3 gets offsets, and is a new client when it comes back', async (t) => {
  const { io, life, line } = await startResuming(t)
  const client = recordedClient(t, line.url, { version: '3' })
  await client.until('connected')
  io.of('/chat').emit('said', 1)
  await client.until('said 1')
  assert.equal(client.offsets.length, 1)
  const { id } = client.socket
  line.cut()
  assert.deepEqual(await client.until('connected'), ['disconnected', 'connected'])
  assert.notEqual(client.socket.id, id)
  io.of('/chat').emit('said', 2)
  assert.deepEqual(await client.until('said 2'), ['said 2'])
  assert.equal(life.count('connect'), 2)
})
