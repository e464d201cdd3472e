// Owns: reading from a client that sends more than one namespace may keep waiting.
// Elsewhere: the queue itself (test/unit/socket/inbox.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { within } from '../support/journal.js'
import { startServer, type TestServer } from '../support/server.js'
import { numbers, slowness, type Slowness } from '../support/slow-namespace.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { connectPeer, framed, httpTransports } from '../support/v09-peers.js'
import { event, openClient, type WireClient } from '../support/wire-client.js'

// Every handler waits for the gate.
async function start(t: TestContext, options: Options): Promise<Slowness & { readonly server: TestServer }> {
  const slow = slowness()
  return { ...slow, server: await startServer(t, { '': slow.namespace }, options) }
}

function work(number: number, ...ballast: string[]): string {
  return event('', 'work', number, ...ballast)
}

for (const transport of httpTransports) {
  test(`a POST over ${transport} that fills a namespace's queue is answered when there is room again`, async (t) => {
    const { server, gate, begun } = await start(t, { maxQueuedEvents: 2 })
    const peer = await connectPeer(t, server, transport)
    await peer.send(work(0))
    await begun.until(1)
    // One is being worked on and two wait: that is not too many.
    await peer.send(work(1), work(2))
    let isAnswered = false
    const answer = peer.raw.post(transport, peer.sid, work(3)).then(({ status, body }) => {
      isAnswered = true
      return { status, body }
    })
    await peer.raw.handshake()
    await peer.raw.handshake()
    assert.equal(isAnswered, false)
    assert.deepEqual(begun.entries, [0])
    gate.open()
    assert.deepEqual(await answer, { status: 200, body: '1' })
    assert.deepEqual(await begun.until(4), [0, 1, 2, 3])
  })
}

test('a POST that comes while reading is paused is not worked on before reading goes on', async (t) => {
  const { server, gate, begun } = await start(t, { maxQueuedEvents: 1 })
  const peer = await connectPeer(t, server, 'xhr-polling')
  const other = new V09Peer(t, server)
  const first = peer.raw.post('xhr-polling', peer.sid, framed(work(0), work(1), work(2)))
  await begun.until(1)
  // Its connect would be answered out of turn, if it were read: the global namespace alone has too much to do.
  const second = other.post('xhr-polling', peer.sid, '1::/nowhere')
  await other.handshake()
  const poll = await peer.raw.hold('xhr-polling', peer.sid)
  let isHeard = false
  const heard = poll.answer().then(({ body }) => {
    isHeard = true
    return body
  })
  await other.handshake()
  assert.equal(isHeard, false)
  gate.open()
  assert.deepEqual([(await first).body, (await second).body], ['1', '1'])
  assert.match(await heard, /no_such_namespace/)
  assert.deepEqual(await begun.until(3), [0, 1, 2])
})

test('packets come to a client over its poll while its POST is not answered yet', async (t) => {
  const { server, gate, begun } = await start(t, { maxQueuedEvents: 1 })
  const peer = await connectPeer(t, server, 'xhr-polling')
  const answer = peer.raw.post('xhr-polling', peer.sid, framed(work(0), work(1), work(2)))
  await begun.until(1)
  server.io.sockets.emit('meanwhile')
  assert.equal(await peer.receive(), event('', 'meanwhile'))
  gate.open()
  assert.equal((await answer).body, '1')
})

test('the POSTs of a socket that ends while reading is paused are answered', async (t) => {
  const { server, begun } = await start(t, { maxQueuedEvents: 1, closeTimeout: 500, pollingDuration: 400 })
  const peer = await connectPeer(t, server, 'xhr-polling')
  const first = peer.raw.post('xhr-polling', peer.sid, framed(work(0), work(1), work(2)))
  await begun.until(1)
  const second = new V09Peer(t, server).post('xhr-polling', peer.sid, work(3))
  assert.deepEqual([(await first).body, (await second).body], ['1', '1'])
  assert.deepEqual(begun.entries, [0])
})

test('a websocket that fills a queue is paused, silence ends nothing meanwhile, and all arrives in order', async (t) => {
  const clock = new FakeClock()
  const { server, gate, begun } = await start(t, { maxQueuedEvents: 5, clock })
  const connections: Socket[] = []
  server.server.on('connection', (connection: Socket) => connections.push(connection))
  const client = await openClient(t, server)
  const connection = connections.at(-1) as Socket
  const count = 100
  // More than the buffers between the two ends hold.
  const ballast = 'x'.repeat(200_000)
  for (const number of numbers(count)) client.send(work(number, ballast))
  await begun.until(1)
  if (!connection.isPaused()) await within('a pause', once(connection, 'pause'))
  clock.advance(1_000_000)
  await openClient(t, server)
  assert.equal(connection.isPaused(), true)
  assert.ok(connection.bytesRead < (count * ballast.length) / 2)
  assert.deepEqual(begun.entries, [0])
  gate.open()
  assert.deepEqual(await begun.until(count), numbers(count))
  // The client is told in its interval that we are there.
  assert.deepEqual(await client.settled(), Array<string>(40).fill('2::'))
  assert.equal(connection.isPaused(), false)
  assert.equal(connection.destroyed, false)
})

