// Owns: a client that goes, or is made to go, while a step of its connect still runs: what runs then, in which order, how often.
// Elsewhere: ends of namespaces that are open (disconnect.test.ts, cleanup.test.ts); any sequence of these (../../fuzz/lives.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, ConnectError, RoomsMixin, type Options, type Socket } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { generations, openIn, type Generation, type NamespacePeer } from '../../support/generations.js'
import { Journal } from '../../support/journal.js'
import { Reports } from '../../support/reports.js'
import { startServer, type TestServer } from '../../support/server.js'
import { Gate } from '../../support/wire-client.js'

const closeTimeout = 60_000

const steps = ['io.use', 'initialize', 'recv_connect'] as const
type Step = (typeof steps)[number]

/** How the step that runs ends, once the client has gone. */
const outcomes = {
  resolves: async ({ gate }: Scene) => gate.opened,
  'fails with an error of its own': async ({ gate }: Scene) => {
    await gate.opened
    throw new Error('no database')
  },
  refuses: async ({ gate }: Scene) => {
    await gate.opened
    throw new ConnectError('not you')
  },
  'waits in sleep()': async (_scene: Scene, namespace: BaseNamespace) => namespace.sleep(10 * closeTimeout),
  'never settles': async () => new Promise<void>(() => {}),
} as const
type Outcome = keyof typeof outcomes

interface Scene {
  readonly server: TestServer
  readonly clock: FakeClock
  readonly gate: Gate
  readonly journal: Journal<string>
  readonly reports: Reports
  readonly present: Set<unknown>
  socket: Socket | undefined
}

async function open(t: TestContext, step: Step, outcome: Outcome, endpoint: string): Promise<Scene> {
  const journal = new Journal<string>()
  const clock = new FakeClock()
  const gate = new Gate()
  const reports = new Reports()
  const present = new Set<unknown>()
  const run = async (here: Step, namespace: BaseNamespace): Promise<void> => {
    journal.note(`${here} begins`)
    if (here === step) await outcomes[outcome](scene, namespace)
    present.add(namespace)
    journal.note(`${here} ends`)
  }
  class Chat extends RoomsMixin(BaseNamespace) {
    override initialize() {
      scene.socket = this.socket
      return run('initialize', this)
    }
    override recv_connect() {
      return run('recv_connect', this)
    }
    override recv_disconnect(reason: string) {
      journal.note(`recv_disconnect ${reason}`)
      present.delete(this)
    }
    override disconnect(silent?: boolean) {
      journal.note(`disconnect(${silent})`)
      present.delete(this)
      super.disconnect(silent)
    }
    on_say() {
      journal.note('said')
    }
  }
  const options: Options = { clock, closeTimeout, errorHandler: reports.handler }
  const server = await startServer(t, { [endpoint]: Chat, '/other': class extends BaseNamespace {} }, options)
  const scene: Scene = { server, clock, gate, journal, reports, present, socket: undefined }
  if (step === 'io.use') {
    server.io.use(async (socket, next, { endpoint: asked }) => {
      if (asked !== endpoint) {
        next()
        return
      }
      scene.socket = socket
      journal.note('io.use begins')
      await outcomes[outcome](scene, { sleep: () => new Promise(() => {}) } as unknown as BaseNamespace)
      next()
    })
  }
  return scene
}

/** Until something is so, by turns of the event loop. */
async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let tries = 0; !isSo(); tries++) {
    assert.ok(tries < 2_000, `expected that ${what}`)
    await turn()
  }
}

/** Long enough for whatever was going to happen by itself. */
async function idle(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await turn()
}

interface End {
  readonly reason: string
  /** Whether the connection is over with it. */
  readonly isConnectionOver: boolean
  readonly end: (scene: Scene, peer: NamespacePeer) => Promise<unknown>
}

