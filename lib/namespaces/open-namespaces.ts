// Owns: what `socket.namespaces` shows: the namespaces of one client that are open.
// Elsewhere: all that it ever asked for (host.ts).
import type { AnyNamespace } from './any-namespace.js'
import type { Seat } from './seat.js'

export class OpenNamespaces {
  // Made when somebody asks, which few do, and kept up from then on.
  #byEndpoint: Map<string, AnyNamespace> | undefined

  /** All that are open, of all `seats`. */
  view(seats: Iterable<Seat>): ReadonlyMap<string, AnyNamespace> {
    if (this.#byEndpoint === undefined) {
      this.#byEndpoint = new Map()
      for (const seat of seats) if (seat.state === 'open') this.add(seat)
    }
    return this.#byEndpoint
  }

  add({ endpoint, namespace }: Seat): void {
    if (namespace !== undefined) this.#byEndpoint?.set(endpoint, namespace)
  }

  remove({ endpoint, namespace }: Seat): void {
    if (this.#byEndpoint?.get(endpoint) === namespace) this.#byEndpoint?.delete(endpoint)
  }
}
