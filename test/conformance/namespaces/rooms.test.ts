// Owns: RoomsMixin and BroadcastMixin, alone, together and beside a mixin that a user wrote.
// Elsewhere: rooms from outside of namespaces (outside.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, BroadcastMixin, RoomsMixin, type AnyNamespace, type Constructor } from '../../../lib/index.js'
import { startServer, type TestServer } from '../../support/server.js'
import { asking, event, joinClient, openClient, type WireClient } from '../../support/wire-client.js'

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  async on_join(room: string | string[]) {
    await this.join(room)
    return [...this.rooms].filter((name) => name !== this.socket.id).toSorted()
  }

  async on_leave(room: string) {
    await this.leave(room)
    return [...this.rooms].filter((name) => name !== this.socket.id).toSorted()
  }

  on_to_room(room: string, text: string) {
    this.emitToRoom(room, 'said', text)
  }

  on_to_all(text: string) {
    this.broadcastEvent('said', text)
  }

  on_to_others(text: string) {
    this.broadcastEventNotMe('said', text)
  }
}

interface Presence {
  readonly greeted: number
}
function PresenceMixin<Base extends Constructor<AnyNamespace>>(base: Base): Base & Constructor<Presence> {
  abstract class WithPresence extends base {
    greeted = 0
    initialize() {
      this.greeted = 10
    }

    on_greet(name: string) {
      this.emit('greeted', name, ++this.greeted)
    }
  }
  return WithPresence
}

const said = event('/chat', 'said', 'hi')

async function three(t: TestContext, server: TestServer): Promise<[WireClient, WireClient, WireClient]> {
  const join = (): Promise<WireClient> => joinClient(t, server, '/chat')
  return [await join(), await join(), await join()]
}

test('emitToRoom sends an event to everyone in the room but the sender', async (t) => {
  const [ann, bob, eve] = await three(t, await startServer(t, { '/chat': Chat }))
  await ann.ask(asking(1, '/chat', 'join', 'lobby'))
  await bob.ask(asking(1, '/chat', 'join', 'lobby'))
  ann.send(event('/chat', 'to_room', 'lobby', 'hi'))
  assert.equal(await bob.next(), said)
  assert.deepEqual([await ann.settled(), await eve.settled()], [[], []])
  // From outside the room it reaches all that are in.
  eve.send(event('/chat', 'to_room', 'lobby', 'hi'))
  assert.deepEqual([await ann.next(), await bob.next()], [said, said])
  assert.deepEqual(await eve.settled(), [])
})

test('a room is left by leave, and leaving one that was never joined does nothing', async (t) => {
  const [ann, bob] = await three(t, await startServer(t, { '/chat': Chat }))
  assert.equal(await bob.ask(asking(1, '/chat', 'leave', 'lobby')), '6::/chat:1')
  assert.equal(await bob.ask(asking(2, '/chat', 'join', ['lobby', 'hall'])), '6::/chat:2+["hall","lobby"]')
  assert.equal(await bob.ask(asking(3, '/chat', 'leave', 'lobby')), '6::/chat:3+["hall"]')
  ann.send(event('/chat', 'to_room', 'lobby', 'hi'))
  await ann.settled()
  assert.deepEqual(await bob.settled(), [])
})

test('rooms of the same name in two namespaces are two rooms', async (t) => {
  const server = await startServer(t, { '/chat': Chat, '/chat_b': Chat })
  const ann = await joinClient(t, server, '/chat')
  const bob = await joinClient(t, server, '/chat_b')
  await ann.ask(asking(1, '/chat', 'join', 'b_lobby'))
  await bob.ask(asking(1, '/chat_b', 'join', 'lobby'))
  ann.send(event('/chat', 'to_room', 'lobby', 'hi'), event('/chat', 'to_room', 'b_lobby', 'hi'))
  bob.send(event('/chat_b', 'to_room', 'b_lobby', 'hi'), event('/chat_b', 'to_room', 'lobby', 'hi'))
  assert.deepEqual([await ann.settled(), await bob.settled()], [[], []])
})

