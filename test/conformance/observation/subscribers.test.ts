// Owns: what subscribers may do: they end the socket that they are told of, leave its rooms, unsubscribe, throw.
import assert from 'node:assert/strict'
import diagnostics from 'node:diagnostics_channel'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BaseNamespace, channels, RoomsMixin, type HandlerMessage, type Io } from '../../../lib/index.js'
import { parts, watch, watchTrace } from '../../support/channel-watch.js'
import { ask } from '../../support/engine-peer.js'
import { enter, generations, openBare, openIn, type NamespacePeer } from '../../support/generations.js'
import { nodeClient } from '../../support/node-client.js'
import { startServer } from '../../support/server.js'
import { survive } from '../../support/survivor.js'

const plots = new URL('subscribers.plots.ts', import.meta.url)

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !isSo(); tries++) await sleep(5)
}

/** Nobody is there any more, and nothing is counted. */
async function assertEmpty(io: Io): Promise<void> {
  const left = (): unknown => {
    const { sockets, byTransport, byProtocol, namespaces, backlog, paused, acksPending } = io.stats()
    const counts = [sockets, ...Object.values(byTransport), ...Object.values(byProtocol), paused, acksPending]
    const inside = Object.values(namespaces).flatMap((counted) => [counted.sockets, counted.rooms])
    return [...counts, ...inside, backlog.packets, backlog.bytes]
  }
  const isZero = (): boolean => (left() as number[]).every((count) => count === 0)
  await until(isZero)
  assert.ok(isZero(), JSON.stringify(io.stats()))
}

const triggers = [
  'socketOpen',
  'roomJoin',
  'roomLeave',
  'error',
  'broadcast',
  ...parts.flatMap((part) => [`handler ${part}`, `connect ${part}`]),
] as const

