// Owns: adapters of which one method fails, whenever it is called: the process lives, and namespaces with another are served.
// Elsewhere: factories that fail (user-code.test.ts), adapters whose other processes cannot be reached (test/cluster).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, RoomsMixin, type AdapterFactory } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { openIn } from '../support/generations.js'
import { startServer } from '../support/server.js'

const methods = [
  'init',
  'close',
  'serverCount',
  'addAll',
  'del',
  'delAll',
  'broadcast',
  'broadcastWithAck',
  'sockets',
  'socketRooms',
  'fetchSockets',
  'addSockets',
  'delSockets',
  'disconnectSockets',
  'serverSideEmit',
] as const

const faults: Readonly<Record<string, () => unknown>> = {
  throws: () => {
    throw new Error('of an adapter')
  },
  rejects: () => turn().then(() => Promise.reject(new Error('of an adapter'))),
  'never settles': () => new Promise(() => {}),
  'answers garbage': () => 42,
}

class Chat extends RoomsMixin(BaseNamespace) {
  async on_roam() {
    await this.join('lobby').catch(() => {})
    await this.leave('lobby').catch(() => {})
    try {
      this.emitToRoom('lobby', 'news')
      this.to('lobby').emit('news')
    } catch {
      // It is told to whoever called.
    }
    return 'roamed'
  }
  on_echo(value: unknown) {
    return value
  }
}

for (const method of methods) {
  describe(`${method} of an adapter`, () => {
    for (const [kind, fault] of Object.entries(faults)) {
      test(`${method} of an adapter that ${kind} ends no process, and no client of another namespace`, async (t) => {
        const uncaught: unknown[] = []
        const note = (error: unknown): void => {
          uncaught.push(error)
        }
        process.on('uncaughtExceptionMonitor', note)
        process.on('unhandledRejection', note)
        t.after(() => {
          process.off('uncaughtExceptionMonitor', note)
          process.off('unhandledRejection', note)
        })
        t.mock.method(console, 'error', () => {})
        const factory = (nsp: { name: string }): Adapter => {
          const adapter = new Adapter(nsp)
          if (nsp.name === '/bad') Reflect.set(adapter, method, fault)
          return adapter
        }
        const clock = new FakeClock()
        const server = await startServer(
          t,
          new Map<string | RegExp, typeof Chat>([
            ['/good', Chat],
            [/^\/bad$/, Chat],
          ]),
          {
            adapter: factory as unknown as AdapterFactory,
            errorHandler: () => {},
            clock,
            heartbeatInterval: 2_000_000_000,
            heartbeatTimeout: 2_100_000_000,
          },
        )
        const peers = [await openIn(t, server, '0.9'), await openIn(t, server, '4')]
        for (const peer of peers) {
          await peer.enter('/good')
          peer.connect('/bad')
          peer.emit('/bad', 'roam')
          await peer.settled()
        }
        const bad = server.io.of('/bad')
        const calls: (() => unknown)[] = [
          () => bad.emit('news'),
          () => bad.to('lobby').emit('news'),
          () => bad.timeout(1_000).emitWithAck('question'),
          () => bad.timeout(1_000).fetchSockets(),
          () => bad.timeout(1_000).fetchSockets({ partial: true }),
          () => bad.count(),
          () => bad.in('lobby').count({ partial: true }),
          () => bad.roomCounts(),
          () => bad.rooms(),
          () => bad.instances(),
          () => bad.socketsJoin('lobby'),
          () => bad.socketsLeave('lobby'),
          () => bad.serverSideEmit('news'),
          () => bad.disconnectSockets(),
        ]
        // What a call throws or rejects with is its caller's.
        const settled = Promise.allSettled(calls.map(async (call) => call()))
        for (let turns = 0; turns < 20; turns++) await turn()
        clock.advance(10_000)
        await settled
        for (const peer of peers) {
          peer.leave('/bad')
          peer.lines.takeAll()
          peer.ask(7, '/good', 'echo', 'hello')
          assert.equal(await peer.until('ack /good 7'), 'ack /good 7 ["hello"]')
        }
        peers[0]?.reset()
        for (let turns = 0; turns < 20; turns++) await turn()
        clock.advance(60_000)
        for (let turns = 0; turns < 20; turns++) await turn()
        assert.deepEqual(uncaught, [])
        const late = await openIn(t, server, '0.9')
        await late.enter('/good')
      })
    }
  })
}
