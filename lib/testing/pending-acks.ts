// Owns: the acks that one client waits for, and those that it sends.
import { AsyncResource } from 'node:async_hooks'
import { throwUncaught } from './report.js'
import { deferred, within, type Deferred } from './time.js'

export class PendingAcks {
  readonly #pending = new Map<number, Deferred<readonly unknown[]>>()
  #lastId = 0

  /** Sends under a new id, and waits for its ack: undefined, its one argument, or the list of several. */
  async ask(send: (id: number) => void, timeout: number, late: () => Error): Promise<unknown> {
    const id = ++this.#lastId
    const ack = deferred<readonly unknown[]>()
    send(id)
    this.#pending.set(id, ack)
    try {
      const answer = await within(timeout, ack.promise, late)
      return answer.length > 1 ? answer : answer[0]
    } finally {
      this.#pending.delete(id)
    }
  }

  answered(id: number, args: readonly unknown[]): void {
    this.#pending.get(id)?.resolve(args)
  }

  /** None comes any more. */
  end(error: Error): void {
    for (const ack of this.#pending.values()) ack.reject(error)
    this.#pending.clear()
  }
}

interface Answering {
  readonly answer: (...args: never[]) => unknown
  /**
   * What the test did that gave the function: that test fails with it, whichever request brings the event.
   */
  readonly scope: AsyncResource
}

/** What a test answers to the server. */
export class Answers {
  readonly #answers = new Map<string, Answering>()

  set(event: string, answer: (...args: never[]) => unknown): void {
    this.#answers.set(event, { answer, scope: new AsyncResource('socketio-middleware:answer') })
  }

  /** Answers an event, if it is one that a test answers: whether it is. */
  answer(event: string, args: readonly unknown[], reply: (value: unknown) => void): boolean {
    const answering = this.#answers.get(event)
    if (answering === undefined) return false
    const { answer, scope } = answering
    Promise.resolve()
      .then(() => scope.runInAsyncScope(() => answer(...(args as never[]))))
      .then(reply)
      .catch((error: unknown) => {
        scope.runInAsyncScope(throwUncaught, undefined, error)
      })
    return true
  }
}
