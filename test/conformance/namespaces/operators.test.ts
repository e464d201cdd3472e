// Owns: what rooms, operators and their timeouts take: rooms by their names, durations, and callbacks for the acks of many.
// Elsewhere: who is in which room (rooms.test.ts), who is asked (listed.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, BroadcastMixin, RoomsMixin } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { generations, openIn, type NamespacePeer } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { startServer, type TestServer } from '../../support/server.js'

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  static last: Chat
  override initialize() {
    Chat.last = this
  }
}

async function scene(
  t: TestContext,
  count = 1,
): Promise<{ server: TestServer; clock: FakeClock; peers: NamespacePeer[]; members: Chat[] }> {
  const clock = new FakeClock()
  const server = await startServer(t, { '/chat': Chat }, { clock, heartbeatInterval: 59_000 })
  const peers: NamespacePeer[] = []
  const members: Chat[] = []
  for (let at = 0; at < count; at++) {
    const peer = await openIn(t, server, generations[at % 3] as (typeof generations)[number])
    await peer.enter('/chat')
    peers.push(peer)
    members.push(Chat.last)
  }
  return { server, clock, peers, members }
}

/** Each function that takes a room. */
const takers: Readonly<Record<string, (room: never, server: TestServer) => unknown>> = {
  'join()': (room) => Chat.last.join(room),
  'leave()': (room) => Chat.last.leave(room),
  'to()': (room) => Chat.last.to(room),
  'in()': (room) => Chat.last.in(room),
  'except()': (room) => Chat.last.except(room),
  'emitToRoom()': (room) => Chat.last.emitToRoom(room, 'news'),
  'broadcast.to()': (room) => Chat.last.broadcast.to(room),
  'io.of().to()': (room, { io }) => io.of('/chat').to(room),
  'io.of().in()': (room, { io }) => io.of('/chat').in(room),
  'io.of().except()': (room, { io }) => io.of('/chat').except(room),
  'io.of().to().to()': (room, { io }) => io.of('/chat').to('a').to(room),
  'io.of().socketsJoin()': (room, { io }) => io.of('/chat').socketsJoin(room),
  'io.of().socketsLeave()': (room, { io }) => io.of('/chat').socketsLeave(room),
  'RemoteSocket.join()': async (room, { io }) => {
    const [remote] = await io.of('/chat').fetchSockets()
    remote?.join(room)
  },
  'RemoteSocket.leave()': async (room, { io }) => {
    const [remote] = await io.of('/chat').fetchSockets()
    remote?.leave(room)
  },
}

const noRooms: Readonly<Record<string, unknown>> = {
  'a number': 42,
  NaN,
  null: null,
  undefined,
  'an object': {},
  'a boolean': true,
  'a symbol': Symbol('room'),
  'a list with a number': ['lobby', 42],
  'a list in a list': [['lobby']],
  'a function': () => 'lobby',
}

for (const [taker, take] of Object.entries(takers)) {
  test(`${taker} takes a room by its name, or a list of names, and nothing else`, async (t) => {
    const { server } = await scene(t)
    for (const [what, room] of Object.entries(noRooms)) {
      await assert.rejects(
        async () => within(taker, Promise.resolve(take(room as never, server))),
        { name: 'UsageError', code: 'SIO_USAGE_ROOMS', message: /string/ },
        what,
      )
    }
    // An empty list is one, and one room may be named twice.
    for (const room of ['lobby', ['lobby'], ['lobby', 'lobby', 'garden'], []]) await take(room as never, server)
  })
}

test('what is refused joins nothing of the list', async (t) => {
  const { members } = await scene(t)
  await assert.rejects(members[0]?.join(['lobby', 42] as never) ?? Promise.resolve())
  assert.deepEqual([...(members[0]?.rooms ?? [])], [members[0]?.socket.id])
})

test('leave takes a list, as join does', async (t) => {
  const { server, members } = await scene(t)
  const [member] = members as [Chat]
  await member.join(['a', 'b', 'c', 'd'])
  await member.leave(['a', 'c', 'nowhere'] as never)
  assert.deepEqual([...member.rooms].toSorted(), [member.socket.id, 'b', 'd'].toSorted())
  await member.leave('b')
  assert.deepEqual([...member.rooms].toSorted(), [member.socket.id, 'd'].toSorted())
  await member.leave([] as never)
  await member.join(['a', 'b'])
  const [remote] = await server.io.of('/chat').fetchSockets()
  remote?.leave(['a', 'd'] as never)
  server.io.of('/chat').socketsLeave(['b'])
  assert.deepEqual([...member.rooms], [member.socket.id])
})

const noDurations: Readonly<Record<string, unknown>> = {
  NaN,
  Infinity,
  'minus Infinity': -Infinity,
  '3e9': 3e9,
  'less than nothing': -1,
  'a text': '5s',
  'a number as text': '5000',
  null: null,
  undefined,
  'a BigInt': 5n,
  'an object': {},
}

/** Each timeout() of which one is asked for. */
const timeouts: Readonly<Record<string, (ms: never, server: TestServer) => unknown>> = {
  'io.of().timeout()': (ms, { io }) => io.of('/chat').timeout(ms),
  'io.sockets.timeout()': (ms, { io }) => io.sockets.timeout(ms),
  'io.of().to().timeout()': (ms, { io }) => io.of('/chat').to('lobby').timeout(ms),
  'this.timeout()': (ms) => Chat.last.timeout(ms),
  'this.to().timeout()': (ms) => Chat.last.to('lobby').timeout(ms),
  'this.broadcast.timeout()': (ms) => Chat.last.broadcast.timeout(ms),
}

