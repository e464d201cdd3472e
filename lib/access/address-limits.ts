// Owns: how many there are of each address, when that is bounded.
// Elsewhere: which address a client has (http/request-facts.ts), what is counted (server/sessions.ts).

/** What has an address: asked for only where there is a bound, as it costs a system call (bench: connect). */
export interface Located {
  readonly address: string
}

/** Counts by address; without a bound, nothing does. */
export function perAddress(most: number): PerAddress | undefined {
  return most === Infinity ? undefined : new PerAddress(most)
}

export class PerAddress {
  readonly #most: number
  readonly #addresses = new Map<unknown, string>()
  readonly #counts = new Map<string, number>()

  constructor(most: number) {
    this.#most = most
  }

  hasRoom(address: string): boolean {
    return (this.#counts.get(address) ?? 0) < this.#most
  }

  add(thing: unknown, address: string): void {
    if (this.#addresses.has(thing)) return
    this.#addresses.set(thing, address)
    this.#counts.set(address, (this.#counts.get(address) ?? 0) + 1)
  }

  /** One that is not counted, or no longer, changes nothing. */
  remove(thing: unknown): void {
    const address = this.#addresses.get(thing)
    if (address === undefined) return
    this.#addresses.delete(thing)
    const left = (this.#counts.get(address) ?? 0) - 1
    if (left > 0) this.#counts.set(address, left)
    else this.#counts.delete(address)
  }

  /** How many addresses have any. */
  get size(): number {
    return this.#counts.size
  }
}
