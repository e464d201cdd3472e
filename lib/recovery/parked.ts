// Owns: what is kept of each namespace between the return of a client of Socket.IO 4 and its coming back to
// that namespace.
// Elsewhere: when that is (returning-socket.ts), what of it is sent again (missed.ts).
import { isEnd, type KeptFrame, type RingEntry } from './kept-frame.js'
import type { Ring } from './ring.js'

export class Parked {
  readonly #entries = new Map<string, RingEntry[]>()
  readonly #claimed = new Set<string>()
  readonly #maxPackets: number
  readonly #maxBytes: number
  #count = 0
  #bytes = 0

  /**
   * Takes everything out of the ring: for namespaces that are there, and for those that have ended meanwhile.
   */
  constructor(maxPackets: number, ring: Ring, endpoints: Iterable<string>) {
    this.#maxPackets = maxPackets
    this.#maxBytes = ring.mostBytes
    for (const endpoint of endpoints) this.#entries.set(endpoint, [])
    for (const { kept } of ring.entries()) this.#entries.set(kept.endpoint, [])
    for (const endpoint of this.#entries.keys()) for (const entry of ring.takeOf(endpoint)) this.#keep(entry)
  }

  get size(): number {
    return this.#entries.size
  }

  /** Its client has come back to it, and waits to be let in. */
  claim(endpoint: string): void {
    this.#claimed.add(endpoint)
  }

  isClaimed(endpoint: string): boolean {
    return this.#claimed.has(endpoint)
  }

  /** Those that their client has not come back to. */
  unclaimed(): readonly string[] {
    return [...this.#entries.keys()].filter((endpoint) => !this.isClaimed(endpoint))
  }

  /** What tells their client that they have been ended meanwhile. */
  ends(): readonly KeptFrame[] {
    return [...this.#entries.keys()].flatMap((endpoint) => this.endOf(endpoint) ?? [])
  }

  /** What tells its client that this one has been ended meanwhile, if it has. */
  endOf(endpoint: string): KeptFrame | undefined {
    const kept = this.#entries.get(endpoint)?.at(-1)?.kept
    return isEnd(kept) ? kept : undefined
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
    return this.#count <= this.#maxPackets && this.#bytes <= this.#maxBytes
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
