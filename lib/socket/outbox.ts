// Owns: the frames that wait for a client to which nothing can be sent at the moment.
import type { Wire } from '../transports/transport.js'

/** How much may wait for one client, and how a frame is weighed. */
export interface OutboxBounds {
  readonly wire: Wire
  readonly maxBufferedPackets: number
  readonly maxBufferedBytes: number
}

export class Outbox {
  #waiting: unknown[] = []
  #bytes = 0
  readonly #bounds: OutboxBounds

  constructor(bounds: OutboxBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#waiting.length
  }

  /**
   * Keeps a frame: false when a bound is reached. A single frame may be larger than the bound on bytes: it is
   * the application's, and would have gone out at once over a transport.
   */
  push(frame: unknown): boolean {
    const { wire, maxBufferedPackets, maxBufferedBytes } = this.#bounds
    if (this.#waiting.length >= maxBufferedPackets || this.#bytes > maxBufferedBytes) return false
    this.#bytes += wire.sizeOf(frame)
    this.#waiting.push(frame)
    return true
  }

  /** Adds the frame with which the socket ends; the bound has let it go so far, and nothing follows. */
  pushLast(frame: unknown): void {
    this.#waiting.push(frame)
  }

  /** Puts back what was taken and did not arrive. */
  putBack(frames: readonly unknown[]): void {
    if (frames.length === 0) return
    for (const frame of frames) this.#bytes += this.#bounds.wire.sizeOf(frame)
    this.#waiting = [...frames, ...this.#waiting]
  }

  takeAll(): readonly unknown[] {
    const taken = this.#waiting
    this.#waiting = []
    this.#bytes = 0
    return taken
  }
}
