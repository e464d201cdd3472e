// Owns: what a server keeps of clients that did the same thing a thousand times: nothing, be it their own fault or a hook's.
// Elsewhere: single bounds (test/conformance/namespace-bounds.test.ts, waiting-bytes.test.ts), hours of it (test/soak).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { Adapter } from 'socket.io-adapter'
import {
  BaseNamespace,
  BroadcastMixin,
  ConnectError,
  RoomsMixin,
  type AdapterFactory,
  type NamespaceClass,
} from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { collectGarbage, held } from '../support/garbage.js'
import { generations, openBare, openIn, type NamespacePeer } from '../support/generations.js'
import { startServer, type TestServer } from '../support/server.js'

const times = 1_000
const warmUp = 150
/** A thousand of the smallest objects that could stay weigh more. */
const growth = 700_000
/** Of a thousand connections, caches of the server and of the clients here keep more; the least client would weigh five times that. */
const growthOfClients = 1_800_000

const closeTimeout = 60_000
const farAway = 2_000_000_000
const ballast = 'x'.repeat(2_000)

interface Scene {
  readonly server: TestServer
  readonly clock: FakeClock
  /** Clients that stay, one of each generation. */
  readonly peers: readonly NamespacePeer[]
  readonly t: TestContext
}

const instances: WeakRef<object>[] = []

class Kept extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  readonly ballast = ballast.split('')
  constructor(...args: ConstructorParameters<NamespaceClass>) {
    super(...args)
    instances.push(new WeakRef(this))
  }
  async on_work() {
    await this.sleep(farAway)
  }
  on_never() {
    return new Promise(() => {})
  }
  async on_ask() {
    await this.emitWithAck('question', ballast)
  }
  on_ask_back() {
    this.emit('question', ballast, () => {})
    this.timeout(farAway).emit('question', ballast, () => {})
  }
  on_jobs() {
    for (let count = 0; count < 3; count++) {
      this.spawn(async (signal) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      })
      this.spawn(async function* (this: Kept) {
        for (;;) yield this.sleep(1_000)
      })
    }
  }
  async on_roam(room: string) {
    await this.join([room, `${room}-2`])
    this.to(room).emit('news')
    await this.leave(room)
  }
  on_throw(): void {
    throw new Error(ballast)
  }
  on_reserved() {
    this.emit('disconnect', ballast)
  }
}

class Refusing extends Kept {
  override recv_connect() {
    this.emit('early', ballast)
    throw new ConnectError('no', { ballast })
  }
}

class Slow extends Kept {
  override async recv_connect() {
    this.emit('early', ballast)
    await this.sleep(farAway)
  }
}

class NeverEnding extends Kept {
  override recv_connect() {
    return new Promise(() => {})
  }
  override recv_disconnect() {
    return new Promise(() => {})
  }
}

async function open(t: TestContext): Promise<Scene> {
  const clock = new FakeClock()
  const adapter = (nsp: { name: string }): Adapter => {
    if (nsp.name.startsWith('/broken')) throw new Error('no adapter')
    return new Adapter(nsp)
  }
  const server = await startServer(
    t,
    new Map<string | RegExp, NamespaceClass>([
      ['/kept', Kept],
      ['/refusing', Refusing],
      ['/slow', Slow],
      ['/never', NeverEnding],
      [/^\/any-.*$/, Kept],
      [/^\/broken-.*$/, Kept],
    ]),
    {
      clock,
      adapter: adapter as unknown as AdapterFactory,
      errorHandler: () => {},
      closeTimeout,
      handshakeTimeout: farAway,
      ackTimeout: farAway,
      heartbeatInterval: farAway,
      heartbeatTimeout: farAway + 1_000_000,
    },
  )
  const peers = await Promise.all(generations.map((generation) => openIn(t, server, generation)))
  return { server, clock, peers, t }
}

async function idle(turns = 5): Promise<void> {
  for (let count = 0; count < turns; count++) await turn()
}

/** All namespaces of a client that is in `endpoint` hear something, and it leaves. */
async function visit(peer: NamespacePeer, endpoint: string, ...events: readonly [name: string, ...args: unknown[]][]) {
  peer.connect(endpoint)
  for (const [name, ...args] of events) peer.emit(endpoint, name, ...args)
  await peer.settled()
  peer.leave(endpoint)
  await peer.settled()
  forget(peer)
}

function forget(peer: NamespacePeer): void {
  peer.frames.length = 0
  peer.questions.length = 0
}

