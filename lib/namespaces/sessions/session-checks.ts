// Owns: looking after the sessions of clients that send nothing: whether they are still there, so many in a
// second at most.
// Elsewhere: how one is looked at (client-session.ts).
import { logFailure } from '../../support/log.js'
import { Deadline, type DeadlineOwner, type Deadlines } from '../../support/timers.js'

/** A client's session. */
export interface Checked {
  /** Looks, and ends the client where its session has gone. @throws what the store does. */
  check(): Promise<void>
}

export interface CheckSettings {
  readonly deadlines: Deadlines
  readonly sessionCheckInterval: number
  readonly maxSessionChecks: number
}

// Many in a second are looked at in so many portions.
const portions = 10

export class SessionChecks implements DeadlineOwner {
  readonly #settings: CheckSettings
  // When each was looked at, in that order.
  readonly #seen = new Map<Checked, number>()
  readonly #deadline = new Deadline(this)
  #running = 0
  #failedAt = -Infinity

  constructor(settings: CheckSettings) {
    this.#settings = settings
  }

  /** It was read right now. */
  seen(session: Checked): void {
    this.#seen.delete(session)
    this.#seen.set(session, this.#now)
    if (!this.#deadline.isArmed) this.#arm(0)
  }

  /** Its client has gone. */
  forget(session: Checked): void {
    this.#seen.delete(session)
    if (this.#seen.size === 0) this.#settings.deadlines.disarm(this.#deadline)
  }

  deadlinePassed(): void {
    const { maxSessionChecks, sessionCheckInterval } = this.#settings
    const portion = Math.max(1, Math.floor(maxSessionChecks / portions))
    const now = this.#now
    let left = Math.min(portion, maxSessionChecks - this.#running)
    for (const [session, at] of this.#seen) {
      // A deadline may pass a fraction of a millisecond early.
      if (left <= 0 || at + sessionCheckInterval > now + 1) break
      left--
      this.#seen.delete(session)
      this.#seen.set(session, now)
      this.#look(session)
    }
    this.#arm(Math.ceil((1_000 * portion) / maxSessionChecks))
  }

  #look(session: Checked): void {
    this.#running++
    session.check().then(
      () => {
        this.#running--
      },
      (error: unknown) => {
        this.#running--
        this.#failed(error)
      },
    )
  }

  // A store that is down is down for all.
  #failed(error: unknown): void {
    if (this.#now - this.#failedAt < this.#settings.sessionCheckInterval) return
    this.#failedAt = this.#now
    logFailure('the sessions of clients that send nothing could not be checked', error)
  }

  #arm(atLeastMs: number): void {
    const { deadlines, sessionCheckInterval } = this.#settings
    const [first] = this.#seen.values()
    if (first === undefined) return
    const wait = Math.max(1, atLeastMs, Math.ceil(first + sessionCheckInterval - this.#now))
    deadlines.arm(this.#deadline, wait)
  }

  get #now(): number {
    return this.#settings.deadlines.clock.now()
  }
}