test('broadcastEvent reaches everyone in the namespace, the sender included, and nobody else', async (t) => {
  const server = await startServer(t, { '/chat': Chat, '/other': Chat })
  const [ann, bob, eve] = await three(t, server)
  const outside = [await openClient(t, server), await joinClient(t, server, '/other')]
  ann.send(event('/chat', 'to_all', 'hi'))
  assert.deepEqual([await ann.next(), await bob.next(), await eve.next()], [said, said, said])
  for (const client of outside) assert.deepEqual(await client.settled(), [])
})

test('broadcastEventNotMe reaches everyone in the namespace but the sender', async (t) => {
  const [ann, bob, eve] = await three(t, await startServer(t, { '/chat': Chat }))
  ann.send(event('/chat', 'to_others', 'hi'))
  assert.deepEqual([await bob.next(), await eve.next()], [said, said])
  assert.deepEqual(await ann.settled(), [])
})

test('broadcastEvent of the global namespace reaches clients whose namespace does not exist yet', async (t) => {
  const server = await startServer(t, { '': Chat })
  const [ann, bob] = [await openClient(t, server), await openClient(t, server)]
  ann.send(event('', 'to_all', 'hi'))
  assert.equal(await bob.next(), event('', 'said', 'hi'))
  bob.send(event('', 'to_others', 'hi'))
  assert.deepEqual(await ann.take(2), [event('', 'said', 'hi'), event('', 'said', 'hi')])
  assert.deepEqual(await bob.settled(), [])
})

test('emitToRoom and broadcastEventNotMe leave out a sender that is not yet confirmed', async (t) => {
  class Early extends Chat {
    async recv_connect() {
      await this.join('lobby')
      this.emitToRoom('lobby', 'came')
      this.broadcastEventNotMe('came')
    }
  }
  const server = await startServer(t, { '/chat': Early })
  const ann = await joinClient(t, server, '/chat')
  const bob = await joinClient(t, server, '/chat')
  assert.deepEqual(await ann.take(2), [event('/chat', 'came'), event('/chat', 'came')])
  assert.deepEqual(await bob.settled(), [])
})

test('more rooms than maxRoomsPerSocket are a UsageError, and none of them is joined', async (t) => {
  class Bounded extends Chat {
    async on_join(rooms: string[]) {
      return super.on_join(rooms).catch((error: { code: string }) => [error.code])
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Bounded }, { maxRoomsPerSocket: 2 }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'join', ['a', 'b'])), '6::/chat:1+["a","b"]')
  assert.equal(await client.ask(asking(2, '/chat', 'join', ['b', 'c'])), '6::/chat:2+["SIO_USAGE_ROOMS"]')
  assert.equal(await client.ask(asking(3, '/chat', 'leave', 'a')), '6::/chat:3+["b"]')
})

test('after the end of a namespace join and leave do nothing', async (t) => {
  class Late extends Chat {
    async on_end() {
      this.disconnect()
      await this.join('lobby')
      await this.leave('lobby')
      await new Promise(setImmediate)
      await this.join('lobby')
    }
  }
  const server = await startServer(t, { '/chat': Late })
  const client = await joinClient(t, server, '/chat')
  assert.equal(await client.ask(event('/chat', 'end')), '0::/chat')
  await client.settled()
  server.io.of('/chat').to('lobby').emit('notice')
  assert.deepEqual(await client.settled(), [])
})

test("a user's own mixin brings handlers, an initialize of its own, and sends with the methods of its base", async (t) => {
  class Greeting extends PresenceMixin(Chat) {
    on_count() {
      return this.greeted
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Greeting }), '/chat')
  assert.equal(await client.ask(event('/chat', 'greet', 'ann')), event('/chat', 'greeted', 'ann', 11))
  assert.equal(await client.ask(asking(1, '/chat', 'count')), '6::/chat:1+[11]')
  assert.equal(await client.ask(asking(2, '/chat', 'join', 'lobby')), '6::/chat:2+["lobby"]')
})
