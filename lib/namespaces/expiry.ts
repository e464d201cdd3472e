// Owns: `this.expires`: until when a namespace may be used, and its end when that has passed.
// Elsewhere: what its end comes to (clients/instance.ts).
import { isDate } from 'node:util/types'
import { UsageError, quote } from '../support/errors.js'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import type { Calls } from './namespace-context.js'

/** The instance that expires. */
export interface Expiring {
  readonly client: { readonly app: { readonly deadlines: Deadlines } }
  readonly standing: { readonly mayAct: boolean }
  readonly calls: Pick<Calls, 'report'>
  kick(closeSocket: boolean): void
}

// A date may be further away than any timer lasts. Waiting in these steps, all that expire share a few
// timers.
const stepsMs = [3_600_000, 60_000, 1_000]

class Expiry implements DeadlineOwner {
  readonly deadline = new Deadline(this)
  readonly #owner: Expiring
  /** As the application's clock has it. */
  #date = 0
  #at = 0
  hasPassed = false

  constructor(owner: Expiring) {
    this.#owner = owner
  }

  get date(): Date | undefined {
    return this.deadline.isArmed || this.hasPassed ? new Date(this.#date) : undefined
  }

  set(date: Date): void {
    this.#date = date.getTime()
    this.#at = this.#now + this.#date - Date.now()
    this.deadlinePassed()
  }

  deadlinePassed(): void {
    const left = this.#at - this.#now
    if (left > 0) {
      const step = stepsMs.find((ms) => ms < left) ?? Math.ceil(left)
      this.#owner.client.app.deadlines.arm(this.deadline, step)
      return
    }
    this.stop()
    this.hasPassed = true
    this.#owner.calls.report('authorization_expired', 'The authorization has expired')
    this.#owner.kick(false)
  }

  stop(): void {
    this.#owner.client.app.deadlines.disarm(this.deadline)
  }

  get #now(): number {
    return this.#owner.client.app.deadlines.clock.now()
  }
}

// Few namespaces expire.
const expiries = new WeakMap<object, Expiry>()

export function expiryOf(owner: object): Date | undefined {
  return expiries.get(owner)?.date
}

/**
 * Ends a namespace at that date, at once where it has passed; `undefined` takes back an earlier one. After
 * its end nothing does.
 * @throws UsageError SIO_USAGE_EXPIRES for anything but a valid Date.
 */
export function expire(owner: Expiring, date: unknown): void {
  if (date !== undefined && (!isDate(date) || Number.isNaN(date.getTime()))) {
    throw new UsageError(
      'SIO_USAGE_EXPIRES',
      `expected this.expires to be a valid Date or undefined, got ${quote(date)}`,
    )
  }
  if (!owner.standing.mayAct) return
  let expiry = expiries.get(owner)
  if (date === undefined) {
    expiry?.stop()
    return
  }
  if (expiry === undefined) expiries.set(owner, (expiry = new Expiry(owner)))
  expiry.set(date)
}

/** The instance ends: nothing is waited for any more. */
export function stopExpiry(owner: object): void {
  expiries.get(owner)?.stop()
}

/** Why an instance ends that we end by ourselves. */
export function ownReasonOf(owner: object): 'authorization expired' | 'server namespace disconnect' {
  return expiries.get(owner)?.hasPassed === true ? 'authorization expired' : 'server namespace disconnect'
}
