// Owns: which sockets of an endpoint are meant, and what is done with all of them.
// Elsewhere: asking many for an ack (gathering.ts), sockets of other processes (remote-socket.ts).
import { AdapterError } from '../support/errors.js'
import { refuseMembers } from '../support/foreign-members.js'
import { within } from '../support/promises.js'
import type { BroadcastFlags, BroadcastOptions } from './broadcast.js'
import type { Endpoint } from './endpoint.js'
import { foreignOfOperator } from './foreign-members.js'
import { gatherAcks } from './gathering.js'
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

/** How long many are waited for when `timeout()` does not say: 10 seconds. */
const defaultPatienceMs = 10_000

/** Sockets of one endpoint, here and in other processes. Immutable: every step makes a new one. */
export class Operator<Events extends EventMap = AnyEvents> {
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

  /** Only the sockets in this room, or in any of these; called again, in those too. A `socket.id` is a room as well. */
  to(room: string | readonly string[]): Operator<Events> {
    return new Operator(this.#find, union(this.#rooms, room), this.#except, this.#flags)
  }

  /** The same as `to()`. */
  in(room: string | readonly string[]): Operator<Events> {
    return this.to(room)
  }

  /** Not the sockets in this room, or in any of these. */
  except(room: string | readonly string[]): Operator<Events> {
    return new Operator(this.#find, this.#rooms, union(this.#except, room), this.#flags)
  }

  /** Only the sockets of this process. */
  get local(): Operator<Events> {
    return this.#with({ local: true })
  }

  /** Those who cannot be sent to at once, as between two polls, do not get it at all. */
  get volatile(): Operator<Events> {
    return this.#with({ volatile: true })
  }

  /** How long `emitWithAck` waits, in milliseconds; 10 seconds without. */
  timeout(ms: number): Operator<Events> {
    return this.#with({ timeout: ms })
  }

  #with(flags: BroadcastFlags): Operator<Events> {
    return new Operator(this.#find, this.#rooms, this.#except, { ...this.#flags, ...flags })
  }

  /**
   * Sends an event to all sockets that are meant.
   *
   * It is encoded once for each wire, however many hear it, and costs what the rooms are large, not what the server is.
   */
  emit<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): void {
    this.#find().broadcast(event, args, this.#options)
  }

  /**
   * Sends an event to all that are meant, and resolves with the first argument of everyone's ack.
   *
   * Rejects with an AckTimeoutError when not all have answered in time; its `responses` are those that came.
   */
  emitWithAck<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): Promise<unknown[]> {
    return gatherAcks(this.#find(), event, args, this.#options, this.#flags.timeout ?? defaultPatienceMs)
  }

  /**
   * The sockets that are meant, here and in other processes.
   * @throws AdapterError SIO_ADAPTER (as a rejection) when the others do not answer in time: 10 seconds, or `timeout()`.
   */
  async fetchSockets(): Promise<RemoteSocket[]> {
    const endpoint = this.#find()
    const patienceMs = this.#flags.timeout ?? defaultPatienceMs
    const sockets = await within(
      endpoint.server.deadlines,
      patienceMs,
      endpoint.adapter.fetchSockets(this.#options),
    ).catch((cause: unknown) => {
      throw new AdapterError('the sockets of other processes could not be fetched', cause)
    })
    return (sockets as unknown as SocketDetails[]).map(
      (details) => new RemoteSocket(details, new Operator(this.#find, new Set([details.id]))),
    )
  }

  /** Makes them join a room, or several. */
  socketsJoin(room: string | readonly string[]): void {
    const endpoint = this.#find()
    endpoint.attempt(() => endpoint.adapter.addSockets(this.#options, listOf(room)))
  }

  /** Makes them leave a room, or several. */
  socketsLeave(room: string | readonly string[]): void {
    const endpoint = this.#find()
    endpoint.attempt(() => endpoint.adapter.delSockets(this.#options, listOf(room)))
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
  return new Set([...rooms, ...listOf(more)])
}

function listOf(room: string | readonly string[]): string[] {
  return typeof room === 'string' ? [room] : [...room]
}
