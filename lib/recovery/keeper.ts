// Owns: what a socket that can be resumed needs of the middleware: its settings, the list of suspended
// clients, its hooks.
// Elsewhere: that list and the names of clients (recovery.ts), the hooks (clients/recovering.ts).
import type { LossReason } from '../socket/lifecycle.js'
import type { SocketRegistry, SocketSettings } from '../socket/owner.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import type { KeepingWire } from './keeping-wire.js'

/** Shared by all sockets of a kind: what is here, none of them keeps by itself (bench: recovery). */
export interface RecoverableSettings<Kept> extends SocketSettings {
  readonly wire: KeepingWire
  readonly maxKeptBytes: number
  readonly keeper: Keeper<Kept>
}

/** What the client says that comes back on a new connection. */
export interface Coming {
  /** The name of the new connection. */
  readonly sid: string
  /** How many frames it has counted; undefined for one that does not count. */
  readonly seen: number | undefined
  readonly request: unknown
  readonly address: string
}

/** The list of all sockets that are attached. */
export interface RecoverableRegistry extends SocketRegistry {
  /** Whether there is a place for one more of that address. */
  hasRoom(address: string): boolean
  /**
   * Keeps a place for one that comes back by that name, until it is adopted or the name removed.
   * @throws RefusalError when there is none.
   */
  hold(sid: string, address: string): void
  /** One that was away is back, by the name that it has now. */
  adopt(socket: VirtualSocket, address: string): void
}

/** What the application's side does when a client is lost and comes back. */
export interface ClientHooks {
  /** Whether the client is in a namespace that it could come back to. */
  isResumable(client: object): boolean
  protocolOf(client: object): '0.9' | '2' | '4'
  /** The address of the request that it began with. */
  addressOf(client: object): string
  /** What the application knows it by. */
  shown(client: object): object
  suspended(client: object, reason: LossReason): void
  /** Asks all its namespaces; those that refuse have been ended when it is done. */
  resuming(client: object, request: unknown): Promise<void> | undefined
  resumed(client: object): void
  /** Whether its namespaces have too much to do for more to be read. */
  isStopped(client: object): boolean
  /** The namespaces that a client has, by name, and those whose end still runs. */
  endpointsOf(client: object): readonly string[]
  /** Whether a client is in this namespace, or enters it: not one that has left it, or was ended there. */
  isIn(client: object, endpoint: string): boolean
  /** A client of 4 is back, and does not come back to this namespace. */
  notClaimed(client: object, endpoint: string): void
}

export interface Keeper<Kept> {
  /** How long a lost client is kept, in milliseconds. */
  readonly durationMs: number
  readonly hooks: ClientHooks
  /** Whether the server is not closing. */
  readonly isOpen: boolean
  /** A newer connection has come for it: it is not away, unless that is said again. */
  changing(socket: Kept): void
  /** It is away. That may have been said before. */
  suspended(socket: Kept): void
  /**
   * It is attached again, under the name of its new connection; its address is still that of the one it has
   * lost. It may not have been suspended: a newer connection takes over one that is still there.
   */
  returned(socket: Kept): void
  /** A connection that another one led to has been of use: older names are given up. */
  settled(socket: Kept): void
  over(socket: Kept): void
  /** It gets the name of another connection: gives the names that lead to it beside that. */
  renamed(socket: Kept): readonly string[]
}
