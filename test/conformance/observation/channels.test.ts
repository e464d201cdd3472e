// Owns: what is published on the channels of sockets, rooms, broadcasts, errors and connects, and when.
// Elsewhere: calls of the application's code (handler-channel.test.ts), refused requests (refused-channel.test.ts).
import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import diagnostics from 'node:diagnostics_channel'
import { describe, test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  BaseNamespace,
  BroadcastMixin,
  channels,
  ConnectError,
  RoomsMixin,
  type ConnectMessage,
} from '../../../lib/index.js'
import { watch, watchTrace } from '../../support/channel-watch.js'
import { enter, generations, openBare, openIn } from '../../support/generations.js'
import { startServer } from '../../support/server.js'

/** Reads until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !isSo(); tries++) await sleep(5)
}

test('the names of the channels are public, and stay', () => {
  assert.deepEqual(channels, {
    handler: 'socketio-middleware.handler',
    connect: 'socketio-middleware.connect',
    socketOpen: 'socketio-middleware:socket:open',
    socketClose: 'socketio-middleware:socket:close',
    socketSuspend: 'socketio-middleware:socket:suspend',
    socketResume: 'socketio-middleware:socket:resume',
    resumeRefused: 'socketio-middleware:resume:refused',
    handshakeRefused: 'socketio-middleware:handshake:refused',
    roomJoin: 'socketio-middleware:room:join',
    roomLeave: 'socketio-middleware:room:leave',
    broadcast: 'socketio-middleware:broadcast',
    error: 'socketio-middleware:error',
  })
  assert.ok(Object.isFrozen(channels))
})

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  override async recv_connect() {
    await sleep(1)
    if (this.nsName === '/refused') throw new ConnectError('not you')
    if (this.nsName === '/failing') throw new TypeError('failed')
  }
  async on_join(...rooms: string[]) {
    await this.join(rooms)
    return [...this.rooms].filter((room) => room !== this.socket.id)
  }
  async on_leave(...rooms: string[]) {
    await this.leave(rooms)
    return this.rooms.size
  }
  on_tell(room: string) {
    this.emitToRoom(room, 'told', 1)
    this.to(['a', 'b']).except('c').emit('told', 2)
    this.broadcastEvent('told', 3)
    this.broadcastEventNotMe('told', 4)
    return 'done'
  }
  on_fail() {
    throw new Error('secret of the application')
  }
}
const namespaces = { '/chat': Chat, '/refused': Chat, '/failing': Chat }

/** Lines for all that is published from now on. */
function lines(t: TestContext): string[] {
  const seen: string[] = []
  const { socketOpen, socketClose, roomJoin, roomLeave, broadcast, error, connect } = channels
  watch(t, socketOpen, ({ protocol, transport }) => seen.push(`open ${protocol} ${transport}`))
  watch(t, socketClose, ({ protocol, transport, reason }) => seen.push(`close ${protocol} ${transport} ${reason}`))
  watch(t, roomJoin, ({ namespace, room }) => seen.push(`join ${namespace} ${room}`))
  watch(t, roomLeave, ({ namespace, room }) => seen.push(`leave ${namespace} ${room}`))
  watch(t, broadcast, ({ namespace, event, rooms, receivers }) =>
    seen.push(`broadcast ${namespace} ${event} to ${rooms.join()}: ${receivers}`),
  )
  watch(t, error, ({ name, code, namespace, isQuiet }) => seen.push(`error ${name} ${code} ${namespace} ${isQuiet}`))
  watchTrace(t, connect, (part, message) => seen.push(`connect ${part} ${message.namespace}`))
  return seen
}

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    test('a socket opens and closes once, with its reason and how long it lasted', async (t) => {
      const server = await startServer(t, namespaces)
      const opened: unknown[] = []
      const closed: unknown[] = []
      const durations: number[] = []
      watch(t, channels.socketOpen, ({ socket, protocol, transport }) => opened.push(socket, protocol, transport))
      watch(t, channels.socketClose, ({ socket, protocol, transport, reason, duration }) => {
        closed.push(socket, protocol, transport, reason)
        durations.push(duration)
      })
      const begun = Date.now()
      const peer = await enter(t, server, generation, '/chat')
      assert.deepEqual(opened.slice(1), [generation, 'websocket'])
      peer.close()
      await until(() => closed.length > 0)
      assert.deepEqual(closed.slice(1), [generation, 'websocket', 'transport close'])
      assert.equal(closed[0], opened[0])
      assert.ok(durations.length === 1 && durations[0]! >= 0 && durations[0]! <= Date.now() - begun + 1)
    })

    test('connects are followed to their end, whether they are accepted or refused', async (t) => {
      const server = await startServer(t, namespaces, { errorHandler: () => {} })
      const peer = await openIn(t, server, generation)
      const seen: string[] = []
      watchTrace(t, channels.connect, (part, { namespace, error, socket }) => {
        assert.equal(socket.id.length, 20)
        seen.push(`${part} ${namespace}${part === 'error' ? ` ${String(error)}` : ''}`)
      })
      await peer.enter('/chat')
      const parts = (...names: string[]) => names.map((name) => name)
      assert.deepEqual(seen.splice(0), parts('start /chat', 'end /chat', 'asyncStart /chat', 'asyncEnd /chat'))
      peer.connect('/refused')
      await peer.until('refused /refused')
      assert.deepEqual(seen.splice(0), [
        'start /refused',
        'end /refused',
        'error /refused ConnectError: not you',
        'asyncStart /refused',
        'asyncEnd /refused',
      ])
      peer.connect('/failing')
      await peer.until('refused /failing')
      assert.equal(seen[2], 'error /failing TypeError: failed')
    })

    test('rooms are joined and left once each, the own room never, and all are left at the end', async (t) => {
      const server = await startServer(t, namespaces)
      const peer = await enter(t, server, generation, '/chat')
      const seen: string[] = []
      watch(t, channels.roomJoin, ({ namespace, room }) => seen.push(`join ${namespace} ${room}`))
      watch(t, channels.roomLeave, ({ namespace, room }) => seen.push(`leave ${namespace} ${room}`))
      peer.ask(1, '/chat', 'join', 'a', 'b', 'a')
      await peer.until('ack /chat')
      peer.ask(2, '/chat', 'join', 'b', 'c')
      await peer.until('ack /chat')
      peer.ask(3, '/chat', 'leave', 'b', 'nowhere')
      await peer.until('ack /chat')
      server.io.of('/chat').socketsJoin(['c', 'd'])
      server.io.of('/chat').socketsLeave('a')
      assert.deepEqual(seen.splice(0), [
        'join /chat a',
        'join /chat b',
        'join /chat c',
        'leave /chat b',
        'join /chat d',
        'leave /chat a',
      ])
      peer.leave('/chat')
      await until(() => seen.length === 2)
      assert.deepEqual(seen, ['leave /chat c', 'leave /chat d'])
    })

    test('an emit to many is published once, with how many get it here', async (t) => {
      const server = await startServer(t, namespaces)
      const peers = [
        await enter(t, server, generation, '/chat'),
        await enter(t, server, '0.9', '/chat'),
        await enter(t, server, '4', '/chat'),
      ]
      for (const [index, peer] of peers.entries()) {
        peer.ask(1, '/chat', 'join', ['a', 'b', 'c'][index])
        await peer.until('ack /chat')
      }
      const seen: unknown[] = []
      watch(t, channels.broadcast, (message) => seen.push(message))
      const [first] = peers
      first!.ask(2, '/chat', 'tell', 'b')
      await first!.until('ack /chat')
      const about = { namespace: '/chat', event: 'told', isLocal: false }
      const own = (seen[0] as { except: string[] }).except
      assert.equal(own.length, 1)
      assert.deepEqual(seen.splice(0), [
        { ...about, rooms: ['b'], except: own, receivers: 1 },
        { ...about, rooms: ['a', 'b'], except: [...own, 'c'], receivers: 1 },
        { ...about, rooms: [], except: [], receivers: 3 },
        { ...about, rooms: [], except: own, receivers: 2 },
      ])
      server.io.of('/chat').local.to('a').emit('told', 5)
      server.io.of('/chat').to('nobody').emit('told', 6)
      server.io.emit('told', 7)
      assert.deepEqual(seen.splice(0), [
        { ...about, isLocal: true, rooms: ['a'], except: [], receivers: 1 },
        { ...about, rooms: ['nobody'], except: [], receivers: 0 },
        { ...about, namespace: '', rooms: [], except: [], receivers: 3 },
      ])
      const answered = server.io.of('/chat').timeout(50).emitWithAck('asked')
      assert.deepEqual(seen, [{ ...about, event: 'asked', rooms: [], except: [], receivers: 3 }])
      await assert.rejects(answered, { code: 'SIO_ACK_TIMEOUT' })
    })

    test('all that errorHandler is called with is published, quiet errors too', async (t) => {
      const handled: string[] = []
      const server = await startServer(t, namespaces, {
        errorHandler: (_socket, name, _message, endpoint, _id, quiet) => handled.push(`${name} ${endpoint} ${quiet}`),
      })
      const peer = await enter(t, server, generation, '/chat')
      const seen: string[] = []
      const causes: unknown[] = []
      watch(t, channels.error, ({ name, code, namespace, isQuiet, error, socket }) => {
        assert.equal(socket?.id.length, 20)
        seen.push(`${name} ${namespace} ${isQuiet} ${code}`)
        causes.push(error?.cause)
      })
      peer.emit('/chat', 'fail')
      peer.emit('/chat', 'nothing')
      peer.emit('/chat', '')
      peer.connect('/failing')
      await peer.until('refused /failing')
      const expected = [
        'handler_failed /chat false SIO_HANDLER',
        'no_such_method /chat false SIO_DISPATCH_METHOD',
        'unallowed_event_name /chat false SIO_DISPATCH_EVENT',
        'handler_failed /failing true SIO_HANDLER',
      ]
      assert.deepEqual(seen, expected)
      assert.deepEqual(
        handled,
        expected.map((line) => line.slice(0, line.lastIndexOf(' '))),
      )
      assert.equal((causes[0] as Error).message, 'secret of the application')
    })

    test('nothing that is logged of a message holds a secret', async (t) => {
      const shown: string[] = []
      const show = (message: object): void => {
        shown.push(JSON.stringify(message), inspect({ ...message }, { depth: 9 }), inspect(message, { depth: 9 }))
      }
      for (const name of ['socketOpen', 'socketClose', 'roomJoin', 'roomLeave', 'broadcast', 'error'] as const) {
        watch(t, channels[name], show)
      }
      watchTrace(t, channels.connect, (_part, message) => {
        show(message)
      })
      const server = await startServer(t, namespaces, {
        errorHandler: () => {},
        session: () => ({ token: 'hunter2' }),
      })
      const peer = await openIn(t, server, generation, generation === '0.9' ? '?password=hunter2' : '&password=hunter2')
      await peer.enter('/chat')
      peer.connect('/failing')
      await peer.until('refused /failing')
      peer.emit('/chat', 'fail')
      peer.ask(1, '/chat', 'join', 'a')
      peer.ask(2, '/chat', 'tell', 'a')
      await peer.until('ack /chat 2')
      peer.close()
      await until(() => shown.join().includes('transport close'))
      assert.ok(shown.length >= 3 * 10, String(shown.length))
      const sid = /"sid":"([^"]+)"/.exec(peer.frames.join('\n'))?.[1] ?? 'no sid'
      for (const text of shown) {
        assert.doesNotMatch(text, /hunter2|headers|cookie|secret of the application/)
        assert.ok(!text.includes(sid))
      }
    })

    test('what a client does is published in its order', async (t) => {
      const server = await startServer(t, namespaces, { errorHandler: () => {} })
      const seen = lines(t)
      const peer = await openBare(t, server, generation)
      if (generation === '4') peer.connect('')
      await peer.until('connected ')
      await peer.enter('/chat')
      peer.ask(1, '/chat', 'join', 'a')
      await peer.until('ack /chat')
      server.io.of('/chat').emit('hello')
      peer.emit('/chat', 'fail')
      await peer.settled()
      peer.leave('/chat')
      await until(() => seen.at(-1) === 'leave /chat a')
      peer.close()
      await until(() => seen.at(-1)?.startsWith('close') === true)
      const global = generation === '4' ? ['connect start ', 'connect end '] : []
      assert.deepEqual(seen, [
        `open ${generation} websocket`,
        ...global,
        'connect start /chat',
        'connect end /chat',
        'connect asyncStart /chat',
        'connect asyncEnd /chat',
        'join /chat a',
        'broadcast /chat hello to : 1',
        'error handler_failed SIO_HANDLER /chat false',
        'leave /chat a',
        `close ${generation} websocket transport close`,
      ])
    })

    test('a store that is bound to connects reaches recv_connect, and no packet that waits for it', async (t) => {
      const requests = new AsyncLocalStorage<string>()
      const stores: unknown[] = []
      class Asking extends BaseNamespace {
        override initialize() {
          stores.push(requests.getStore())
        }
        override async recv_connect() {
          await sleep(1)
          stores.push(requests.getStore())
        }
        on_say() {
          stores.push(requests.getStore())
        }
      }
      const { start } = diagnostics.tracingChannel<unknown, ConnectMessage>(channels.connect)
      start.bindStore(requests, ({ namespace }) => `connect to ${namespace}`)
      t.after(() => start.unbindStore(requests))
      const server = await startServer(t, { '/asking': Asking })
      const peer = await openIn(t, server, generation)
      server.io.use((_socket, next) => {
        stores.push(requests.getStore())
        next()
      })
      peer.atOnce(() => {
        peer.connect('/asking')
        if (generation === '0.9') peer.emit('/asking', 'say')
      })
      await peer.until('connected /asking')
      if (generation !== '0.9') peer.emit('/asking', 'say')
      await peer.settled()
      assert.deepEqual(stores, [...Array.from({ length: 3 }, () => 'connect to /asking'), undefined])
    })
  })
}

test('what a client has sent is quoted to it and to errorHandler alone, not in what is published', async (t) => {
  const published: string[] = []
  const handled: string[] = []
  watch(t, channels.error, (message) => {
    published.push(JSON.stringify(message))
  })
  const server = await startServer(
    t,
    { '': BaseNamespace },
    { errorHandler: (_socket, _name, message) => handled.push(message) },
  )
  const peer = await openIn(t, server, '0.9')
  peer.send('5:::{"name":"login","args":["bob","hunter2"]')
  await until(() => published.length > 0)
  assert.equal(handled.length, 1)
  assert.match(handled[0] ?? '', /hunter2/)
  const { name, message } = JSON.parse(published[0] ?? '{}') as { name?: string; message?: string }
  assert.deepEqual([name, message], ['invalid_packet', 'expected a packet'])
})
