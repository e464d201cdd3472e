// Owns: what happens one past each bound on what a client may make wait, open or name, on a live server.
// Elsewhere: maxQueuedEvents (backpressure.test.ts), bodies and messages (posts.test.ts, websocket-limit.test.ts),
// maxNamespacesPerSocket and maxPendingAcks (namespaces/).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin, type DisconnectReason } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { startServer } from '../support/server.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { connectPeer } from '../support/v09-peers.js'
import { asking, event, joinClient, openClient, Queue, shakeHands } from '../support/wire-client.js'

const busy = { status: 503, body: 'handshake error' }

async function handshake(peer: V09Peer): Promise<{ status: number; body: string }> {
  const { status, body } = await peer.request(`${mount}/`)
  return { status, body }
}

test('one handshake more than maxHandshakes is refused, until one of them is in use', async (t) => {
  const server = await startServer(t, {}, { maxHandshakes: 2 })
  const peer = new V09Peer(t, server)
  const sid = await peer.handshake()
  await peer.handshake()
  assert.deepEqual(await handshake(peer), busy)
  assert.equal((await peer.get('xhr-polling', sid)).body, '1::')
  assert.equal((await handshake(peer)).status, 200)
})

test('handshakes that are not used in time make room for others', async (t) => {
  const clock = new FakeClock()
  const peer = new V09Peer(t, await startServer(t, {}, { maxHandshakes: 1, handshakeTimeout: 500, clock }))
  await peer.handshake()
  clock.advance(499)
  assert.deepEqual(await handshake(peer), busy)
  clock.advance(1)
  assert.equal((await handshake(peer)).status, 200)
})

test('a refused handshake of a script is told by a script', async (t) => {
  const peer = new V09Peer(t, await startServer(t, {}, { maxHandshakes: 1 }))
  await peer.handshake()
  const { status, body } = await peer.request(`${mount}/?jsonp=3`, { headers: { Referer: `${peer.ownOrigin}/chat` } })
  assert.deepEqual({ status, body }, { status: 200, body: 'io.j[3](new Error("handshake error"));' })
})

test('one socket more than maxSockets is refused, until one of them has ended', async (t) => {
  const server = await startServer(t, {}, { maxSockets: 2 })
  const peer = new V09Peer(t, server)
  const client = await openClient(t, server)
  await openClient(t, server)
  assert.deepEqual(await handshake(peer), busy)
  assert.equal(await client.ask('0::'), '0::')
  await shakeHands(server)
})

test('one packet more than maxBufferedPackets between two polls ends the socket', async (t) => {
  const reasons = new Queue<DisconnectReason>('a reason')
  class Flood extends BaseNamespace {
    on_flood(count: number) {
      for (let sent = 0; sent < count; sent++) this.send(String(sent))
    }

    override recv_disconnect(reason: DisconnectReason) {
      reasons.push(reason)
    }
  }
  const server = await startServer(t, { '': Flood }, { maxBufferedPackets: 3 })
  const peer = await connectPeer(t, server, 'xhr-polling')
  await peer.send(event('', 'flood', 3))
  assert.deepEqual(await peer.receiveAll(3), ['3:::0', '3:::1', '3:::2'])
  await peer.send(event('', 'flood', 4))
  assert.equal(await reasons.next(), 'limit exceeded')
  await peer.assertEnded()
})

test('an event whose name has maxEventNameLength characters is handled, and one with one more is not', async (t) => {
  class Named extends BaseNamespace {}
  const longest = 'x'.repeat(256)
  Object.defineProperty(Named.prototype, `on_${longest}`, { value: () => 'handled' })
  const client = await joinClient(t, await startServer(t, { '/chat': Named }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', longest)), '6::/chat:1+["handled"]')
  assert.match(await client.ask(event('/chat', `${longest}x`)), /"name":"error","args":\["unallowed_event_name",/)
})

test('the option maxEventNameLength moves that bound', async (t) => {
  class Named extends BaseNamespace {
    on_abc() {
      return 'handled'
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Named }, { maxEventNameLength: 3 }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'abc')), '6::/chat:1+["handled"]')
  assert.match(await client.ask(event('/chat', 'abcd')), /"args":\["unallowed_event_name",/)
})

test('one room more than maxRoomsPerSocket is a UsageError, and the socket stays in its others', async (t) => {
  class Roamer extends RoomsMixin(BaseNamespace) {
    async on_join(room: string) {
      try {
        await this.join(room)
      } catch (error) {
        return [Reflect.get(error as Error, 'code'), this.rooms.size]
      }
      return ['joined', this.rooms.size]
    }
  }
  const server = await startServer(t, { '/chat': Roamer }, { maxRoomsPerSocket: 2 })
  const client = await joinClient(t, server, '/chat')
  // Its own room is one of the sizes and does not count towards the bound.
  assert.equal(await client.ask(asking(1, '/chat', 'join', 'a')), '6::/chat:1+["joined",2]')
  assert.equal(await client.ask(asking(2, '/chat', 'join', 'b')), '6::/chat:2+["joined",3]')
  assert.equal(await client.ask(asking(3, '/chat', 'join', 'c')), '6::/chat:3+["SIO_USAGE_ROOMS",3]')
})
