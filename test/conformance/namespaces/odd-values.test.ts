// Owns: values that types forbid and that JavaScript passes all the same: messages of a ConnectError, names of rooms.
// Elsewhere: functions that answer what they may not (../../faults/user-code.test.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, ConnectError, RoomsMixin, type Options } from '../../../lib/index.js'
import { enter, generations, openIn, type Generation } from '../../support/generations.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'

const circular: { self?: unknown } = {}
circular.self = circular

/** A ConnectError whose message was replaced, or made of something else. */
const messages: Readonly<Record<string, [make: () => unknown, message: string]>> = {
  'a number': [() => new ConnectError(42 as never), '42'],
  'a number, assigned': [() => Object.assign(new ConnectError('no'), { message: 42 }), 'connection refused'],
  undefined: [() => new ConnectError(undefined as never), ''],
  'undefined, assigned': [() => Object.assign(new ConnectError('no'), { message: undefined }), 'connection refused'],
  'an object': [() => Object.assign(new ConnectError('no'), { message: { secret: 1 } }), 'connection refused'],
  'a circular object': [() => Object.assign(new ConnectError('no'), { message: circular }), 'connection refused'],
  'a BigInt': [() => Object.assign(new ConnectError('no'), { message: 5n }), 'connection refused'],
  'a symbol': [() => Object.assign(new ConnectError('no'), { message: Symbol('no') }), 'connection refused'],
  'a function': [() => Object.assign(new ConnectError('no'), { message: () => 'no' }), 'connection refused'],
  'a getter that throws': [
    () =>
      Object.defineProperty(new ConnectError('no'), 'message', {
        get: () => {
          throw new Error('a secret')
        },
      }),
    'connection refused',
  ],
  'a string, with data that throws': [
    () =>
      Object.defineProperty(new ConnectError('no'), 'data', {
        get: () => {
          throw new Error('a secret')
        },
      }),
    'no',
  ],
}

const spoken: Readonly<Record<Generation, (message: string) => string>> = {
  '0.9': () => '7::/chat:2',
  '2': (message) => `44/chat,${JSON.stringify(message)}`,
  '4': (message) => `44/chat,${JSON.stringify({ message })}`,
}

for (const generation of generations) {
  describe(`a client of ${generation}`, { concurrency: 4 }, () => {
    for (const [what, [make, message]] of Object.entries(messages)) {
      test(`a ConnectError whose message is ${what} refuses ${generation} with a text`, async (t) => {
        t.mock.method(console, 'error', () => {})
        class Chat extends BaseNamespace {
          override recv_connect() {
            throw make()
          }
        }
        const server = await startServer(t, { '/chat': Chat }, { errorHandler: new Reports().handler })
        const peer = await openIn(t, server, generation)
        for (let times = 0; times < 2; times++) {
          peer.connect('/chat')
          assert.equal(await peer.next(), 'refused /chat')
          assert.equal(peer.frames.at(-1), spoken[generation](message))
        }
        assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
      })
    }
  })
}

class Rooms extends RoomsMixin(BaseNamespace) {
  async on_do(how: 'join' | 'leave', room: unknown) {
    const rooms = room === 'undefined' ? undefined : room
    try {
      await this[how](rooms as string)
      return [...this.rooms].filter((name) => name !== this.socket.id).toSorted()
    } catch (error) {
      return Reflect.get(error as object, 'code') as string
    }
  }
  on_tell(room: string) {
    this.to(room).emit('told', room)
    return 'told'
  }
}

for (const [kind, options] of Object.entries<Options>({ 'our own': {}, "Socket.IO's": { adapter: Adapter } })) {
  for (const generation of generations) {
    test(`a room whose name is empty is one as any, with ${kind} adapter, for ${generation}`, async (t) => {
      const server = await startServer(t, { '/chat': Rooms }, options)
      const [one, other, outside] = [
        await enter(t, server, generation, '/chat'),
        await enter(t, server, generation, '/chat'),
        await enter(t, server, generation, '/chat'),
      ]
      one.ask(1, '/chat', 'do', 'join', '')
      assert.equal(await one.next(), 'ack /chat 1 [""]')
      other.ask(1, '/chat', 'do', 'join', [''])
      assert.equal(await other.next(), 'ack /chat 1 [""]')
      one.ask(2, '/chat', 'tell', '')
      assert.equal(await one.next(), 'ack /chat 2 ["told"]')
      assert.equal(await other.next(), 'event /chat told [""]')
      server.io.of('/chat').to('').emit('news')
      for (const peer of [one, other]) assert.equal(await peer.next(), 'event /chat news []')
      assert.equal((await server.io.of('/chat').in('').fetchSockets()).length, 2)
      assert.deepEqual(await outside.settled(), [])
      one.ask(3, '/chat', 'do', 'leave', '')
      assert.equal(await one.next(), 'ack /chat 3 []')
      server.io.of('/chat').in('').disconnectSockets()
      assert.equal(await other.next(), 'left /chat')
      assert.deepEqual(await one.settled(), [])
    })

    test(`an empty list of rooms joins none, and names that are no strings are refused, with ${kind} adapter, for ${generation}`, async (t) => {
      const server = await startServer(t, { '/chat': Rooms }, options)
      const peer = await enter(t, server, generation, '/chat')
      let id = 0
      for (const how of ['join', 'leave']) {
        peer.ask(++id, '/chat', 'do', how, [])
        assert.equal(await peer.next(), `ack /chat ${id} []`)
        for (const room of ['undefined', null, 42, {}, ['a', null], [['a']], [42], true]) {
          peer.ask(++id, '/chat', 'do', how, room)
          assert.equal(await peer.next(), `ack /chat ${id} ["SIO_USAGE_ROOMS"]`, JSON.stringify(room))
        }
        // Nothing of a list that is refused was joined.
        peer.ask(++id, '/chat', 'do', how, [])
        assert.equal(await peer.next(), `ack /chat ${id} []`)
      }
      const { io } = server
      for (const room of [undefined, null, 42, {}, ['a', 5]] as never[]) {
        for (const use of ['to', 'in', 'except', 'socketsJoin', 'socketsLeave'] as const) {
          assert.throws(() => io.of('/chat')[use](room), { code: 'SIO_USAGE_ROOMS' }, `${use} ${String(room)}`)
        }
      }
    })
  }
}
