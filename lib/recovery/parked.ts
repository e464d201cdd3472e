// Owns: what is kept of each namespace between the return of a client of Socket.IO 4 and its coming back to
// that namespace.
// Elsewhere: when that is (returning-socket.ts), what of it is sent again (missed.ts).
import type { KeptFrame } from './kept-frame.js'
import type { Ring, RingEntry } from './ring.js'

export interface ParkedBounds {
  readonly maxBufferedPackets: number
  readonly maxKeptBytes: number
}

export class Parked {
  readonly #entries = new Map<string, RingEntry[]>()
  readonly #claimed = new Set<string>()
  readonly #bounds: ParkedBounds
  #count = 0
  #bytes = 0

  /**
   * Takes everything out of the ring: for namespaces that are there, and for those that have ended meanwhile.
   */
  constructor(bounds: ParkedBounds, ring: Ring | undefined, endpoints: Iterable<string>) {
    this.#bounds = bounds
    for (const endpoint of endpoints) this.#entries.set(endpoint, [])
    for (const { kept } of ring?.entries() ?? []) this.#entries.set(kept.endpoint, [])
    if (ring === undefined) return
    for (const endpoint of this.#entries.keys()) for (const entry of ring.takeOf(endpoint)) this.#keep(entry)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Its client has come back to it, and waits to be let in. */
  claim(endpoint: string): void {
    this.#claimed.add(endpoint)
  }

  /** Those that their client has not come back to. */
  unclaimed(): readonly string[] {
    return [...this.#entries.keys()].filter((endpoint) => !this.#claimed.has(endpoint))
  }

  /** What tells their client that they have been ended meanwhile. */
  ends(): readonly KeptFrame[] {
    const last = [...this.#entries.values()].flatMap((entries) => entries.slice(-1))
    return last.filter(({ kept }) => kept.kind === 'control').map(({ kept }) => kept)
  }

  has(endpoint: string): boolean {
    return this.#entries.has(endpoint)
  }

  /** In the order in which it was sent. */
  of(endpoint: string): readonly RingEntry[] | undefined {
    return this.#entries.get(endpoint)
  }

  /** Keeps one more frame: false when that is more than may be. */
  add(kept: KeptFrame): boolean {
    this.#keep({ kept, wasWritten: false })
    return this.#count <= this.#bounds.maxBufferedPackets && this.#bytes <= this.#bounds.maxKeptBytes
  }

  #keep(entry: RingEntry): void {
    if (entry.kept.kind === 'passing') return
    this.#entries.get(entry.kept.endpoint)?.push(entry)
    this.#count++
    this.#bytes += entry.kept.size
  }

  drop(endpoint: string): void {
    for (const { kept } of this.#entries.get(endpoint) ?? []) {
      this.#count--
      this.#bytes -= kept.size
    }
    this.#entries.delete(endpoint)
    this.#claimed.delete(endpoint)
  }

  /**
   * The connection is lost again: what asks for an ack and was written is sent no more, all else goes back to
   * where it was.
   */
  putBack(ring: Ring): void {
    for (const entries of this.#entries.values()) {
      for (const { kept, wasWritten } of entries) if (!kept.asks || !wasWritten) ring.pushLast(kept)
    }
  }
}