const ends: Readonly<Record<string, End>> = {
  'is lost': {
    reason: 'transport close',
    isConnectionOver: true,
    end: (scene, peer) => {
      peer.reset()
      return until(() => scene.socket?.connected === false, 'the loss is noticed')
    },
  },
  'is disconnected by its socket': {
    reason: 'server namespace disconnect',
    isConnectionOver: true,
    end: async ({ socket }) => {
      socket?.disconnect()
    },
  },
  'meets io.close()': {
    reason: 'server shutting down',
    isConnectionOver: true,
    end: async ({ server }) => {
      server.io.close().catch(() => {})
    },
  },
}

/** What a client of 0.9 or 2 does that leaves altogether. */
const goodbye: Readonly<Record<Exclude<Generation, '4'>, string>> = { '0.9': '0::', '2': '41' }

/** What must have been noted in the end, when the client went while `step` ran. */
function expected(step: Step, outcome: Outcome, reason: string): string[] {
  if (step === 'io.use') return ['io.use begins']
  const before =
    step === 'initialize' ? ['initialize begins'] : ['initialize begins', 'initialize ends', 'recv_connect begins']
  const ending = outcome === 'resolves' ? [...before, `${step} ends`] : before
  // Nobody has asked the application whether to let it in, so it is not told that the client has gone.
  if (step === 'initialize') return [...ending, 'disconnect(true)']
  return [...ending, `recv_disconnect ${reason}`, 'disconnect(true)']
}

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    for (const [how, { reason, end }] of Object.entries(ends)) {
      for (const step of steps) {
        for (const outcome of Object.keys(outcomes) as Outcome[]) {
          test(`that ${how} while ${step} runs, which then ${outcome}, is nowhere after it`, async (t) => {
            const scene = await open(t, step, outcome, '/chat')
            const { server, journal, clock, gate, present, reports } = scene
            const peer = await openIn(t, server, generation)
            peer.connect('/chat')
            await until(() => journal.entries.includes(`${step} begins`), `${step} runs`)
            peer.emit('/chat', 'say')
            await peer.settled()
            const isWaiting =
              step === 'recv_connect' ? !journal.entries.some((line) => line.startsWith('recv_d')) : true
            assert.ok(isWaiting)
            await end(scene, peer)
            await idle()
            if (outcome === 'never settles') {
              // It is waited for as long as it may take, and not longer.
              clock.advance(closeTimeout)
              await idle()
            }
            gate.open()
            await idle()
            assert.deepEqual(journal.entries, expected(step, outcome, reason))
            assert.equal(present.size, 0, 'nobody is present any more')
            assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
            // An error of the application's own may be told, and an io.use() that never answers; ours, because the client
            // has gone, is none.
            const isTold =
              outcome === 'fails with an error of its own' || (step === 'io.use' && outcome === 'never settles')
            const told = reports.takeAll().filter(({ name }) => name === 'handler_failed')
            if (!isTold) assert.deepEqual(told, [])
            clock.advance(10 * closeTimeout)
            await idle()
            assert.deepEqual(journal.entries, expected(step, outcome, reason), 'and never again')
          })
        }
      }
    }

    for (const outcome of ['resolves', 'never settles', 'waits in sleep()'] as const) {
      test(`that says goodbye to the namespace while recv_connect runs, which ${outcome}, is not let in, and its end is told once`, async (t) => {
        const { server, journal, clock, gate, present } = await open(t, 'recv_connect', outcome, '/chat')
        const peer = await openIn(t, server, generation)
        peer.connect('/chat')
        await until(() => journal.entries.includes('recv_connect begins'), 'recv_connect runs')
        peer.leave('/chat')
        assert.deepEqual(await peer.settled(), [])
        assert.equal(journal.entries.at(-1), 'recv_connect begins', 'it is heard out')
        gate.open()
        await idle()
        if (outcome !== 'resolves') {
          clock.advance(closeTimeout)
          await idle()
        }
        assert.deepEqual(await peer.settled(), [], 'nothing is confirmed')
        assert.deepEqual(journal.entries, expected('recv_connect', outcome, 'client namespace disconnect'))
        assert.equal(present.size, 0)
        assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
        // The client is served on.
        await peer.enter('/other')
      })
    }

    for (const outcome of ['refuses', 'fails with an error of its own'] as const) {
      test(`that says goodbye to the namespace while recv_connect runs, which ${outcome}, gets no answer, and has no recv_disconnect`, async (t) => {
        const { server, journal, gate } = await open(t, 'recv_connect', outcome, '/chat')
        const peer = await openIn(t, server, generation)
        peer.connect('/chat')
        await until(() => journal.entries.includes('recv_connect begins'), 'recv_connect runs')
        peer.leave('/chat')
        await peer.settled()
        gate.open()
        await idle()
        assert.deepEqual(await peer.settled(), [])
        assert.deepEqual(journal.entries, [
          'initialize begins',
          'initialize ends',
          'recv_connect begins',
          'disconnect(true)',
        ])
      })
    }

    test('that says goodbye while initialize runs has a recv_disconnect if it had a recv_connect, and cleans up once', async (t) => {
      const { server, journal, gate, present } = await open(t, 'initialize', 'resolves', '/chat')
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      await until(() => journal.entries.includes('initialize begins'), 'initialize runs')
      peer.leave('/chat')
      await peer.settled()
      gate.open()
      await idle()
      const count = (start: string): number => journal.entries.filter((line) => line.startsWith(start)).length
      assert.equal(count('recv_disconnect'), count('recv_connect begins'))
      assert.equal(count('disconnect'), 1)
      assert.equal(present.size, 0)
      assert.deepEqual(await peer.settled(), [])
    })

    test('that is kicked while recv_connect runs is refused, and its end is told once', async (t) => {
      const { server, journal, gate, present } = await open(t, 'recv_connect', 'resolves', '/chat')
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      await until(() => journal.entries.includes('recv_connect begins'), 'recv_connect runs')
      server.io.of('/chat').disconnectSockets()
      assert.equal(await peer.next(), 'refused /chat')
      gate.open()
      await idle()
      assert.deepEqual(await peer.settled(), [])
      assert.deepEqual(journal.entries, expected('recv_connect', 'resolves', 'server namespace disconnect'))
      assert.equal(present.size, 0)
      await peer.enter('/other')
    })

    test('that is kicked while initialize runs is refused, and recv_connect is not asked', async (t) => {
      const { server, journal, gate } = await open(t, 'initialize', 'resolves', '/chat')
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      await until(() => journal.entries.includes('initialize begins'), 'initialize runs')
      server.io.of('/chat').disconnectSockets()
      assert.equal(await peer.next(), 'refused /chat')
      gate.open()
      await idle()
      assert.deepEqual(await peer.settled(), [])
      assert.deepEqual(journal.entries, expected('initialize', 'resolves', ''))
    })

    test('that is kicked while io.use runs is refused, and no namespace is made', async (t) => {
      const { server, journal, gate } = await open(t, 'io.use', 'resolves', '/chat')
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      await until(() => journal.entries.includes('io.use begins'), 'io.use runs')
      server.io.of('/chat').disconnectSockets()
      assert.equal(await peer.next(), 'refused /chat')
      gate.open()
      await idle()
      assert.deepEqual(await peer.settled(), [])
      assert.deepEqual(journal.entries, ['io.use begins'])
      await peer.enter('/other')
    })

    test('whose recv_connect is a job of its own hands: disconnect() in it is the end of the connect', async (t) => {
      class Bouncing extends BaseNamespace {
        override recv_connect() {
          this.disconnect()
        }
      }
      const server = await startServer(t, { '/chat': Bouncing })
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      // A refusal on 2 and 4, which know of no leaving before they are in; as the original says it on 0.9.
      assert.equal(await peer.next(), generation === '0.9' ? 'left /chat' : 'refused /chat')
      assert.deepEqual(await peer.settled(), [])
      assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
    })
  })
}

