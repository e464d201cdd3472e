// Owns: what io.of(pattern) gives: all sockets of all endpoints that match, each endpoint with an operator of
// its own.
// Elsewhere: one endpoint (operator.ts), which endpoints there are (endpoints.ts).
import { AckTimeoutError } from '../support/errors.js'
import { refuseMembers } from '../support/foreign-members.js'
import { handOut } from '../support/handed-promise.js'
import { logReporter } from '../support/user-code.js'
import { foreignOfBoth, foreignOfEndpoint, foreignOfOperator } from './foreign-members.js'
import {
  callBackWith,
  checkTimeout,
  Operator,
  type AnyEvents,
  type EventArgs,
  type EventMap,
  type EventName,
  type GatheredCallback,
  type PartialSockets,
} from './operator.js'
import { wantsPartial, whole, type PartialCount, type PartialOption, type Processes } from './counting.js'
import { checkEventName } from './event-names.js'
import type { Endpoint } from './endpoint.js'
import type { RemoteSocket } from './remote-socket.js'

// Each endpoint has processes of its own: how many have answered everywhere, and how many are missing
// somewhere.
function processesOf(parts: readonly Processes[]): Processes {
  return {
    processes: Math.min(...parts.map(({ processes }) => processes), parts.length === 0 ? 1 : Infinity),
    missing: Math.max(0, ...parts.map(({ missing }) => missing)),
  }
}

function noEndpoint(): Endpoint {
  throw new Error('expected nothing to be done for no endpoint')
}

/**
 * Sockets of every endpoint that matches a pattern and has been used in this process. Immutable; the
 * endpoints are looked for when something is done, not before.
 */
export class PatternOperator<Events extends EventMap = AnyEvents, Data = unknown> {
  readonly #operators: () => readonly Operator<Events, Data>[]
  // Of no endpoint: what an operator refuses is refused where no endpoint matches, too.
  readonly #probe: Operator<Events, Data>
  readonly #timeout: number | undefined

  constructor(
    operators: () => readonly Operator<Events, Data>[],
    probe: Operator<Events, Data> = new Operator(noEndpoint),
    timeout?: number,
  ) {
    this.#operators = operators
    this.#probe = probe
    this.#timeout = timeout
  }

  #each(
    step: (operator: Operator<Events, Data>) => Operator<Events, Data>,
    timeout = this.#timeout,
  ): PatternOperator<Events, Data> {
    return new PatternOperator(() => this.#operators().map(step), step(this.#probe), timeout)
  }

  /** Only the sockets in this room of theirs, or in any of these; called again, in those too. */
  to(room: string | readonly string[]): PatternOperator<Events, Data> {
    return this.#each((operator) => operator.to(room))
  }

  /** The same as `to()`. */
  in(room: string | readonly string[]): PatternOperator<Events, Data> {
    return this.to(room)
  }

  /** Not the sockets in this room, or in any of these. */
  except(room: string | readonly string[]): PatternOperator<Events, Data> {
    return this.#each((operator) => operator.except(room))
  }

  /** Only the sockets of this process. */
  get local(): PatternOperator<Events, Data> {
    return this.#each((operator) => operator.local)
  }

  /** Those who cannot be sent to at once do not get it at all. */
  get volatile(): PatternOperator<Events, Data> {
    return this.#each((operator) => operator.volatile)
  }

  /** How long `emitWithAck` waits, in milliseconds; 10 seconds without. */
  timeout(ms: number): PatternOperator<Events, Data> {
    return this.#each((operator) => operator.timeout(ms), ms)
  }

  /**
   * Sends an event to all selected sockets. A callback, after `timeout(ms)`, is called once, as of an
   * operator of one endpoint.
   */
  emit<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): void {
    checkEventName(event)
    const callback: unknown = args.at(-1)
    if (typeof callback === 'function') {
      checkTimeout(this.#timeout)
      const asked = this.#operators().map((operator) => operator.emitWithAck(event, ...(args.slice(0, -1) as never)))
      callBackWith(this.#gather(asked), callback as GatheredCallback)
      return
    }
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
   * Sends an event to all that are meant, and resolves with the first argument of everyone's ack, endpoint by
   * endpoint.
   *
   * Rejects with an AckTimeoutError when not all have answered in time; its `responses` are those that came.
   */
  emitWithAck<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): Promise<unknown[]> {
    const gathered = new Promise<unknown[]>((resolve) => {
      checkEventName(event)
      resolve(this.#gather(this.#operators().map((operator) => operator.emitWithAck(event, ...args))))
    })
    return handOut(gathered, 'emitWithAck', logReporter)
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

  /**
   * The sockets that are meant, here and in other processes; with `{ partial: true }`, those of the processes
   * that answer.
   */
  fetchSockets<Wanted extends boolean = false>(
    options?: PartialOption<Wanted>,
  ): Promise<Wanted extends true ? PartialSockets<Data> : RemoteSocket<Data>[]>
  fetchSockets(options?: PartialOption): Promise<PartialSockets<Data> | RemoteSocket<Data>[]> {
    return handOut(this.#fetchSockets(options), 'fetchSockets', logReporter)
  }

  async #fetchSockets(options?: PartialOption): Promise<PartialSockets<Data> | RemoteSocket<Data>[]> {
    if (!wantsPartial('fetchSockets', options)) {
      return (await Promise.all(this.#operators().map((operator) => operator.fetchSockets()))).flat()
    }
    const parts = await Promise.all(this.#operators().map((operator) => operator.fetchSockets({ partial: true })))
    return { sockets: parts.flatMap(({ sockets }) => sockets), ...processesOf(parts) }
  }

  /**
   * How many sockets are meant, in all these endpoints; with `{ partial: true }`, as far as processes answer.
   */
  count<Wanted extends boolean = false>(
    options?: PartialOption<Wanted>,
  ): Promise<Wanted extends true ? PartialCount : number>
  count(options?: PartialOption): Promise<PartialCount | number> {
    return handOut(this.#count(options), 'count', logReporter)
  }

  async #count(options?: PartialOption): Promise<PartialCount | number> {
    const isPartial = wantsPartial('count', options)
    const outcomes = await Promise.all(this.#operators().map((operator) => operator.count({ partial: true })))
    const partial = { count: outcomes.reduce((sum, { count }) => sum + count, 0), ...processesOf(outcomes) }
    return isPartial ? partial : whole({ partial, error: undefined }).count
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

const oneByOne = 'use io.of(endpoint) of each endpoint'
const serverSide = 'use io.serverSideEmit() and io.onServerSideEmit(), which reach every process'

refuseMembers(PatternOperator.prototype, 'io.of(pattern)', foreignOfOperator)
refuseMembers(PatternOperator.prototype, 'io.of(pattern)', foreignOfBoth)
refuseMembers(PatternOperator.prototype, 'io.of(pattern)', foreignOfEndpoint)
refuseMembers(PatternOperator.prototype, 'io.of(pattern)', {
  methods: {
    serverSideEmit: serverSide,
    onServerSideEmit: serverSide,
    offServerSideEmit: serverSide,
    rooms: oneByOne,
    roomCounts: oneByOne,
    instances: oneByOne,
  },
  properties: {},
})
