// Owns: answers to polls that are on their way to a client: those that it does not read keep their
// connections no longer than its session does, and half a minute.
// Elsewhere: giving them (engine-answer.ts), the same for polls of 0.9 (transports/v09/long-poll.ts).
import { Deadline, type DeadlineOwner, type Deadlines } from '../../support/timers.js'
import { partingMs } from '../../transports/transport.js'

/** An answer that has been given, and may not have gone out. */
export class UnreadAnswer implements DeadlineOwner {
  readonly sid: string
  readonly deadline = new Deadline(this)
  readonly #exchange: { abort(): void }

  constructor(sid: string, exchange: { abort(): void }) {
    this.sid = sid
    this.#exchange = exchange
  }

  deadlinePassed(): void {
    this.#exchange.abort()
  }
}

export class UnreadAnswers {
  readonly #deadlines: Deadlines
  // By session: not every client waits for an answer before it polls again. Most have one, which needs no
  // set.
  readonly #ofSessions = new Map<string, UnreadAnswer | Set<UnreadAnswer>>()

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines
  }

  /** @param hasEnded whether the session has: what was compressed for it comes later than its end. */
  add(sid: string, exchange: { abort(): void }, hasEnded: boolean): UnreadAnswer {
    const answer = new UnreadAnswer(sid, exchange)
    const others = this.#ofSessions.get(sid)
    if (hasEnded) this.#deadlines.arm(answer.deadline, partingMs)
    else if (others instanceof Set) others.add(answer)
    else this.#ofSessions.set(sid, others === undefined ? answer : new Set([others, answer]))
    return answer
  }

  over(answer: UnreadAnswer): void {
    this.#deadlines.disarm(answer.deadline)
    const { sid } = answer
    const unread = this.#ofSessions.get(sid)
    if (unread instanceof Set) {
      unread.delete(answer)
      if (unread.size === 0) this.#ofSessions.delete(sid)
    } else if (unread === answer) this.#ofSessions.delete(sid)
  }

  /** The session of a client has ended. */
  part(sid: string): void {
    const unread = this.#ofSessions.get(sid)
    this.#ofSessions.delete(sid)
    if (unread === undefined) return
    for (const { deadline } of unread instanceof Set ? unread : [unread]) this.#deadlines.arm(deadline, partingMs)
  }
}
