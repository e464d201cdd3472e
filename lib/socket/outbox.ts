// Owns: the frames that wait for a client to which nothing can be sent at the moment.
import { ProtocolError } from '../support/errors.js'

export class Outbox {
  #waiting: unknown[] = []
  readonly #maxPackets: number

  constructor(maxPackets: number) {
    this.#maxPackets = maxPackets
  }

  get size(): number {
    return this.#waiting.length
  }

  /** @throws ProtocolError SIO_PROTOCOL_LIMIT when more than the bound would wait. */
  push(frame: unknown): void {
    if (this.#waiting.length >= this.#maxPackets) {
      throw new ProtocolError('SIO_PROTOCOL_LIMIT', `expected at most ${this.#maxPackets} packets between polls`)
    }
    this.#waiting.push(frame)
  }

  /** Adds the frame with which the socket ends; the bound has let it go so far, and nothing follows. */
  pushLast(frame: unknown): void {
    this.#waiting.push(frame)
  }

  /** Puts back what was taken and did not arrive. */
  putBack(frames: readonly unknown[]): void {
    if (frames.length > 0) this.#waiting = [...frames, ...this.#waiting]
  }

  takeAll(): readonly unknown[] {
    const taken = this.#waiting
    this.#waiting = []
    return taken
  }
}
