// Owns: one held GET of xhr-polling or jsonp-polling, from its arrival to the fate of its answer.
// Elsewhere: how the answer is dressed (xhr-polling.ts, jsonp-polling.ts), what waits between polls
// (socket/outbox.ts).
import { Deadline, type DeadlineOwner, type Deadlines } from '../../support/timers.js'
import { FrameWire, type Frame } from '../../wire/v09/frame.js'
import type { Exchange, ExchangeWatcher, Headers, ResetWatcher } from '../exchange.js'
import { partingMs, type Transport, type TransportOwner } from '../transport.js'

/** How a polling transport dresses a payload. */
export interface PollFormat {
  readonly name: 'xhr-polling' | 'jsonp-polling'
  readonly headers: Headers
  body(frames: readonly Frame[]): string
}

const noop: readonly Frame[] = [new FrameWire().encode({ type: 'noop', endpoint: '' })]
const nothing: readonly Frame[] = []

/** How long an answer may be on its way once the client has come back for more. */
const abandonedMs = 1_000

/**
 * One held poll. It is answered once: with the first packets sent, or with a noop when its time has run out.
 */
export class LongPoll implements Transport<Frame>, DeadlineOwner, ExchangeWatcher, ResetWatcher {
  readonly kind = 'poll'
  readonly name: PollFormat['name']
  readonly #exchange: Exchange
  readonly #format: PollFormat
  readonly #deadlines: Deadlines
  readonly #deadline = new Deadline(this)
  readonly #owner: TransportOwner
  #answer: readonly Frame[] | undefined
  #isOver = false

  constructor(exchange: Exchange, format: PollFormat, owner: TransportOwner, deadlines: Deadlines) {
    this.name = format.name
    this.#exchange = exchange
    this.#format = format
    this.#owner = owner
    this.#deadlines = deadlines
  }

  /** Holds the request for `durationMs` at most. */
  hold(durationMs: number): void {
    this.#deadlines.arm(this.#deadline, durationMs)
    this.#exchange.whenOver(this)
  }

  send(frames: readonly Frame[]): boolean {
    this.#respond(frames, frames)
    return true
  }

  /** Answered already, and a newer transport is there: what this answer holds up is sent soon. */
  close(): void {
    if (this.#answer === undefined) this.#respond(noop, nothing)
    else if (!this.#isOver) this.#deadlines.arm(this.#deadline, abandonedMs)
  }

  /**
   * A client that reads gets the whole of a last answer, too; one that was disconnected already gets no more
   * time.
   */
  part(): void {
    if (!this.#isOver && !this.#deadline.isArmed) this.#deadlines.arm(this.#deadline, partingMs)
  }

  // A poll reads nothing: the client speaks by POST.
  pause(): void {}
  resume(): void {}

  deadlinePassed(): void {
    if (this.#answer === undefined) this.close()
    else this.#exchange.abort()
  }

  #respond(frames: readonly Frame[], owed: readonly Frame[]): void {
    this.#deadlines.disarm(this.#deadline)
    // Kept until the answer has gone out: the client may have given this poll up without our knowing yet.
    this.#answer = owed
    if (owed.length > 0) this.#exchange.whenReset(this)
    this.#owner.released(this)
    this.#exchange.reply(200, this.#format.headers, this.#format.body(frames))
  }

  /** The fate of its answer, or of the request that waited for one. */
  over(delivered: boolean): void {
    const answer = this.#answer
    this.#isOver = true
    this.#deadlines.disarm(this.#deadline)
    if (answer !== undefined && delivered) {
      this.#owner.settled(this, nothing)
      return
    }
    this.#answer = nothing
    if (answer === undefined) this.#owner.released(this)
    this.#owner.settled(this, answer ?? nothing)
  }

  /** The answer had gone out, as far as our side of the connection knew; an earlier end is told by `over`. */
  reset(): void {
    if (!this.#isOver || this.#answer === undefined || this.#answer === nothing) return
    const answer = this.#answer
    this.#answer = nothing
    this.#owner.settled(this, answer)
  }
}
