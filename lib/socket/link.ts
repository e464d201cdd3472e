// Owns: the way out to one client: the transport that is attached, and what waits while none is.
// Elsewhere: whether the socket still lives (virtual-socket.ts).
import type { Transport, TransportName } from '../transports/transport.js'
import { Outbox } from './outbox.js'

export class Link {
  readonly #outbox: Outbox
  #transport: Transport | undefined
  #lastName: TransportName | undefined
  // A poll whose answer may not have arrived: what comes after it waits, or it could overtake.
  #unsettled: Transport | undefined
  // A poll whose answer went out; there until the client comes back for more, which it does once it has read it.
  #answered: Transport | undefined

  constructor(maxBufferedPackets: number) {
    this.#outbox = new Outbox(maxBufferedPackets)
  }

  get transport(): Transport | undefined {
    return this.#transport
  }

  /** The name of the transport that is attached, or was last. */
  get name(): TransportName | undefined {
    return this.#transport?.name ?? this.#lastName
  }

  /** Whether a frame would go out at once. */
  get isReady(): boolean {
    return this.#transport !== undefined && this.#unsettled === undefined && this.#outbox.size === 0
  }

  /** Whether it would even leave at once: a transport of engine.io keeps frames by itself between two polls. */
  get isWritable(): boolean {
    return this.isReady && this.#transport?.isWritable !== false
  }

  /** The newest transport wins; the older one ends in order. */
  attach(transport: Transport): void {
    const older = this.#transport
    this.#transport = transport
    this.#lastName = transport.name
    this.#answered = undefined
    older?.close()
    this.#unsettled?.close()
  }

  /** Whether it was this transport that is gone now, and not one that had been replaced. */
  release(transport: Transport): boolean {
    if (this.#transport !== transport) return false
    this.#transport = undefined
    return true
  }

  /**
   * Sends a frame now, or keeps it for the next transport.
   * @throws ProtocolError SIO_PROTOCOL_LIMIT when too many wait already.
   */
  send(frame: unknown): void {
    if (this.isReady) this.#carry([frame])
    else this.#outbox.push(frame)
  }

  flush(): void {
    if (this.#transport !== undefined && this.#unsettled === undefined && this.#outbox.size > 0) {
      this.#carry(this.#outbox.takeAll())
    }
  }

  /**
   * The answer of a poll has gone out, or goes out again, before everything else. When an answer that went out turns out
   * to be lost, it goes again as long as the client has not come back: after that nobody can tell.
   */
  settle(transport: Transport, undelivered: readonly unknown[]): void {
    if (this.#unsettled !== transport && this.#answered !== transport) return
    this.#outbox.putBack(undelivered)
    this.#answered = undefined
    if (this.#unsettled !== transport) return
    this.#unsettled = undefined
    if (this.#transport === undefined && undelivered.length === 0) this.#answered = transport
    this.flush()
  }

  /**
   * Sends the last frame, after all that waits: whether it went out. When an earlier answer is not settled, a poll is
   * let go, so that the order holds: everything waits for the next one then.
   */
  sendLast(frame: unknown): boolean {
    if (this.#unsettled !== undefined && this.#transport?.kind === 'poll') this.#transport.close()
    this.#outbox.pushLast(frame)
    if (this.#transport === undefined) return false
    this.#carry(this.#outbox.takeAll())
    return true
  }

  /** Sends what was kept for this last transport, whether an earlier answer is settled or not. */
  partWith(transport: Transport): void {
    this.attach(transport)
    if (this.#outbox.size > 0) this.#carry(this.#outbox.takeAll())
  }

  end(): void {
    this.#outbox.takeAll()
    const transport = this.#transport
    this.#transport = undefined
    this.#answered = undefined
    transport?.close()
  }

  #carry(frames: readonly unknown[]): void {
    const transport = this.#transport as Transport
    if (transport.kind === 'poll') this.#unsettled = transport
    transport.send(frames)
  }
}