/** What is done a thousand times, by one of three clients that stay. */
const rows: Readonly<Record<string, (scene: Scene, peer: NamespacePeer, number: number) => Promise<unknown>>> = {
  'connects and leaves': (_scene, peer) => visit(peer, '/kept'),
  'connects to a namespace of a new name and leaves': (_scene, peer, number) =>
    visit(peer, `/any-${number}`, ['roam', 'a']),
  'is refused': (_scene, peer) => visit(peer, '/refusing'),
  'asks for an endpoint that is not declared': (_scene, peer, number) => visit(peer, `/nowhere-${number}`),
  'asks for a name that is too long': (_scene, peer, number) => visit(peer, `/any-${number}${'n'.repeat(300)}`),
  'meets an adapter that cannot be made': (_scene, peer, number) => visit(peer, `/broken-${number}`),
  'leaves while a handler sleeps': async ({ clock }, peer) => {
    await visit(peer, '/kept', ['work'], ['work'])
    clock.advance(closeTimeout)
    await idle()
  },
  'leaves a handler that never settles': async ({ clock }, peer) => {
    await visit(peer, '/kept', ['never'])
    clock.advance(closeTimeout)
    await idle()
  },
  'leaves questions unanswered': (_scene, peer) => visit(peer, '/kept', ['ask_back'], ['ask']),
  'leaves with jobs running': (_scene, peer) => visit(peer, '/kept', ['jobs']),
  'leaves while it is asked': async ({ clock }, peer) => {
    await visit(peer, '/slow', ['work'])
    clock.advance(closeTimeout)
    await idle()
  },
  'is kicked while it is asked': async ({ server }, peer) => {
    peer.connect('/slow')
    for (let sent = 0; sent < 3; sent++) peer.emit('/slow', 'throw', ballast)
    await peer.settled()
    server.io.of('/slow').disconnectSockets()
    await peer.settled()
    forget(peer)
  },
  'is kicked': async ({ server }, peer) => {
    peer.connect('/kept')
    peer.emit('/kept', 'work')
    peer.emit('/kept', 'throw')
    await peer.settled()
    server.io.of('/kept').disconnectSockets()
    await peer.settled()
    forget(peer)
  },
  'meets hooks that never settle': async ({ clock }, peer) => {
    await visit(peer, '/never')
    for (let stage = 0; stage < 3; stage++) {
      clock.advance(closeTimeout)
      await idle()
    }
  },
  'leaves and comes back, and leaves, behind a slow handler': async ({ clock }, peer) => {
    peer.connect('/kept')
    peer.emit('/kept', 'never')
    for (let round = 0; round < 3; round++) {
      peer.leave('/kept')
      peer.connect('/kept')
      peer.emit('/kept', 'throw', ballast)
    }
    peer.leave('/kept')
    await peer.settled()
    clock.advance(closeTimeout)
    await idle()
    forget(peer)
  },
  'goes from room to room': async (_scene, peer, number) => visit(peer, '/kept', ['roam', `room ${number}`]),
  'makes a handler throw, and send a reserved event': (_scene, peer) => visit(peer, '/kept', ['throw'], ['reserved']),
  'does not answer what all are asked': async ({ server, clock }, peer) => {
    peer.connect('/kept')
    await peer.settled()
    const asked = server.io.of('/kept').timeout(1_000).emitWithAck('question', ballast)
    asked.catch(() => {})
    await peer.settled()
    clock.advance(1_000)
    await asked.catch(() => {})
    peer.leave('/kept')
    await peer.settled()
    forget(peer)
  },
}

/** What is done a thousand times by as many clients. */
const clients: Readonly<Record<string, (scene: Scene, number: number) => Promise<unknown>>> = {
  'come and go': async ({ t, server }, number) => {
    const peer = await openIn(t, server, generations[number % 3] as (typeof generations)[number])
    peer.connect('/kept')
    peer.emit('/kept', 'jobs')
    peer.emit('/kept', 'work')
    await peer.settled()
    peer.close()
    await peer.closed
  },
  'are lost while they are asked': async ({ t, server }, number) => {
    const peer = await openBare(t, server, generations[number % 3] as (typeof generations)[number])
    peer.connect('/slow')
    peer.emit('/slow', 'throw', ballast)
    await peer.settled()
    peer.reset()
    await peer.closed
  },
  'are refused and cut': async ({ t, server }, number) => {
    const peer = await openBare(t, server, generations[number % 3] as (typeof generations)[number])
    peer.connect('/refusing')
    await peer.settled()
    peer.send('no packet at all')
    peer.reset()
    await peer.closed
  },
}

async function weigh(): Promise<number> {
  await collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Runs it until it is warm, then a thousand times, and weighs what is left. */
async function measure(scene: Scene, most: number, once: (number: number) => Promise<unknown>): Promise<void> {
  let number = 0
  while (number < warmUp) await once(number++)
  await idle(20)
  const before = await weigh()
  instances.length = 0
  while (number < warmUp + times) await once(number++)
  await idle(20)
  // The last one may be in a frame that is still there.
  assert.ok((await held(instances)) <= 3, `${await held(instances)} of ${instances.length} instances are kept`)
  instances.length = 0
  const grown = (await weigh()) - before
  assert.ok(grown < most, `${grown} bytes are kept of ${times} times`)
  for (const endpoint of ['/kept', '/slow', '/never', '/refusing']) {
    assert.deepEqual(await scene.server.io.of(endpoint).fetchSockets(), [])
  }
}

for (const [name, once] of Object.entries(rows)) {
  test(`of a client that a thousand times ${name}, nothing is kept`, async (t) => {
    const scene = await open(t)
    await measure(scene, growth, (number) => once(scene, scene.peers[number % 3] as NamespacePeer, number))
  })
}

for (const [name, once] of Object.entries(clients)) {
  test(`of a thousand clients that ${name}, nothing is kept`, async (t) => {
    // What each of them leaves to the end of the test would weigh, too.
    const ends: (() => unknown)[] = []
    const scene = await open(t)
    const short = { after: (end: () => unknown) => ends.push(end) } as unknown as TestContext
    await measure({ ...scene, t: short }, growthOfClients, async (number) => {
      await once({ ...scene, t: short }, number)
      for (const end of ends.splice(0)) end()
    })
  })
}
