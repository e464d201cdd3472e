// Owns: which sockets of an endpoint are meant: to() and except(), then emit().
import type { Endpoint } from './endpoint.js'

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

/** Sockets of one endpoint, here and in other processes. Immutable: every step makes a new one. */
export class Operator<Events extends EventMap = AnyEvents> {
  readonly #endpoint: Endpoint
  readonly #rooms: ReadonlySet<string>
  readonly #except: ReadonlySet<string>

  constructor(endpoint: Endpoint, rooms: ReadonlySet<string> = new Set(), except: ReadonlySet<string> = new Set()) {
    this.#endpoint = endpoint
    this.#rooms = rooms
    this.#except = except
  }

  /** Only the sockets in this room, or in any of these; called again, in those too. A `socket.id` is a room as well. */
  to(room: string | readonly string[]): Operator<Events> {
    return new Operator(this.#endpoint, union(this.#rooms, room), this.#except)
  }

  /** The same as `to()`. */
  in(room: string | readonly string[]): Operator<Events> {
    return this.to(room)
  }

  /** Not the sockets in this room, or in any of these. */
  except(room: string | readonly string[]): Operator<Events> {
    return new Operator(this.#endpoint, this.#rooms, union(this.#except, room))
  }

  /**
   * Sends an event to all sockets that are meant.
   *
   * It is encoded once, however many hear it, and costs what the rooms are large, not what the server is.
   */
  emit<Name extends EventName<Events>>(event: Name, ...args: EventArgs<Events, Name>): void {
    this.#endpoint.broadcast(event, args, new Set(this.#rooms), new Set(this.#except))
  }
}

function union(rooms: ReadonlySet<string>, more: string | readonly string[]): ReadonlySet<string> {
  return new Set(typeof more === 'string' ? [...rooms, more] : [...rooms, ...more])
}
