// Owns: the clients that are away, by address: when there are too many, one of the address that has most
// goes, the oldest.
// Elsewhere: how long one may be away (recoverable-socket.ts).

export interface Away {
  readonly address: string
}

export class Suspended<Client extends Away> {
  readonly #most: number
  // In the order in which they were lost.
  readonly #byAddress = new Map<string, Set<Client>>()
  // Addresses by how many of them are away: the one that has most is found without looking at all.
  readonly #byCount = new Map<number, Set<string>>()
  #largest = 0
  #size = 0

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#size
  }

  /**
   * Adds one that was lost. Gives the one that has to go for it, if there are too many: one address cannot
   * push out all.
   */
  add(client: Client): Client | undefined {
    let clients = this.#byAddress.get(client.address)
    if (clients === undefined) this.#byAddress.set(client.address, (clients = new Set()))
    if (clients.has(client)) return undefined
    clients.add(client)
    this.#size++
    this.#count(client.address, clients.size - 1, clients.size)
    return this.#size > this.#most ? this.#oldest : undefined
  }

  has(client: Client): boolean {
    return this.#byAddress.get(client.address)?.has(client) === true
  }

  /** Whether it was there. */
  remove(client: Client): boolean {
    const clients = this.#byAddress.get(client.address)
    if (clients?.delete(client) !== true) return false
    this.#size--
    this.#count(client.address, clients.size + 1, clients.size)
    if (clients.size === 0) this.#byAddress.delete(client.address)
    return true
  }

  /** All of them, as they are now. */
  all(): readonly Client[] {
    return [...this.#byAddress.values()].flatMap((clients) => [...clients])
  }

  get #oldest(): Client | undefined {
    const [address = ''] = this.#byCount.get(this.#largest) ?? []
    const [oldest] = this.#byAddress.get(address) ?? []
    return oldest
  }

  #count(address: string, before: number, now: number): void {
    const addresses = this.#byCount.get(before)
    addresses?.delete(address)
    if (addresses?.size === 0) this.#byCount.delete(before)
    if (now > 0) {
      let others = this.#byCount.get(now)
      if (others === undefined) this.#byCount.set(now, (others = new Set()))
      others.add(address)
    }
    if (now > this.#largest || (before === this.#largest && !this.#byCount.has(before))) this.#largest = now
  }
}
