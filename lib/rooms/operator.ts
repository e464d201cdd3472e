// Owns: which sockets of an endpoint are meant, and what is done with all of them.
// Elsewhere: asking many for an ack (gathering.ts), sockets of other processes (remote-socket.ts), fetching
// and counting them (fetching.ts, counting.ts).
import { AckTimeoutError, UsageError, isA } from '../support/errors.js'
import { checkDuration } from '../support/options.js'
import { refuseMembers } from '../support/foreign-members.js'
import { handOut } from '../support/handed-promise.js'
import { attempt, later, logReporter } from '../support/user-code.js'
import type { BroadcastFlags, BroadcastOptions } from './broadcast.js'
import { countSockets, wantsPartial, whole, type PartialCount, type PartialOption, type Processes } from './counting.js'
import type { Endpoint } from './endpoint.js'
import { checkEventName } from './event-names.js'
import { fetchAnswered, fetchDetails } from './fetching.js'
import { foreignOfOperator } from './foreign-members.js'
import { gatherAcks } from './gathering.js'
import { roomList } from './room-names.js'
import { RemoteSocket, type SocketDetails } from './remote-socket.js'

/** Events by name, with the arguments that each takes; the form of Socket.IO 4. */
export type EventMap = object

/** What is assumed where no events are declared: any name, any arguments. */
export type AnyEvents = Record<string, (...args: unknown[]) => void>

export type EventName<Events extends EventMap> = keyof Events & string

export type EventArgs<Events extends EventMap, Name extends EventName<Events>> = Events[Name] extends (
  ...args: infer Args
) => unknown
  ? Args
  : never

export type GatheredCallback = (error: Error | null, responses: readonly unknown[]) => unknown

/** What `fetchSockets({ partial: true })` resolves with. */
export interface PartialSockets<Data = unknown> extends Processes {
  readonly sockets: RemoteSocket<Data>[]
}

/** How long many are waited for when `timeout()` does not say: 10 seconds. */
const defaultPatienceMs = 10_000

/** Sockets of one endpoint, here and in other processes. Immutable: every step makes a new one. */
export class Operator<Events extends EventMap = AnyEvents, Data = unknown> {
  readonly #find: () => Endpoint
  readonly #rooms: ReadonlySet<string>
  readonly #except: ReadonlySet<string>
  readonly #flags: BroadcastFlags

  constructor(
    endpoint: () => Endpoint,
    rooms: ReadonlySet<string> = new Set(),
    except: ReadonlySet<string> = new Set(),
    flags: BroadcastFlags = {},
  ) {
    this.#find = endpoint
    this.#rooms = rooms
    this.#except = except
    this.#flags = flags
  }