for (const generation of ['0.9', '2'] as const) {
  describe(`the global namespace of ${generation}`, () => {
    for (const [how, { reason, end }] of Object.entries(ends)) {
      for (const outcome of Object.keys(outcomes) as Outcome[]) {
        test(`that ${how} while initialize runs, which then ${outcome}, is nowhere after it`, async (t) => {
          const scene = await open(t, 'initialize', outcome, '')
          const { server, journal, clock, gate, present } = scene
          const peer = await openIn(t, server, generation)
          peer.emit('', 'say')
          await until(() => journal.entries.includes('initialize begins'), 'initialize runs')
          await end(scene, peer)
          await idle()
          if (outcome === 'never settles') {
            clock.advance(closeTimeout)
            await idle()
          }
          gate.open()
          await idle()
          // Its connect is its first packet: once initialize has ended, it was in.
          const isIn = [`recv_disconnect ${reason}`, 'disconnect(true)']
          const ended = outcome === 'resolves' ? ['initialize ends', ...isIn] : isIn
          assert.deepEqual(journal.entries, ['initialize begins', ...ended])
          assert.equal(present.size, 0)
        })
      }
    }

    test('that leaves altogether while recv_connect of another runs is told of once, and lets nobody in', async (t) => {
      const { server, journal, gate, present } = await open(t, 'recv_connect', 'resolves', '/chat')
      const peer = await openIn(t, server, generation)
      peer.connect('/chat')
      await until(() => journal.entries.includes('recv_connect begins'), 'recv_connect runs')
      peer.send(goodbye[generation])
      await idle()
      gate.open()
      await peer.ended()
      await idle()
      assert.deepEqual(journal.entries, expected('recv_connect', 'resolves', 'client namespace disconnect'))
      assert.equal(present.size, 0)
    })
  })
}

