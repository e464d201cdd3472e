// Owns: how much waits for one client's namespaces altogether: when reading stops and goes on, and when it is
// too much.
// Elsewhere: the order of what waits (socket/inbox.ts), what is held for it (rooms/member.ts).
import { endAtLimit, tooMuchUnhandled } from '../socket/full.js'

/** The connection that is read. */
export interface ReadSocket {
  pauseReading(): void
  resumeReading(): void
  close(reason: 'limit exceeded'): void
}

/** In bytes, as the packets came or would go. */
export interface BacklogBounds {
  readonly maxQueuedBytes: number
  readonly maxHttpBufferSize: number
}

/**
 * Counts inboxes that are full, and bytes over all of them: while either is too much, nothing is read from
 * the client.
 */
export class Backlog {
  readonly #socket: ReadSocket
  readonly #bounds: BacklogBounds
  #fullInboxes = 0
  #bytes = 0
  /** Whether more bytes wait than may. */
  isHeavy = false
  #heldBytes = 0

  constructor(socket: ReadSocket, bounds: BacklogBounds) {
    this.#socket = socket
    this.#bounds = bounds
  }

  inboxFilled(isFull: boolean): void {
    this.#update(this.#fullInboxes + (isFull ? 1 : -1), this.isHeavy)
  }

  /** More waits than may, of a client that cannot stop at once. */
  overflowed(): void {
    endAtLimit(this.#socket, tooMuchUnhandled)
  }

  /** So many more bytes wait to be worked on, or fewer. */
  weighs(bytes: number): void {
    const { maxQueuedBytes, maxHttpBufferSize } = this.#bounds
    this.#bytes += bytes
    if (this.#bytes > maxQueuedBytes) this.#update(this.#fullInboxes, true)
    else if (this.#bytes <= maxQueuedBytes / 2) this.#update(this.#fullInboxes, false)
    // What was read when reading stopped is one payload more; not all can stop for long.
    if (bytes > 0 && this.#bytes > maxQueuedBytes + maxHttpBufferSize) this.overflowed()
  }

  /**
   * So many more bytes are held until a connect is confirmed, or fewer. False, and not counted, when that is
   * too much.
   */
  holds(bytes: number): boolean {
    // A single packet may be larger than the bound: it is the application's own.
    if (bytes > 0 && this.#heldBytes > 0 && this.#heldBytes + bytes > this.#bounds.maxQueuedBytes) return false
    this.#heldBytes += bytes
    return true
  }

  /** Whether nothing is to be read. */
  get isStopped(): boolean {
    return this.#fullInboxes > 0 || this.isHeavy
  }

  #update(fullInboxes: number, isHeavy: boolean): void {
    const wasStopped = this.isStopped
    this.#fullInboxes = fullInboxes
    this.isHeavy = isHeavy
    if (this.isStopped === wasStopped) return
    if (this.isStopped) this.#socket.pauseReading()
    else this.#socket.resumeReading()
  }
}