/** What a client does that comes by every channel. */
async function live(peer: NamespacePeer, io: Io): Promise<void> {
  if (!peer.isOpen) return
  peer.connect('/chat')
  peer.connect('/refused')
  await sleep(20)
  for (const say of ['say', 'later', 'fail', 'reject', 'nothing', 'join', 'leave', 'ask'] as const) {
    if (peer.isOpen) peer.emit('/chat', say)
    await sleep(5)
  }
  io.of('/chat').emit('hello')
  await sleep(5)
}

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    for (const trigger of triggers) {
      test(`may be disconnected by a subscriber of ${trigger}`, async (t) => {
        const ends: string[] = []
        class Chat extends RoomsMixin(BaseNamespace) {
          override async recv_connect() {
            await this.join(['first', 'second'])
            if (this.nsName === '/refused') throw new Error('no')
          }
          on_say() {
            return 'said'
          }
          async on_later() {
            await sleep(1)
          }
          on_fail() {
            throw new Error('failed')
          }
          async on_reject() {
            await sleep(1)
            throw new Error('failed')
          }
          on_join() {
            return this.join(['third', 'fourth'])
          }
          on_leave() {
            return this.leave(['first', 'third'])
          }
          on_ask() {
            this.emitWithAck('asked').catch(() => {})
          }
          override recv_disconnect() {
            ends.push(this.nsName)
          }
        }
        const server = await startServer(t, { '/chat': Chat, '/refused': Chat }, { errorHandler: () => {} })
        const { io } = server
        let seen = 0
        const end = (message: { readonly socket?: { disconnect(): void } | undefined }): void => {
          seen++
          if (message.socket === undefined) io.of('/chat').disconnectSockets(true)
          else message.socket.disconnect()
        }
        const [name, part] = trigger.split(' ') as ['handler', string | undefined]
        if (part === undefined) watch(t, channels[name as never] as typeof channels.error, end)
        else {
          watchTrace(t, channels[name], (which, message) => {
            if (which === part) end(message)
          })
        }
        const peer = await openBare(t, server, generation)
        await live(peer, io)
        await until(() => !peer.isOpen)
        assert.ok(seen > 0, 'the subscriber was called')
        assert.equal(peer.isOpen, false)
        await assertEmpty(io)
        assert.equal(ends.length, new Set(ends).size, ends.join())
      })
    }

    test('may be taken out of the room that it is just joining', async (t) => {
      class Chat extends RoomsMixin(BaseNamespace) {
        override async recv_connect() {
          await this.join(['a', 'b'])
        }
        on_rooms() {
          return [...this.rooms].filter((room) => room !== this.socket.id)
        }
      }
      const server = await startServer(t, { '/chat': Chat })
      const seen: string[] = []
      watch(t, channels.roomJoin, ({ room }) => {
        seen.push(`join ${room}`)
        if (room === 'a') server.io.of('/chat').socketsLeave(['a', 'b'])
      })
      watch(t, channels.roomLeave, ({ room }) => seen.push(`leave ${room}`))
      const peer = await enter(t, server, generation, '/chat')
      peer.ask(1, '/chat', 'rooms')
      assert.equal(await peer.until('ack /chat'), 'ack /chat 1 []')
      assert.deepEqual(seen, ['join a', 'join b', 'leave a', 'leave b'])
      assert.equal(server.io.stats().namespaces['/chat']?.rooms, 0)
    })

    test('opens before it closes for every subscriber, whoever closes it', async (t) => {
      const server = await startServer(t, { '/chat': BaseNamespace })
      const seen: string[] = []
      watch(t, channels.socketOpen, ({ socket }) => {
        seen.push('first open')
        socket.disconnect()
      })
      watch(t, channels.socketClose, () => seen.push('close'))
      watch(t, channels.socketOpen, () => seen.push('second open'))
      await openBare(t, server, generation)
      await until(() => seen.length === 3)
      assert.deepEqual(seen, ['first open', 'second open', 'close'])
    })

    test('is served on when a subscriber takes itself away while it is called', async (t) => {
      class Chat extends BaseNamespace {
        async on_say() {
          await sleep(1)
          return 'said'
        }
      }
      const server = await startServer(t, { '/chat': Chat })
      const peer = await enter(t, server, generation, '/chat')
      const seen: string[] = []
      for (const part of parts) {
        const name = `tracing:${channels.handler}:${part}`
        const listener = (message: unknown): void => {
          seen.push(`${part} ${(message as HandlerMessage).method}`)
          diagnostics.unsubscribe(name, listener)
        }
        diagnostics.subscribe(name, listener)
        t.after(() => diagnostics.unsubscribe(name, listener))
      }
      for (let id = 1; id < 4; id++) {
        peer.ask(id, '/chat', 'say')
        assert.equal(await peer.next(), `ack /chat ${id} ["said"]`)
      }
      assert.deepEqual(seen, ['start on_say', 'end on_say', 'asyncStart on_say', 'asyncEnd on_say'])
    })

    test('is served on by a process that goes on when every subscriber throws', async (t) => {
      const server = await survive(t, plots, 'goesOn')
      const peer = await openIn(t, server, generation)
      await peer.enter('/chat')
      peer.ask(1, '/chat', 'say')
      assert.equal(await peer.until('ack /chat'), 'ack /chat 1 ["said"]')
      peer.ask(2, '/chat', 'fail')
      await server.noted('error handler_failed on "/chat"')
      server.tell('broadcast')
      await peer.until('event /chat hello')
      server.tell('stats')
      const counts = { backlog: { packets: 0, bytes: 0 }, paused: 0, acksPending: 0 }
      assert.equal(
        await server.noted('stats'),
        `stats ${JSON.stringify({ sockets: 1, chat: { sockets: 1, rooms: 1 }, ...counts, websocket: 1 })}`,
      )
      assert.equal(
        (await ask(`${server.url}/socket.io/1/`, { headers: { origin: 'https://evil.example' } })).status,
        403,
      )
      peer.close()
      await server.quiet()
      server.tell('stats')
      assert.equal(
        await server.noted('stats'),
        `stats ${JSON.stringify({ sockets: 0, chat: { sockets: 0, rooms: 0 }, ...counts, websocket: 0 })}`,
      )
      server.tell('thrown')
      const thrown = (await server.noted('thrown')).split(' ')
      // Those of the option recovery, which is off, are silent.
      const silent = /:suspend$|:resume(?:$|:)/
      for (const name of Object.values(channels).slice(2)) assert.equal(thrown.includes(name), !silent.test(name), name)
      await server.assertServes(t)
    })
  })
}

test('a process that nobody keeps is ended by a subscriber that throws, as Node says', async (t) => {
  const server = await survive(t, plots, 'ends')
  const peer = await openIn(t, server, '4')
  peer.connect('/chat')
  await assert.rejects(
    server.noted('nothing'),
    /the process ended with 1: [^]*a subscriber of the application has thrown/,
  )
})

for (const [generation, transport] of [
  ['0.9', 'xhr-polling'],
  ['2', 'polling'],
  ['4', 'polling'],
] as const) {
  test(`a client of ${generation} on ${transport} may be disconnected when it opens`, async (t) => {
    const { io, url } = await startServer(t, { '/chat': BaseNamespace })
    let seen = 0
    watch(t, channels.socketOpen, ({ socket }) => {
      seen++
      socket.disconnect()
    })
    const client = nodeClient(t, url, transport, generation)
    await client.run(({ connect }) => {
      connect('/chat', { reconnect: false, reconnection: false })
    })
    await until(() => seen > 0)
    assert.ok(seen > 0)
    await assertEmpty(io)
  })
}
