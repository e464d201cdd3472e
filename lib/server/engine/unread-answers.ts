// Owns: answers to polls that are on their way to a client: those that it does not read keep their connections no longer than
// its session does, and half a minute.
// Elsewhere: giving them (engine-answer.ts), the same for polls of 0.9 (transports/v09/long-poll.ts).
import { Deadline, type DeadlineOwner, type Deadlines } from '../../support/timers.js'
import { partingMs } from '../../transports/transport.js'

/** An answer that has been given, and may not have gone out. */
export class UnreadAnswer implements DeadlineOwner {
  readonly sid: string
  /** An older one of the same client: not every client waits for an answer before it polls again. */
  readonly before: UnreadAnswer | undefined
  readonly deadline = new Deadline(this)
  isOver = false
  readonly #exchange: { abort(): void }

  constructor(sid: string, before: UnreadAnswer | undefined, exchange: { abort(): void }) {
    this.sid = sid
    this.before = before
    this.#exchange = exchange
  }

  deadlinePassed(): void {
    this.#exchange.abort()
  }
}

export class UnreadAnswers {
  readonly #deadlines: Deadlines
  readonly #latest = new Map<string, UnreadAnswer>()

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines
  }

  /** @param hasEnded whether the session has: what was compressed for it comes later than its end. */
  add(sid: string, exchange: { abort(): void }, hasEnded: boolean): UnreadAnswer {
    const before = this.#latest.get(sid)
    const answer = new UnreadAnswer(sid, before?.isOver === true ? before.before : before, exchange)
    if (hasEnded) this.#deadlines.arm(answer.deadline, partingMs)
    else this.#latest.set(sid, answer)
    return answer
  }

  over(answer: UnreadAnswer): void {
    answer.isOver = true
    this.#deadlines.disarm(answer.deadline)
    if (this.#latest.get(answer.sid) !== answer) return
    if (answer.before === undefined) this.#latest.delete(answer.sid)
    else this.#latest.set(answer.sid, answer.before)
  }

  /** The session of a client has ended. */
  part(sid: string): void {
    const latest = this.#latest.get(sid)
    this.#latest.delete(sid)
    for (let answer = latest; answer !== undefined; answer = answer.before) {
      if (!answer.isOver) this.#deadlines.arm(answer.deadline, partingMs)
    }
  }
}