for (const [way, lose] of [
  ['is reset', (client: WireClient) => client.reset()],
  ['ends', (client: WireClient) => client.drop()],
] as const) {
  test(`a websocket whose connection ${way} while it is paused is found lost by the next heartbeats`, async (t) => {
    const clock = new FakeClock()
    const { server, begun, ends } = await start(t, { maxQueuedEvents: 5, clock })
    const connections: Socket[] = []
    server.server.on('connection', (connection: Socket) => connections.push(connection))
    const client = await openClient(t, server)
    const connection = connections.at(-1) as Socket
    // More than the buffers between the two ends hold: what is full is not read, and what is not read is not watched.
    const ballast = 'x'.repeat(200_000)
    for (const number of numbers(100)) client.send(work(number, ballast))
    await begun.until(1)
    if (!connection.isPaused()) await within('a pause', once(connection, 'pause'))
    for (let read = -1; read < connection.bytesRead; await openClient(t, server)) read = connection.bytesRead
    lose(client)
    await client.ended()
    // One write provokes the reset of a connection that has only ended; the next one finds it.
    assert.deepEqual(ends.entries, [])
    for (let round = 0; round < 4 && ends.entries.length === 0; round++) {
      clock.advance(25_000)
      await openClient(t, server)
    }
    assert.deepEqual(await ends.until(1), ['transport close'])
    assert.deepEqual(begun.entries, [0])
  })
}

test('the body of a POST that comes while reading is paused waits on its connection', async (t) => {
  const { server, gate, begun } = await start(t, { maxQueuedEvents: 1 })
  const peer = await connectPeer(t, server, 'xhr-polling')
  const first = peer.raw.post('xhr-polling', peer.sid, framed(work(0), work(1), work(2)))
  await begun.until(1)
  const connections: Socket[] = []
  server.server.on('connection', (connection: Socket) => connections.push(connection))
  const arrived = once(server.server, 'request')
  const ballast = 'x'.repeat(900_000)
  const second = new V09Peer(t, server).post('xhr-polling', peer.sid, work(3, ballast))
  await within('the second POST', arrived)
  for (let round = 0; round < 5; round++) await peer.raw.handshake()
  const read = connections[0]?.bytesRead ?? 0
  assert.ok(read > 0 && read < ballast.length / 2, String(read))
  gate.open()
  assert.deepEqual([(await first).body, (await second).body], ['1', '1'])
  assert.deepEqual(await begun.until(4), numbers(4))
})

test('a POST that is given up while its body waits is no packet, and its client is served on', async (t) => {
  const { server, gate, begun } = await start(t, { maxQueuedEvents: 1 })
  const peer = await connectPeer(t, server, 'xhr-polling')
  const first = peer.raw.post('xhr-polling', peer.sid, framed(work(0), work(1), work(2)))
  await begun.until(1)
  const arrived = once(server.server, 'request') as Promise<[unknown, ServerResponse]>
  const given = http.request(`${server.url}${mount}/xhr-polling/${peer.sid}`, { method: 'POST', agent: false })
  given.on('error', () => {})
  given.end(work(3))
  const [, response] = await within('the second POST', arrived)
  const gone = once(response, 'close')
  given.destroy()
  await within('its end', gone)
  gate.open()
  assert.equal((await first).body, '1')
  await peer.send(work(4))
  assert.deepEqual(await begun.until(4), [0, 1, 2, 4])
})

test('a websocket that is ended while it is not read reads the answer to its close', async (t) => {
  class Kicking extends BaseNamespace {
    on_kick() {
      this.disconnect()
    }
  }
  const raw = new V09Peer(t, await startServer(t, { '': Kicking }))
  const line = await raw.websocket(await raw.handshake())
  line.send(event('', 'kick'))
  // Too many for one piece: what comes after the pause stays unread.
  for (let number = 0; number < 9_000; number++) line.send(work(number))
  // ws would cut it after 10 seconds.
  assert.equal(await within('the end of a websocket', line.closed(), 5_000), 1000)
})
