// Owns: all namespaces that one client ever asked for, by endpoint, and what `socket.namespaces` shows of them.
// Elsewhere: who asks, and is told (host.ts), the life of each (seat.ts).
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { Seat } from './instance.js'

export class Seating {
  // Most clients have one or two: a Map weighs three times as much, and must hash what it is asked for (bench: memory).
  #all: readonly Seat[] = []
  // Made when somebody asks, which few do, and kept up from then on.
  #open: Map<string, AnyNamespace> | undefined

  get size(): number {
    return this.#all.length
  }

  get(endpoint: string): Seat | undefined {
    for (const seat of this.#all) if (seat.endpoint === endpoint) return seat
    return undefined
  }

  /** Adds one, in the place of that of its endpoint which has ended, if there is one. */
  add(seat: Seat): void {
    const at = this.#all.findIndex(({ endpoint }) => endpoint === seat.endpoint)
    this.#all = at < 0 ? this.#all.concat(seat) : this.#all.with(at, seat)
  }

  /** All of them, as they are now: what is added meanwhile does not come by. */
  [Symbol.iterator](): Iterator<Seat> {
    return this.#all[Symbol.iterator]()
  }

  /** Calls back when all of them have done what was sent to them. */
  whenIdle(done: () => void): void {
    // One more than there are, so that nothing is done before all have been asked.
    let left = this.size + 1
    const oneDone = (): void => {
      if (--left === 0) done()
    }
    for (const seat of this.#all) seat.whenIdle(oneDone)
    oneDone()
  }

  /** Those that are open, by endpoint. */
  get open(): ReadonlyMap<string, AnyNamespace> {
    if (this.#open === undefined) {
      this.#open = new Map()
      for (const seat of this.#all) if (seat.state === 'open') this.opened(seat)
    }
    return this.#open
  }

  opened({ endpoint, namespace }: Seat): void {
    if (namespace !== undefined) this.#open?.set(endpoint, namespace)
  }

  ended({ endpoint, namespace }: Seat): void {
    if (this.#open?.get(endpoint) === namespace) this.#open?.delete(endpoint)
  }
}
