// Owns: the events that one client has been sent: which of them a test has taken, and who waits for the next.
// Elsewhere: the client (test-client.ts), what a failure says (report.ts).
import { describeEvents, type HeardEvent } from './report.js'
import { deferred, within, type Deferred } from './time.js'

interface Waiting {
  readonly event: string
  readonly heard: Deferred<unknown[]>
}

export class Mailbox {
  readonly received: (readonly [string, ...unknown[]])[] = []
  readonly #log: HeardEvent[] = []
  readonly #waiting = new Set<Waiting>()

  add(name: string, args: readonly unknown[]): void {
    this.received.push([name, ...args])
    const event = { name, args, isTaken: false }
    this.#log.push(event)
    for (const waiting of this.#waiting) {
      if (waiting.event !== name) continue
      this.#waiting.delete(waiting)
      event.isTaken = true
      waiting.heard.resolve([...args])
      return
    }
  }

  /** Takes the oldest event of that name that nobody has taken. */
  take(name: string): unknown[] | undefined {
    const event = this.firstLeft(name)
    if (event === undefined) return undefined
    event.isTaken = true
    return [...event.args]
  }

  /** The oldest that nobody has taken, of that name if there is one. */
  firstLeft(wanted: string | undefined): HeardEvent | undefined {
    return this.#log.find(({ name, isTaken }) => !isTaken && (wanted === undefined || name === wanted))
  }

  /** Takes the next one of that name, which must come in time. */
  wait(event: string, timeout: number): Promise<unknown[]> {
    const waiting = { event, heard: deferred<unknown[]>() }
    this.#waiting.add(waiting)
    return within(timeout, waiting.heard.promise, () => {
      this.#waiting.delete(waiting)
      return this.failure(`expected the event '${event}' within ${timeout} ms, got none`)
    })
  }

  /** No more events come: the promise of the next one rejects with the reason. */
  end(why: string): void {
    for (const { event, heard } of this.#waiting)
      heard.reject(this.failure(`expected the event '${event}', but ${why}`))
    this.#waiting.clear()
  }

  /** An error that says what has come instead. */
  failure(message: string): Error {
    return new Error(`${message}. ${describeEvents(this.#log)}`)
  }
}
