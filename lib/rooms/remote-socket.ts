// Owns: a socket as other processes see it: what fetchSockets() gives.
import type { Environ } from '../socket/environ.js'
import type { Endpoint } from './endpoint.js'

/** What an adapter gives for a socket, be it here or elsewhere. */
interface SocketDetails {
  readonly id: string
  readonly handshake: Environ
  readonly rooms: Iterable<string>
  readonly data: unknown
}

/** One socket in one endpoint, in this process or another. */
export class RemoteSocket {
  /** The public id, which is also the name of a room that only it is in. */
  readonly id: string
  /** The request that it began with. */
  readonly handshake: Environ
  /** The rooms that it was in when it was fetched. */
  readonly rooms: ReadonlySet<string>
  readonly data: unknown
  readonly #endpoint: Endpoint

  constructor({ id, handshake, rooms, data }: SocketDetails, endpoint: Endpoint) {
    this.id = id
    this.handshake = handshake
    this.rooms = new Set(rooms)
    this.data = data
    this.#endpoint = endpoint
  }

  emit(event: string, ...args: unknown[]): void {
    this.#endpoint.broadcast(event, args, this.#options)
  }

  join(room: string | readonly string[]): void {
    const rooms = typeof room === 'string' ? [room] : [...room]
    this.#endpoint.attempt(() => this.#endpoint.adapter.addSockets(this.#options, rooms))
  }

  leave(room: string): void {
    this.#endpoint.attempt(() => this.#endpoint.adapter.delSockets(this.#options, [room]))
  }

  /** Ends the namespace, or with `close` the whole socket. */
  disconnect(close = false): void {
    this.#endpoint.attempt(() => this.#endpoint.adapter.disconnectSockets(this.#options, close))
  }

  get #options(): { rooms: Set<string>; except: Set<string>; flags: object } {
    return { rooms: new Set([this.id]), except: new Set(), flags: {} }
  }
}
