// Owns: what must be as it was once a fault is over, seen from outside: connections, timers, listeners, rooms, places.
// Elsewhere: the server that is watched (scene.ts).
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Adapter } from 'socket.io-adapter'
import type { FakeClock } from '../support/clock.js'
import type { TestServer } from '../support/server.js'

// Long for what takes a few turns of the event loop.
const patienceMs = 5_000

/** An adapter in memory whose instances, one for each endpoint, can be looked at. */
export function watchedAdapter(): { readonly adapters: ReadonlySet<Adapter>; readonly adapter: typeof Adapter } {
  const adapters = new Set<Adapter>()
  class Watched extends Adapter {
    constructor(nsp: unknown) {
      super(nsp)
      adapters.add(this)
    }
  }
  return { adapters, adapter: Watched }
}

type Balance = Readonly<Record<string, number>>

const watchedEvents = ['connection', 'request', 'upgrade', 'close', 'clientError', 'error', 'checkContinue']

/** Compares what there is now with what there was when it was opened. */
export class Ledger {
  readonly #server: TestServer
  readonly #clock: FakeClock
  readonly #adapters: ReadonlySet<Adapter>
  #start: Balance = {}

  constructor(server: TestServer, clock: FakeClock, adapters: ReadonlySet<Adapter>) {
    this.#server = server
    this.#clock = clock
    this.#adapters = adapters
  }

  async open(): Promise<void> {
    this.#start = await this.#take()
  }

  /** Waits until everything is as it was; fails with what is not. */
  async balance(): Promise<void> {
    const end = Date.now() + patienceMs
    for (;;) {
      const now = await this.#take()
      try {
        assert.deepEqual(now, this.#start)
        return
      } catch (error) {
        if (Date.now() > end) throw error
      }
      await pause(5)
    }
  }

  async #take(): Promise<Balance> {
    const { io, server } = this.#server
    const active = process.getActiveResourcesInfo()
    const members = await Promise.all(['', '/chat'].map((endpoint) => io.of(endpoint).fetchSockets()))
    const balance: Record<string, number> = {
      connections: await promisify(server.getConnections.bind(server))(),
      // Engine.io's own, and the test's, beside those of the clock.
      timeouts: active.filter((name) => name === 'Timeout').length,
      deadlines: this.#clock.timers,
      members: members.flat().length,
      rooms: sum(this.#adapters, ({ rooms }) => rooms.size),
      seats: sum(this.#adapters, ({ sids }) => sids.size),
      listenersOfProcess: sum(process.eventNames(), (name) => process.listenerCount(name)),
    }
    for (const name of watchedEvents) balance[`listeners of ${name}`] = server.listenerCount(name)
    return balance
  }
}

function sum<Item>(items: Iterable<Item>, count: (item: Item) => number): number {
  let total = 0
  for (const item of items) total += count(item)
  return total
}
