// Owns: the acks that one client owes us, by their ids.
// Elsewhere: the acks that we owe (clients/calls.ts).
import { AckTimeoutError, ClosedError, UsageError } from '../support/errors.js'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'

/**
 * Waits for one ack: called exactly once, with the client's arguments or with the reason why there are none.
 */
export interface AckWaiter {
  answered(args: readonly unknown[]): void
  failed(error: ClosedError | AckTimeoutError): void
}

/**
 * The ids of acks, counted for the whole process.
 *
 * Adapters count in an endpoint's `_ids`, and one broadcast has one id for all its receivers; one counter for
 * all keeps those apart from our own in a client's one table.
 */
export const ackIds = { next: 1 }

export class Acks {
  readonly #deadlines: Deadlines
  readonly #max: number
  readonly #counts: { acksPending: number }
  #pending: Map<number, PendingAck> | undefined

  /** @param counts of all clients together. */
  constructor(deadlines: Deadlines, max: number, counts: { acksPending: number }) {
    this.#deadlines = deadlines
    this.#max = max
    this.#counts = counts
  }

  get size(): number {
    return this.#pending?.size ?? 0
  }

  /** Whether no more can be expected. */
  get isFull(): boolean {
    return this.size >= this.#max
  }

  /**
   * Waits for the ack of `id`, for `timeoutMs` if given, on behalf of `owner`.
   * @throws UsageError SIO_USAGE_ACKS when too many are pending already.
   */
  expect(id: number, waiter: AckWaiter, timeoutMs?: number, owner?: object): void {
    if (this.isFull) {
      throw new UsageError('SIO_USAGE_ACKS', `expected at most ${this.#max} acks pending (maxPendingAcks)`)
    }
    this.#pending ??= new Map()
    const pending = new PendingAck(this, id, waiter, timeoutMs ?? 0, owner)
    if (!this.#pending.has(id)) this.#counts.acksPending++
    this.#pending.set(id, pending)
    if (timeoutMs !== undefined) this.#deadlines.arm(pending.deadline, timeoutMs)
  }

  /** Settles the ack `ackId`, on whatever endpoint it came back. Returns whether one was pending. */
  answer(ackId: string, args: readonly unknown[]): boolean {
    const pending = this.#take(Number(ackId))
    pending?.waiter.answered(args)
    return pending !== undefined
  }

  expire(pending: PendingAck): void {
    this.#take(pending.id)?.waiter.failed(new AckTimeoutError(pending.timeoutMs))
  }

  /** Fails the one of `id`: it was never asked for. */
  cancel(id: number): void {
    this.#take(id)?.waiter.failed(new ClosedError())
  }

  /** Fails those that were expected on behalf of `owner`: a namespace has ended. */
  closeOf(owner: object): void {
    for (const pending of this.#pending?.values() ?? []) {
      if (pending.owner === owner) this.#take(pending.id)?.waiter.failed(new ClosedError())
    }
  }

  /** Fails all that are pending: the socket has ended. */
  close(): void {
    const pending = this.#pending
    this.#counts.acksPending -= this.size
    this.#pending = undefined
    for (const { deadline, waiter } of pending?.values() ?? []) {
      this.#deadlines.disarm(deadline)
      waiter.failed(new ClosedError('the socket ended before the ack came'))
    }
  }

  // [16] An ack is deleted on first use: a client cannot replay it.
  #take(id: number): PendingAck | undefined {
    const pending = this.#pending?.get(id)
    if (pending === undefined) return undefined
    this.#pending?.delete(id)
    this.#counts.acksPending--
    this.#deadlines.disarm(pending.deadline)
    return pending
  }
}

class PendingAck implements DeadlineOwner {
  readonly id: number
  readonly waiter: AckWaiter
  readonly timeoutMs: number
  readonly owner: object | undefined
  readonly deadline = new Deadline(this)
  readonly #acks: Acks

  constructor(acks: Acks, id: number, waiter: AckWaiter, timeoutMs: number, owner: object | undefined) {
    this.#acks = acks
    this.id = id
    this.waiter = waiter
    this.timeoutMs = timeoutMs
    this.owner = owner
  }

  deadlinePassed(): void {
    this.#acks.expire(this)
  }
}