test('a namespace that a packet of 0.9 has asked for is told of its end in the same way', async (t) => {
  const scene = await open(t, 'recv_connect', 'resolves', '/chat')
  const { server, journal, gate } = scene
  const peer = await openIn(t, server, '0.9')
  peer.emit('/chat', 'say')
  await until(() => journal.entries.includes('recv_connect begins'), 'recv_connect runs')
  await ends['is lost']?.end(scene, peer)
  gate.open()
  await idle()
  assert.deepEqual(journal.entries, expected('recv_connect', 'resolves', 'transport close'))
})

test('join, spawn, sleep and emit after the end do nothing, while the step still runs', async (t) => {
  const journal = new Journal()
  const gate = new Gate()
  let socket: Socket | undefined
  class Late extends RoomsMixin(BaseNamespace) {
    override async recv_connect() {
      socket = this.socket
      await gate.opened
      await this.join('lobby')
      const job = this.spawn(async () => journal.note('spawned'))
      journal.note(job.isEnded)
      await this.sleep(1).catch((error: { code: string }) => journal.note(error.code))
      await this.emitWithAck('question').catch((error: { code: string }) => journal.note(error.code))
      this.emit('news')
      journal.note([...this.rooms])
    }
    override recv_disconnect() {
      journal.note('recv_disconnect')
    }
  }
  const server = await startServer(t, { '/chat': Late })
  const peer = await openIn(t, server, '4')
  peer.connect('/chat')
  await until(() => socket !== undefined, 'recv_connect runs')
  peer.reset()
  await until(() => socket?.connected === false, 'the loss is noticed')
  gate.open()
  const [isEnded, asleep, asked, rooms, end] = await journal.until(5)
  assert.deepEqual([isEnded, asleep, asked, end], [true, 'SIO_CLOSED', 'SIO_CLOSED', 'recv_disconnect'])
  assert.ok(!(rooms as string[]).includes('lobby'))
})
