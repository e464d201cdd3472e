// Owns: the way out to a client that may come back: what goes out is kept until the client has it.
// Elsewhere: what is kept (ring.ts), when the client is suspended and comes back (recoverable-socket.ts).
import { Link, type LinkSettings, type Sent } from '../socket/link.js'
import { listOf, withMark, withoutFirst, type Marks } from '../transports/marks.js'
import type { Transport } from '../transports/transport.js'
import { gone, type KeptBounds, type KeptFrame } from './kept-frame.js'
import { Ring } from './ring.js'

export interface RingSettings extends LinkSettings, KeptBounds {}

export class RingLink extends Link {
  declare protected readonly bounds: RingSettings
  // Of heartbeats of this connection that the client has not answered: how far we were when they were sent.
  // One that sends heartbeats of its own accord answers nothing by them, and is not asked.
  #marks: Marks | 'talkative'
  // A poll was the last transport, or the client is away.
  #lately: 'polled' | 'away' | undefined

  constructor(settings: RingSettings, counted: number) {
    super(settings)
    if (counted > 0) this.outbox = new Ring(settings, counted)
  }

  /** What is kept; there once something was. */
  get ring(): Ring | undefined {
    return this.outbox as Ring | undefined
  }

  protected override get box(): Ring {
    return (this.outbox ??= new Ring(this.bounds)) as Ring
  }

  /** The ring, to be changed. */
  get ringMade(): Ring {
    return this.box
  }

  /** Whether all is kept that the client may lack. */
  get isWhole(): boolean {
    return this.ring?.isWhole ?? true
  }

  /** Whether a heartbeat waits for its answer, or would get none. */
  get isAsked(): boolean {
    return this.#marks !== undefined
  }

  override attach(transport: Transport): void {
    // A client polls again when it has read the answer before.
    if (this.#lately === 'polled' && transport.kind === 'poll' && this.unsettled === undefined) this.confirmAll()
    this.#lately = transport.kind === 'poll' ? 'polled' : undefined
    this.#forgetMarks()
    super.attach(transport)
  }

  override drop(): void {
    this.#lately = 'away'
    this.#forgetMarks()
    super.drop()
  }

  override settle(transport: Transport, undelivered: readonly unknown[]): Sent {
    // The client has come back while its answer was on its way to it.
    if (this.unsettled === transport && undelivered.length === 0 && this.transport !== undefined) this.confirmAll()
    return super.settle(transport, undelivered)
  }

  override send(frame: unknown): Sent {
    const kept = frame as KeptFrame
    const { transport } = this
    this.count(kept)
    if (kept.kind === 'heartbeat') {
      if (this.#marks !== 'talkative') this.#marks = withMark(this.#marks, this.ring?.written ?? 0)
      return transport?.send([kept.frame], true) === false ? 'full' : 'sent'
    }
    if (transport === undefined || !this.isReady) return this.#keep(kept)
    if (transport.kind === 'stream') {
      const isUnmarked = kept.kind === 'passing'
      if (!isUnmarked) this.box.pass(kept)
      return transport.send([kept.frame], isUnmarked) ? 'sent' : 'full'
    }
    this.box.pushLast(kept)
    return this.carry(this.box.takeAll())
  }

  /** Sends frames that another socket keeps, in their place among its own. */
  carryFor(frames: readonly unknown[], isUnmarked: boolean): boolean {
    if (!isUnmarked) for (let count = 0; count < frames.length; count++) this.skip()
    return this.transport?.send(frames, isUnmarked) ?? true
  }

  /** Leaves a place free: marks from here on are behind all earlier ones. */
  skip(): void {
    this.box.pass(gone)
  }

  // One that is away is not disconnected for a limit: it cannot come back any more, and ends for that.
  #keep(kept: KeptFrame): Sent {
    if (this.box.push(kept)) return 'kept'
    if (this.#lately !== 'away') return 'full'
    this.box.spoil()
    return 'kept'
  }

  /** A heartbeat of the client has come: the answer to ours, unless it sends them by itself. */
  answered(): void {
    const marks = this.#marks
    if (marks === 'talkative') return
    const [mark] = listOf(marks)
    this.#marks = mark === undefined ? 'talkative' : withoutFirst(marks)
    if (mark !== undefined) this.ring?.confirm(mark)
  }

  #forgetMarks(): void {
    if (this.#marks !== 'talkative') this.#marks = undefined
  }

  confirmAll(): void {
    const { ring } = this
    ring?.confirm(ring.written)
  }
}
