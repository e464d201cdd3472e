// Owns: a clock for the option `clock` that stands still until a test moves it.
// Elsewhere: Node's own timers, which the kit waits by (time.ts).
import type { Clock } from '../index.js'
import { turn } from './time.js'

interface Timer {
  readonly at: number
  readonly run: () => void
}

// What a timer sets going may be a promise, bytes on their way, and an answer to those.
const turnsBetween = 4

/**
 * A clock that stands still until a test moves it: every duration of the middleware, `this.sleep()` included,
 * runs on it. Pings of clients of Socket.IO 2 to 4 do not: they are engine.io's, which knows Node's timers
 * only.
 */
export class TestClock implements Clock {
  #now = 1000
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#now
  }

  setTimeout(run: () => void, ms: number): unknown {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer)
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size
  }

  /**
   * Moves time on, and runs what is due on the way, in order, at once: what waits for promises runs after it.
   */
  advance(ms: number): void {
    const end = this.#now + ms
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) this.#run(next)
    this.#now = end
  }

  /**
   * The same, and after each timer the event loop turns: a loop around `this.sleep()` goes round as often as
   * it would.
   */
  async tick(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      this.#run(next)
      await settle()
    }
    this.#now = end
  }

  #run(timer: Timer): void {
    this.#now = Math.max(this.#now, timer.at)
    this.#timers.delete(timer)
    timer.run()
  }

  #nextUntil(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer
    }
    return next
  }
}

async function settle(): Promise<void> {
  for (let turns = 0; turns < turnsBetween; turns++) await turn()
}
