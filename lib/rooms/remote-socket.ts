// Owns: a socket as other processes see it: what fetchSockets() gives.
import type { Environ } from '../socket/environ.js'
import { isData } from './published-data.js'

/** What an adapter gives for a socket, be it here or elsewhere. */
export interface SocketDetails {
  readonly id: string
  readonly handshake: Environ
  readonly rooms: Iterable<string>
  readonly data: unknown
}

/** Whether a value is that; what comes from other processes may be anything. */
export function isSocketDetails(value: unknown): value is SocketDetails {
  if (typeof value !== 'object' || value === null) return false
  const { id, handshake, rooms } = value as Partial<SocketDetails>
  const names: unknown[] = Array.isArray(rooms) || rooms instanceof Set ? [...rooms] : [undefined]
  return typeof id === 'string' && isData(handshake) && names.every((name) => typeof name === 'string')
}

/** All that is in the room of one socket, which is that socket: an operator. */
interface Reach {
  emit(event: string, ...args: unknown[]): void
  socketsJoin(room: string | readonly string[]): void
  socketsLeave(room: string | readonly string[]): void
  disconnectSockets(close: boolean): void
}

/** One socket in one endpoint, in this process or another. */
export class RemoteSocket<Data = unknown> {
  /** The public id, which is also the name of a room that only it is in. */
  readonly id: string
  /** The request that it began with. */
  readonly handshake: Environ
  /** The rooms that it was in when it was fetched. */
  readonly rooms: ReadonlySet<string>
  /**
   * What its namespace has as `this.data`: that same object for a socket of this process, a copy as JSON
   * makes it for others; empty where it could not be published.
   */
  readonly data: Data
  readonly #reach: Reach

  constructor({ id, handshake, rooms, data }: SocketDetails, reach: Reach) {
    this.id = id
    this.handshake = handshake
    this.rooms = new Set(rooms)
    this.data = (isData(data) ? data : {}) as Data
    this.#reach = reach
  }

  emit(event: string, ...args: unknown[]): void {
    this.#reach.emit(event, ...args)
  }

  join(room: string | readonly string[]): void {
    this.#reach.socketsJoin(room)
  }

  leave(room: string | readonly string[]): void {
    this.#reach.socketsLeave(room)
  }

  /** Ends the namespace, or with `close` the whole socket. */
  disconnect(close = false): void {
    this.#reach.disconnectSockets(close)
  }
}
