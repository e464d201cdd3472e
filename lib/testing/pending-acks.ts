// Owns: the acks that one client waits for.
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
