// Owns: the way out to one client: the transport that is attached, and what waits while none is.
// Elsewhere: whether the socket still lives (virtual-socket.ts).
import { nobody, type Transport, type TransportName } from '../transports/transport.js'
import type { Counts } from './counts.js'
import { Outbox, type OutboxBounds } from './outbox.js'

const nothing: readonly Transport[] = []

/** What became of a frame: it went out, it waits for the next transport, or more waits than may. */
export type Sent = 'sent' | 'kept' | 'full'

export interface LinkSettings extends OutboxBounds {
  readonly counts: Counts
}

/** What waits for the next transport, in order. */
export interface Waiting {
  readonly size: number
  /** Keeps a frame: false when a bound is reached. */
  push(frame: unknown): boolean
  /** Adds the frame with which the socket ends. */
  pushLast(frame: unknown): void
  /** Puts back what was taken and did not arrive. */
  putBack(frames: readonly unknown[]): void
  takeAll(): readonly unknown[]
}

export class Link {
  protected readonly bounds: LinkSettings
  // Made when something has to wait: on a stream, nothing ever does.
  protected outbox: Waiting | undefined
  #transport: Transport | undefined
  // Of the one before, where none is attached.
  #lastName: TransportName | undefined
  #countedAs: TransportName | undefined
  // A poll whose answer may not have arrived: what comes after it waits, or it could overtake.
  protected unsettled: Transport | undefined
  // What was on its way when it was ended, until that is over: the transport, or an answer that was not
  // settled.
  #ending = nothing
  #watcher: (() => void) | undefined
  // A poll whose answer went out; there until the client comes back for more, which it does once it has read
  // it.
  #answered: Transport | undefined

  constructor(bounds: LinkSettings) {
    this.bounds = bounds
  }

  get transport(): Transport | undefined {
    return this.#transport
  }

  /** The name of the transport that is attached, or was last. */
  get name(): TransportName | undefined {
    return this.#transport?.name ?? this.#lastName
  }

