// Owns: deadlines. However many sockets wait, there is one timer for each distinct duration, not one for each
// socket.
// Elsewhere: what happens when a deadline passes (its owner's business).

import { logFailure } from './log.js'

/** Where time comes from: Node's, or a test's. Times and durations are milliseconds. */
export interface Clock {
  now(): number
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(handle: unknown): void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  // A waiting deadline alone keeps no process alive; the connection that it watches does.
  setTimeout: (run, ms) => setTimeout(run, ms).unref(),
  clearTimeout: (handle) => {
    clearTimeout(handle as NodeJS.Timeout)
  },
}

/** Called when a deadline passes. */
export interface DeadlineOwner {
  deadlinePassed(): void
}

/** One deadline, armed or not: a link in the list of all that wait as long as it does. */
export class Deadline {
  readonly owner: DeadlineOwner
  at = 0
  list: DeadlineList | undefined
  previous: Deadline | undefined
  next: Deadline | undefined

  constructor(owner: DeadlineOwner) {
    this.owner = owner
  }

  get isArmed(): boolean {
    return this.list !== undefined
  }
}

/** All deadlines of one middleware. Arming, disarming and passing cost the same, however many wait. */
export class Deadlines {
  readonly clock: Clock
  readonly #lists = new Map<number, DeadlineList>()

  constructor(clock: Clock = systemClock) {
    this.clock = clock
  }

  /** Arms `deadline` to pass `delayMs` from now; armed before, it is armed anew. */
  arm(deadline: Deadline, delayMs: number): void {
    deadline.list?.remove(deadline)
    let list = this.#lists.get(delayMs)
    if (list === undefined) {
      list = new DeadlineList(this.clock, delayMs, () => this.#lists.delete(delayMs))
      this.#lists.set(delayMs, list)
    }
    list.push(deadline)
  }

  disarm(deadline: Deadline): void {
    deadline.list?.remove(deadline)
  }

  /** How many distinct durations are being waited for: each has one timer. */
  get timers(): number {
    return this.#lists.size
  }
}

// Every deadline in a list waits equally long, so the list is in order by being appended to.
class DeadlineList {
  readonly #clock: Clock
  readonly #delayMs: number
  readonly #onEmpty: () => void
  #first: Deadline | undefined
  #last: Deadline | undefined
  #timer: unknown
  #isPassing = false

  constructor(clock: Clock, delayMs: number, onEmpty: () => void) {
    this.#clock = clock
    this.#delayMs = delayMs
    this.#onEmpty = onEmpty
  }

  push(deadline: Deadline): void {
    deadline.at = this.#clock.now() + this.#delayMs
    deadline.list = this
    deadline.previous = this.#last
    if (this.#last === undefined) this.#first = deadline
    else this.#last.next = deadline
    this.#last = deadline
    this.#timer ??= this.#clock.setTimeout(this.#pass, this.#delayMs)
  }

  remove(deadline: Deadline): void {
    if (deadline.previous === undefined) this.#first = deadline.next
    else deadline.previous.next = deadline.next
    if (deadline.next === undefined) this.#last = deadline.previous
    else deadline.next.previous = deadline.previous
    deadline.list = deadline.previous = deadline.next = undefined
    if (this.#first !== undefined || this.#isPassing) return
    this.#clock.clearTimeout(this.#timer)
    this.#timer = undefined
    this.#onEmpty()
  }

  // The timer is not moved when its deadline is disarmed: it looks, and waits for what is first then.
  readonly #pass = (): void => {
    // Node's timers may fire a fraction of a millisecond early by performance.now().
    const now = this.#clock.now() + 1
    // Whatever is armed or disarmed meanwhile finds the list open.
    this.#isPassing = true
    for (let first = this.#first; first !== undefined && first.at < now; first = this.#first) {
      this.remove(first)
      try {
        first.owner.deadlinePassed()
      } catch (error) {
        // The others of this list are still to pass.
        logFailure('a deadline could not be handled', error)
      }
    }
    this.#isPassing = false
    this.#timer = undefined
    if (this.#first === undefined) this.#onEmpty()
    else this.#timer = this.#clock.setTimeout(this.#pass, Math.max(1, this.#first.at - now + 1))
  }
}
