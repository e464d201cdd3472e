// Owns: event names that a client of Socket.IO 4 takes for its own: nothing here sends them, on whatever wire.
// Elsewhere: event names that clients send (handlers.test.ts), names of on_… methods (../../unit/namespaces/namespace-map.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, BroadcastMixin, RoomsMixin } from '../../../lib/index.js'
import { generations, openIn, type Generation, type NamespacePeer } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { startServer, type TestServer } from '../../support/server.js'

const reserved = ['connect', 'connect_error', 'disconnect', 'disconnecting', 'newListener', 'removeListener'] as const

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  static last: Chat
  override async initialize() {
    Chat.last = this
    await this.join('lobby')
  }
  on_relay(name: string, ...args: unknown[]) {
    this.emit(name, ...args)
    return 'relayed'
  }
  on_shout(name: string) {
    this.emitToRoom('lobby', name)
    return 'shouted'
  }
  on_alive() {
    return 'alive'
  }
}

/** Each way in which a server sends an event. */
const ways: Readonly<Record<string, (name: string, server: TestServer) => unknown>> = {
  'this.emit()': (name) => Chat.last.emit(name, 1),
  'this.emit() with a callback': (name) => Chat.last.emit(name, () => {}),
  'this.emitWithAck()': (name) => Chat.last.emitWithAck(name),
  'this.timeout().emit()': (name) => Chat.last.timeout(1_000).emit(name, () => {}),
  'this.timeout().emitWithAck()': (name) => Chat.last.timeout(1_000).emitWithAck(name),
  'this.emitToRoom()': (name) => Chat.last.emitToRoom('lobby', name),
  'this.to().emit()': (name) => Chat.last.to('lobby').emit(name),
  'this.in().emit()': (name) => Chat.last.in('lobby').emit(name),
  'this.except().emit()': (name) => Chat.last.except('garden').emit(name),
  'this.broadcastEvent()': (name) => Chat.last.broadcastEvent(name),
  'this.broadcastEventNotMe()': (name) => Chat.last.broadcastEventNotMe(name),
  'this.broadcast.emit()': (name) => Chat.last.broadcast.emit(name),
  'this.broadcast.volatile.emit()': (name) => Chat.last.broadcast.volatile.emit(name),
  'this.server.of().emit()': (name) => Chat.last.server.of('/chat').emit(name),
  'io.of().emit()': (name, { io }) => io.of('/chat').emit(name),
  'io.of().emitWithAck()': (name, { io }) => io.of('/chat').emitWithAck(name),
  'io.of().timeout().emitWithAck()': (name, { io }) => io.of('/chat').timeout(1_000).emitWithAck(name),
  'io.of().timeout().emit()': (name, { io }) =>
    io
      .of('/chat')
      .timeout(1_000)
      .emit(name, () => {}),
  'io.of().to().emit()': (name, { io }) => io.of('/chat').to('lobby').emit(name),
  'io.of().local.emit()': (name, { io }) => io.of('/chat').local.emit(name),
  'io.of().volatile.emit()': (name, { io }) => io.of('/chat').volatile.emit(name),
  'io.sockets.emit()': (name, { io }) => io.sockets.emit(name),
  'RemoteSocket.emit()': async (name, { io }) => {
    const [remote] = await io.of('/chat').fetchSockets()
    remote?.emit(name)
  },
  'this.socket.sendPacket()': (name) =>
    Chat.last.socket.sendPacket({ type: 'event', endpoint: '/chat', name, args: [] }),
}

async function scene(t: TestContext, generation: Generation): Promise<{ server: TestServer; peer: NamespacePeer }> {
  const server = await startServer(t, { '/chat': Chat }, { errorHandler: () => {} })
  const peer = await openIn(t, server, generation)
  await peer.enter('/chat')
  return { server, peer }
}

for (const generation of generations) {
  describe(`towards a client of ${generation}`, () => {
    for (const [way, send] of Object.entries(ways)) {
      test(`${way} of a reserved name throws, sends nothing, and the client stays`, async (t) => {
        const { server, peer } = await scene(t, generation)
        for (const name of reserved) {
          // Thrown or rejected: nobody has to look for an answer that cannot come.
          await assert.rejects(async () => within(way, Promise.resolve(send(name, server))), {
            name: 'UsageError',
            code: 'SIO_USAGE_EVENT',
            message: new RegExp(`"${name}"`),
          })
        }
        peer.ask(1, '/chat', 'alive')
        assert.deepEqual(await peer.settled(), ['ack /chat 1 ["alive"]'])
      })
    }

    test('a handler that relays what a client names kicks nobody', async (t) => {
      const { server, peer } = await scene(t, generation)
      const others = [await openIn(t, server, '4'), await openIn(t, server, '0.9')]
      for (const other of others) await other.enter('/chat')
      for (const name of reserved) {
        peer.ask(1, '/chat', 'relay', name)
        peer.ask(2, '/chat', 'shout', name)
      }
      peer.ask(3, '/chat', 'relay', 'news', 1)
      assert.deepEqual(await peer.settled(), ['event /chat news [1]', 'ack /chat 3 ["relayed"]'])
      for (const other of others) {
        other.ask(1, '/chat', 'alive')
        assert.deepEqual(await other.settled(), ['ack /chat 1 ["alive"]'])
      }
    })

    test('names beside the reserved ones are sent', async (t) => {
      const { peer } = await scene(t, generation)
      const names = ['error', 'Connect', 'connected', 'disconnect ', 'ping', 'message', 'reconnect', 'connection']
      for (const name of names) Chat.last.emit(name)
      assert.deepEqual(
        await peer.settled(),
        names.map((name) => `event /chat ${name} []`),
      )
    })
  })
}
