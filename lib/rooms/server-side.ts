// Owns: events between the processes of one endpoint: sending them, their listeners, and the answers of the
// others.
// Elsewhere: our own events among them (questions.ts).
import { AckTimeoutError } from '../support/errors.js'
import { Deadline, type Deadlines } from '../support/timers.js'
import { attempt, later, logReporter } from '../support/user-code.js'
import { isOwnEvent } from './event-names.js'
import { answerPatienceOf } from './guard.js'

export type ServerSideListener = (...args: unknown[]) => unknown

/** The endpoint whose events these are. */
export interface EmittingEndpoint {
  readonly adapter: { serverSideEmit(packet: unknown[]): unknown }
  readonly server: { readonly deadlines: Deadlines }
  /** Our own events come here. */
  readonly questions: { receive(name: string, args: readonly unknown[]): void }
  attempt(action: () => unknown): void
}

export class ServerSideEvents {
  readonly #endpoint: EmittingEndpoint
  readonly #listeners = new Map<string, Set<ServerSideListener>>()

  constructor(endpoint: EmittingEndpoint) {
    this.#endpoint = endpoint
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0
  }

  /**
   * Sends an event to this endpoint in the other processes; a function as the last argument gathers their
   * answers.
   */
  emit(args: readonly unknown[]): void {
    const callback = args.at(-1)
    const packet =
      typeof callback === 'function'
        ? [...args.slice(0, -1), this.#answered(callback as ServerSideListener)]
        : [...args]
    this.#endpoint.attempt(() => this.#endpoint.adapter.serverSideEmit(packet))
  }

  // Called once, with an error first: adapters forget it when they cannot count the processes that are to
  // answer.
  #answered(callback: ServerSideListener): ServerSideListener {
    const { deadlines } = this.#endpoint.server
    const patienceMs = answerPatienceOf(this.#endpoint.adapter)
    let isAnswered = false
    const answer = (error: unknown, responses: unknown): void => {
      if (isAnswered) return
      isAnswered = true
      deadlines.disarm(deadline)
      later(() => {
        callListener(callback, [error, responses])
      })
    }
    const deadline = new Deadline({
      deadlinePassed: () => {
        answer(new AckTimeoutError(patienceMs), [])
      },
    })
    deadlines.arm(deadline, patienceMs)
    return answer
  }

  /** Another process has sent such an event. */
  receive([name, ...args]: readonly [string, ...unknown[]]): void {
    if (isOwnEvent(name)) this.#endpoint.questions.receive(name, args)
    else for (const listener of this.#listeners.get(name) ?? []) callListener(listener, args)
  }

  on(name: string, listener: ServerSideListener): void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
  }

  off(name: string, listener: ServerSideListener): void {
    const listeners = this.#listeners.get(name)
    if (listeners?.delete(listener) && listeners.size === 0) this.#listeners.delete(name)
  }
}

// The failure of an application's listener is not one of the adapter that calls it.
function callListener(listener: ServerSideListener, args: unknown[]): void {
  attempt(logReporter, 'a listener of serverSideEmit()', () => listener(...args))
}
