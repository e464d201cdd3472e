// Owns: answers to polls that are on their way to a client: those that it does not read keep their
// connections no longer than its session does, and half a minute.
// Elsewhere: giving them (engine-answer.ts), the same for polls of 0.9 (transports/v09/long-poll.ts).
import { Deadline, type DeadlineOwner, type Deadlines } from '../../support/timers.js'
import { partingMs } from '../../transports/transport.js'

/** An answer that has been given, and may not have gone out. What it does when its deadline passes ends it. */
export interface UnreadAnswer extends DeadlineOwner {
  readonly sid: string
  /** There once its session has ended. */
  deadline: Deadline | undefined
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
  add(answer: UnreadAnswer, hasEnded: boolean): void {
    const { sid } = answer
    const others = this.#ofSessions.get(sid)
    if (hasEnded) this.#part(answer)
    else if (others instanceof Set) others.add(answer)
    else this.#ofSessions.set(sid, others === undefined ? answer : new Set([others, answer]))
  }

  over(answer: UnreadAnswer): void {
    const { sid, deadline } = answer
    if (deadline !== undefined) this.#deadlines.disarm(deadline)
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
    for (const answer of unread instanceof Set ? unread : [unread]) this.#part(answer)
  }

  #part(answer: UnreadAnswer): void {
    answer.deadline = new Deadline(answer)
    this.#deadlines.arm(answer.deadline, partingMs)
  }
}