for (const [name, timeout] of Object.entries(timeouts)) {
  test(`${name} takes a duration in milliseconds, and nothing else`, async (t) => {
    const { server } = await scene(t)
    for (const [what, ms] of Object.entries(noDurations)) {
      assert.throws(() => timeout(ms as never, server), { name: 'UsageError', code: 'SIO_USAGE_DURATION' }, what)
    }
    for (const ms of [0, 1, 1.5, 5_000, 2_147_483_000]) timeout(ms as never, server)
  })
}

test('timeout(0) asks many and is over at once', async (t) => {
  const { server, clock } = await scene(t)
  const asked = server.io.of('/chat').timeout(0).emitWithAck('question')
  clock.advance(0)
  await assert.rejects(asked, { code: 'SIO_ACK_TIMEOUT' })
})

describe('the acks of many by a callback', () => {
  type Asker = (server: TestServer, callback: (...args: unknown[]) => void, ms?: number) => void
  const askers: Readonly<Record<string, readonly [ask: Asker, expected: readonly number[]]>> = {
    'io.of().emit()': [
      ({ io }, callback, ms) => {
        const operator = ms === undefined ? io.of('/chat') : io.of('/chat').timeout(ms)
        operator.emit('question', 'why', callback)
      },
      [0, 1, 2],
    ],
    'io.of().except().emit()': [
      ({ io }, callback, ms) => {
        const operator = io.of('/chat').except(Chat.last.socket.id)
        ;(ms === undefined ? operator : operator.timeout(ms)).emit('question', 'why', callback)
      },
      [0, 1],
    ],
    'this.broadcast.emit()': [
      (_server, callback, ms) => {
        const operator = Chat.last.broadcast
        ;(ms === undefined ? operator : operator.timeout(ms)).emit('question', 'why', callback)
      },
      [0, 1],
    ],
    'this.to().emit()': [
      (_server, callback, ms) => {
        const operator = Chat.last.to('lobby')
        ;(ms === undefined ? operator : operator.timeout(ms)).emit('question', 'why', callback)
      },
      [0, 1],
    ],
  }

  for (const [name, [ask, expected]] of Object.entries(askers)) {
    test(`${name} calls it with null and all answers, after timeout()`, async (t) => {
      const { server, peers, members } = await scene(t, 3)
      for (const member of members) await member.join('lobby')
      const calls: unknown[][] = []
      const called = new Promise<void>((resolve) => {
        ask(
          server,
          (...args) => {
            calls.push(args)
            resolve()
          },
          5_000,
        )
      })
      for (const at of expected) {
        const peer = peers[at] as NamespacePeer
        assert.equal(await peer.next(), 'asks /chat question ["why"]')
        peer.answer([`answer ${at}`])
      }
      await within('a callback', called)
      const [[error, answers]] = calls as [[unknown, unknown[]]]
      assert.equal(error, null)
      assert.deepEqual(new Set(answers), new Set(expected.map((at) => `answer ${at}`)))
      assert.equal(calls.length, 1)
    })

    test(`${name} calls it with an error and the answers that came, after timeout()`, async (t) => {
      const { server, peers, members, clock } = await scene(t, 3)
      for (const member of members) await member.join('lobby')
      const calls: unknown[][] = []
      const called = new Promise<void>((resolve) => {
        ask(
          server,
          (...args) => {
            calls.push(args)
            resolve()
          },
          5_000,
        )
      })
      const [first] = peers as [NamespacePeer]
      assert.match(await first.next(), /^asks \/chat question/)
      first.answer(['in time'])
      await first.settled()
      clock.advance(4_999)
      assert.equal(calls.length, 0)
      clock.advance(1)
      await within('a callback', called)
      const [[error, answers]] = calls as unknown as [[{ code: unknown }, unknown]]
      assert.equal(error.code, 'SIO_ACK_TIMEOUT')
      assert.deepEqual(answers, ['in time'])
      assert.equal(calls.length, 1)
    })

    test(`${name} with a callback and without timeout() is a UsageError, and no client hears null`, async (t) => {
      const { server, peers, members } = await scene(t, 3)
      for (const member of members) await member.join('lobby')
      assert.throws(
        () => {
          ask(server, () => {})
        },
        { name: 'UsageError', code: 'SIO_USAGE_ACK', message: /timeout/ },
      )
      for (const peer of peers) assert.deepEqual(await peer.settled(), [])
    })
  }

  test('a callback that throws or rejects ends nothing', async (t) => {
    const { server, peers } = await scene(t, 2)
    const failing = [
      () => {
        throw new Error('of a callback')
      },
      () => Promise.reject(new Error('of a callback')),
    ]
    t.mock.method(console, 'error', () => {})
    for (const callback of failing) {
      server.io.of('/chat').timeout(5_000).emit('question', callback)
      for (const peer of peers) {
        await peer.until('asks /chat question')
        peer.answer([1])
      }
      for (const peer of peers) assert.deepEqual(await peer.settled(), [])
    }
  })

  test('where nobody is in, it is called with null and no answers', async (t) => {
    const { server } = await scene(t, 0)
    const [error, answers] = await within(
      'a callback',
      new Promise<unknown[]>((resolve) => {
        server.io
          .of('/chat')
          .timeout(5_000)
          .emit('question', (...args: unknown[]) => {
            resolve(args)
          })
      }),
    )
    assert.deepEqual([error, answers], [null, []])
  })
})
