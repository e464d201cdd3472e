// Owns: how long a client may be in no namespace after it has come: until then it holds a place like a
// handshake that never opens.
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'

export class EntryDeadline implements DeadlineOwner {
  readonly #deadlines: Deadlines
  readonly #deadline = new Deadline(this)
  readonly #isAsking: () => boolean
  readonly #close: () => void
  #isPassed = false

  /** @param isAsking whether the client is in a namespace or asked for one. */
  constructor(deadlines: Deadlines, ms: number, isAsking: () => boolean, close: () => void) {
    this.#deadlines = deadlines
    this.#isAsking = isAsking
    this.#close = close
    deadlines.arm(this.#deadline, ms)
  }

  deadlinePassed(): void {
    this.#isPassed = true
    this.look()
  }

  /**
   * A namespace has ended. A connect that takes longer is not cut; a client that is refused everywhere then
   * is.
   */
  look(): void {
    if (this.#isPassed && !this.#isAsking()) this.#close()
  }

  /** It is in a namespace, or gone. */
  disarm(): void {
    this.#deadlines.disarm(this.#deadline)
  }
}
