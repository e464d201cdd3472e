// Owns: what waits for a client that nothing can be sent to at the moment.
import { ProtocolError } from '../support/errors.js'
import type { Outgoing } from '../transports/transport.js'

export class Outbox {
  #waiting: Outgoing[] = []
  readonly #maxPackets: number

  constructor(maxPackets: number) {
    this.#maxPackets = maxPackets
  }

  get size(): number {
    return this.#waiting.length
  }

  /** @throws ProtocolError SIO_PROTOCOL_LIMIT when more than the bound would wait. */
  push(packet: Outgoing): void {
    if (this.#waiting.length >= this.#maxPackets) {
      throw new ProtocolError('SIO_PROTOCOL_LIMIT', `expected at most ${this.#maxPackets} packets between polls`)
    }
    this.#waiting.push(packet)
  }

  /** Adds the packet with which the socket ends; the bound has let it go so far, and nothing follows. */
  pushLast(packet: Outgoing): void {
    this.#waiting.push(packet)
  }

  /** Puts back what was taken and did not arrive. */
  putBack(packets: readonly Outgoing[]): void {
    this.#waiting.unshift(...packets)
  }

  takeAll(): readonly Outgoing[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }
}