  /**
   * Counts its client among those of a transport, and no longer among those of the one before; of none, once
   * it is over.
   */
  countAs(name: TransportName | undefined): void {
    if (name === this.#countedAs) return
    this.bounds.counts.carried(this.#countedAs, name)
    this.#countedAs = name
  }

  /** Whether a frame would go out at once. */
  get isReady(): boolean {
    return this.#transport !== undefined && this.unsettled === undefined && !this.#isAnythingWaiting
  }

  /** Whether it has been ended, and nothing of it is on its way any more. */
  get isOver(): boolean {
    return this.#transport === undefined && this.unsettled === undefined && this.#ending.length === 0
  }

  /** Calls back whenever something has gone out, or a transport has come or gone. */
  watch(look: () => void): void {
    this.#watcher = look
  }

  /**
   * Whether it would even leave at once: a transport of engine.io keeps frames by itself between two polls.
   */
  get isWritable(): boolean {
    return this.isReady && this.#transport?.isWritable !== false
  }

  /** The newest transport wins; the older one ends in order. */
  attach(transport: Transport): void {
    this.countAs(transport.name)
    this.#take(transport)
  }

  #take(transport: Transport): void {
    const older = this.#transport
    this.#transport = transport
    this.#answered = undefined
    older?.close()
    this.unsettled?.close()
  }

  /** Whether it was this transport that is gone now, and not one that had been replaced. */
  release(transport: Transport): boolean {
    if (transport.kind === 'stream') this.#over(transport)
    if (this.#transport !== transport) return false
    // Those of engine.io change it.
    this.#lastName = transport.name
    this.#transport = undefined
    return true
  }

  /** The connection is lost: its transport is released, and queued packets stay queued. */
  drop(): void {
    const transport = this.#transport
    const { unsettled } = this
    this.#lastName = this.name
    this.#transport = this.unsettled = this.#answered = undefined
    this.countAs(undefined)
    // What it still reads is of a connection that its client has given up.
    transport?.serve?.(nobody)
    if (transport?.abandon === undefined) transport?.close()
    else transport.abandon()
    unsettled?.close()
  }

  /** Sends a frame now, or keeps it for the next transport. */
  send(frame: unknown): Sent {
    const { counts, wire } = this.bounds
    // As count() does (bench: broadcast).
    counts.packetsOut++
    counts.bytesOut += wire.sizeOf(frame)
    const transport = this.#transport
    // On most streams nothing has ever waited (bench: echo, broadcast).
    const isFree = this.outbox === undefined && this.unsettled === undefined
    // What a stream takes is gone.
    if (transport?.kind === 'stream' && (isFree || this.isReady)) return transport.send([frame]) ? 'sent' : 'full'
    if (this.isReady) return this.carry([frame])
    return this.box.push(frame) ? 'kept' : 'full'
  }

  /** Sends what waits, if it can go out now. */
  flush(): Sent {
    const isDue = this.#transport !== undefined && this.unsettled === undefined && this.#isAnythingWaiting
    const sent = isDue ? this.carry(this.box.takeAll()) : 'sent'
    this.#watcher?.()
    return sent
  }

  /**
   * The answer of a poll has gone out, or goes out again, before everything else. When an answer that went
   * out turns out to be lost, it goes again as long as the client has not come back: after that nobody can
   * tell.
   */
  settle(transport: Transport, undelivered: readonly unknown[]): Sent {
    this.#over(transport)
    if (this.unsettled !== transport && this.#answered !== transport) return 'sent'
    if (undelivered.length > 0) this.box.putBack(undelivered)
    this.#answered = undefined
    if (this.unsettled !== transport) return 'sent'
    this.unsettled = undefined
    if (this.#transport === undefined && undelivered.length === 0) this.#answered = transport
    return this.flush()
  }

  /**
   * Sends the last frame, after all that waits. When an earlier answer is not settled, a poll is answered, so
   * that the order holds: everything waits for the next one then.
   */
  sendLast(frame: unknown): Sent {
    this.count(frame)
    if (this.unsettled !== undefined && this.#transport?.kind === 'poll') this.#transport.close()
    this.box.pushLast(frame)
    return this.#transport === undefined ? 'kept' : this.carry(this.box.takeAll())
  }

  /** Sends what was kept for this last transport, whether an earlier answer is settled or not. */
  partWith(transport: Transport): void {
    this.#take(transport)
    if (this.#isAnythingWaiting) this.carry(this.box.takeAll())
  }

  /** Ends it; a poll that is held is answered with the last packet, if there is one. */
  end(farewell?: unknown): void {
    if (farewell !== undefined && this.#transport?.kind === 'poll') this.sendLast(farewell)
    this.outbox = undefined
    const transport = this.#transport
    const unsettled = this.unsettled
    this.#lastName = this.name
    // No answer is kept to be sent again.
    this.#transport = this.unsettled = this.#answered = undefined
    this.#ending = [transport, unsettled].filter((ending) => ending !== undefined)
    transport?.close()
    unsettled?.part?.()
    this.#watcher?.()
  }

  protected count(frame: unknown): void {
    const { counts, wire } = this.bounds
    counts.packetsOut++
    counts.bytesOut += wire.sizeOf(frame)
  }

  protected get box(): Waiting {
    return (this.outbox ??= new Outbox(this.bounds))
  }

  get #isAnythingWaiting(): boolean {
    return this.outbox !== undefined && this.outbox.size > 0
  }

  #over(transport: Transport): void {
    if (!this.#ending.includes(transport)) return
    this.#ending = this.#ending.filter((ending) => ending !== transport)
    this.#watcher?.()
  }

  protected carry(frames: readonly unknown[]): Sent {
    const transport = this.#transport as Transport
    if (transport.kind === 'poll') this.unsettled = transport
    return transport.send(frames) ? 'sent' : 'full'
  }
}
