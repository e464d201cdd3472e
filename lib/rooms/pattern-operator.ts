// Owns: what io.of(pattern) gives: all sockets of all endpoints that match, each endpoint with an operator of its own.
// Elsewhere: one endpoint (operator.ts), which endpoints there are (endpoints.ts).
import { AckTimeoutError } from '../support/errors.js'
import { refuseMembers } from '../support/foreign-members.js'
import { handOut } from '../support/handed-promise.js'
import { logReporter } from '../support/user-code.js'
import { foreignOfBoth, foreignOfEndpoint, foreignOfOperator } from './foreign-members.js'
import type { AnyEvents, EventArgs, EventMap, EventName, Operator } from './operator.js'
import type { RemoteSocket } from './remote-socket.js'

/**
 * Sockets of every endpoint that matches a pattern and has been used in this process. Immutable; the endpoints are
 * looked for when something is done, not before.
 */
export class PatternOperator<Events extends EventMap = AnyEvents> {
  readonly #operators: () => readonly Operator<Events>[]

  constructor(operators: () => readonly Operator<Events>[]) {
    this.#operators = operators
  }

  #each(step: (operator: Operator<Events>) => Operator<Events>): PatternOperator<Events> {
    return new PatternOperator(() => this.#operators().map(step))
  }

  /** Only the sockets in this room of theirs, or in any of these; called again, in those too. */
  to(room: string | readonly string[]): PatternOperator<Events> {
    return this.#each((operator) => operator.to(room))
  }

  /** The same as `to()`. */
  in(room: string | readonly string[]): PatternOperator<Events> {
    return this.to(room)
  }

  /** Not the sockets in this room, or in any of these. */
  except(room: string | readonly string[]): PatternOperator<Events> {
    return this.#each((operator) => operator.except(room))
  }

  /** Only the sockets of this process. */
  get local(): PatternOperator<Events> {
    return this.#each((operator) => operator.local)
  }

  /** Those who cannot be sent to at once do not get it at all. */
  get volatile(): PatternOperator<Events> {
    return this.#each((operator) => operator.volatile)
  }

  /** How long `emitWithAck` waits, in milliseconds; 10 seconds without. */
  timeout(ms: number): PatternOperator<Events> {
    return this.#each((operator) => operator.timeout(ms))
  }

  /** Sends an event to all sockets that are meant. */
  emit<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): void {
    let failure: { readonly error: unknown } | undefined
    for (const operator of this.#operators()) {
      try {
        operator.emit(event, ...args)
      } catch (error) {
        // The other endpoints are still to be told.
        failure ??= { error }
      }
    }
    if (failure !== undefined) throw failure.error
  }

  /**
   * Sends an event to all that are meant, and resolves with the first argument of everyone's ack, endpoint by endpoint.
   *
   * Rejects with an AckTimeoutError when not all have answered in time; its `responses` are those that came.
   */
  emitWithAck<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): Promise<unknown[]> {
    const asked = this.#operators().map((operator) => operator.emitWithAck(event, ...args))
    return handOut(this.#gather(asked), 'emitWithAck', logReporter)
  }

  async #gather(asked: readonly Promise<unknown[]>[]): Promise<unknown[]> {
    const responses: unknown[] = []
    let late: AckTimeoutError | undefined
    for (const answer of await Promise.allSettled(asked)) {
      if (answer.status === 'fulfilled') responses.push(...answer.value)
      else if (answer.reason instanceof AckTimeoutError) responses.push(...(late = answer.reason).responses)
      else throw answer.reason
    }
    if (late !== undefined) throw Object.assign(late, { responses })
    return responses
  }

  /** The sockets that are meant, here and in other processes. */
  fetchSockets(): Promise<RemoteSocket[]> {
    const fetched = Promise.all(this.#operators().map((operator) => operator.fetchSockets()))
    return handOut(
      fetched.then((lists) => lists.flat()),
      'fetchSockets',
      logReporter,
    )
  }

  /** Makes them join a room, or several, of their own endpoints. */
  socketsJoin(room: string | readonly string[]): void {
    for (const operator of this.#operators()) operator.socketsJoin(room)
  }

  /** Makes them leave a room, or several. */
  socketsLeave(room: string | readonly string[]): void {
    for (const operator of this.#operators()) operator.socketsLeave(room)
  }

  /** Ends these namespaces of theirs, or with `close` their whole sockets. */
  disconnectSockets(close = false): void {
    for (const operator of this.#operators()) operator.disconnectSockets(close)
  }
}

const serverSide = 'use io.serverSideEmit() and io.onServerSideEmit(), which reach every process'

refuseMembers(PatternOperator.prototype, 'io.of(pattern)', foreignOfOperator)
refuseMembers(PatternOperator.prototype, 'io.of(pattern)', foreignOfBoth)
refuseMembers(PatternOperator.prototype, 'io.of(pattern)', foreignOfEndpoint)
refuseMembers(PatternOperator.prototype, 'io.of(pattern)', {
  methods: { serverSideEmit: serverSide, onServerSideEmit: serverSide, offServerSideEmit: serverSide },
  properties: {},
})