  /**
   * Only the sockets in this room, or in any of these; called again, in those too. A `socket.id` is a room as
   * well.
   */
  to(room: string | readonly string[]): Operator<Events, Data> {
    return new Operator(this.#find, union(this.#rooms, room), this.#except, this.#flags)
  }

  /** The same as `to()`. */
  in(room: string | readonly string[]): Operator<Events, Data> {
    return this.to(room)
  }

  /** Not the sockets in this room, or in any of these. */
  except(room: string | readonly string[]): Operator<Events, Data> {
    return new Operator(this.#find, this.#rooms, union(this.#except, room), this.#flags)
  }

  /** Only the sockets of this process. */
  get local(): Operator<Events, Data> {
    return this.#with({ local: true })
  }

  /** Clients that cannot receive it immediately, between two polls for example, do not receive it. */
  get volatile(): Operator<Events, Data> {
    return this.#with({ volatile: true })
  }

  /**
   * How long `emitWithAck`, `fetchSockets` and an ack callback wait, in milliseconds; 10 seconds without. And
   * how long `count` does at most, which waits as long as the adapter without.
   * @throws UsageError SIO_USAGE_DURATION for anything but 0 to 2147483000.
   */
  timeout(ms: number): Operator<Events, Data> {
    checkDuration('timeout()', ms)
    return this.#with({ timeout: ms })
  }

  #with(flags: BroadcastFlags): Operator<Events, Data> {
    return new Operator(this.#find, this.#rooms, this.#except, { ...this.#flags, ...flags })
  }

  /**
   * Sends an event to all selected sockets.
   *
   * It is encoded once for each wire, however many receive it, and its cost grows with the rooms, not with
   * the server. After `timeout(ms)` a function as the last argument is called once, with an error or null and
   * with the first argument of every ack, as in Socket.IO 4.
   * @throws UsageError SIO_USAGE_EVENT for a reserved name, SIO_USAGE_ACK for a callback without `timeout()`.
   */
  emit<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): void {
    checkEventName(event)
    const callback: unknown = args.at(-1)
    if (typeof callback === 'function') this.#emitWithCallback(event, args.slice(0, -1), callback as GatheredCallback)
    else this.#find().broadcast(event, args, this.#options)
  }

  #emitWithCallback(event: string, args: readonly unknown[], callback: GatheredCallback): void {
    callBackWith(this.#gather(event, args, checkTimeout(this.#flags.timeout)), callback)
  }

  /**
   * Sends an event to all selected sockets, and resolves with the first argument of each ack.
   *
   * Rejects with an AckTimeoutError when not all have answered in time; its `responses` are those that came.
   */
  emitWithAck<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): Promise<unknown[]> {
    const { timeout = defaultPatienceMs } = this.#flags
    return handOut(this.#gather(event, args, timeout), 'emitWithAck', logReporter)
  }

  async #gather(event: string, args: readonly unknown[], patienceMs: number): Promise<unknown[]> {
    checkEventName(event)
    return gatherAcks(this.#find(), event, args, this.#options, patienceMs)
  }

  /**
   * The selected sockets, here and in other processes: those whose connect has been accepted, and that
   * have not left. With `{ partial: true }`, those of the processes that answer: `{ sockets, processes,
   * missing }`.
   * @throws AdapterError SIO_ADAPTER (as a rejection) when the others do not answer in time: 10 seconds, or
   *   `timeout()`.
   */
  fetchSockets<Wanted extends boolean = false>(
    options?: PartialOption<Wanted>,
  ): Promise<Wanted extends true ? PartialSockets<Data> : RemoteSocket<Data>[]>
  fetchSockets(options?: PartialOption): Promise<PartialSockets<Data> | RemoteSocket<Data>[]> {
    return handOut(this.#fetchSockets(options), 'fetchSockets', logReporter)
  }

  async #fetchSockets(options?: PartialOption): Promise<PartialSockets<Data> | RemoteSocket<Data>[]> {
    const remote = (details: SocketDetails): RemoteSocket<Data> =>
      new RemoteSocket(details, new Operator(this.#find, new Set([details.id])))
    if (wantsPartial('fetchSockets', options)) {
      const { sockets, ...processes } = (await fetchAnswered(this.#find(), this.#options)).partial
      return { sockets: sockets.map(remote), ...processes }
    }
    const { timeout = defaultPatienceMs } = this.#flags
    return (await fetchDetails(this.#find(), this.#options, timeout)).map(remote)
  }

  /**
   * How many sockets are meant, here and in other processes: one number comes from each. With `{ partial:
   * true }`, how many as far as processes answer: `{ count, processes, missing }`.
   * @throws AdapterError SIO_ADAPTER (as a rejection) when one does not answer while the adapter waits, 5
   *   seconds by default, or within `timeout()`; its `partial` is what the others have answered.
   */
  count<Wanted extends boolean = false>(
    options?: PartialOption<Wanted>,
  ): Promise<Wanted extends true ? PartialCount : number>
  count(options?: PartialOption): Promise<PartialCount | number> {
    return handOut(this.#count(options), 'count', logReporter)
  }

  async #count(options?: PartialOption): Promise<PartialCount | number> {
    const isPartial = wantsPartial('count', options)
    const outcome = await countSockets(this.#find(), this.#options)
    return isPartial ? outcome.partial : whole(outcome).count
  }

  /** Makes them join a room, or several. */
  socketsJoin(room: string | readonly string[]): void {
    const endpoint = this.#find()
    const rooms = roomList(room)
    endpoint.attempt(() => endpoint.adapter.addSockets(this.#options, rooms))
  }

  /** Makes them leave a room, or several. */
  socketsLeave(room: string | readonly string[]): void {
    const endpoint = this.#find()
    const rooms = roomList(room)
    endpoint.attempt(() => endpoint.adapter.delSockets(this.#options, rooms))
  }

  /** Ends this namespace of theirs, or with `close` their whole sockets. */
  disconnectSockets(close = false): void {
    const endpoint = this.#find()
    endpoint.attempt(() => endpoint.adapter.disconnectSockets(this.#options, close))
  }

  get #options(): BroadcastOptions {
    return { rooms: new Set(this.#rooms), except: new Set(this.#except), flags: this.#flags }
  }
}

refuseMembers(Operator.prototype, 'io.to()', foreignOfOperator)

function union(rooms: ReadonlySet<string>, more: string | readonly string[]): ReadonlySet<string> {
  return new Set([...rooms, ...roomList(more)])
}

/** @throws UsageError SIO_USAGE_ACK without a `timeout()`, which a callback needs. */
export function checkTimeout(timeout: number | undefined): number {
  if (timeout !== undefined) return timeout
  throw new UsageError('SIO_USAGE_ACK', 'expected timeout(ms) before emit() to many with a callback')
}

/** Calls back once, in a later turn, with an error or null and with the acks that came. */
export function callBackWith(gathered: Promise<unknown[]>, callback: GatheredCallback): void {
  const call = (error: Error | null, responses: readonly unknown[]): void => {
    later(() => {
      attempt(logReporter, 'ack callback', () => callback(error, responses))
    })
  }
  gathered.then(
    (responses) => {
      call(null, responses)
    },
    (error: Error) => {
      call(error, isA(error, AckTimeoutError) ? error.responses : [])
    },
  )
}
