// Owns: what a virtual socket needs of the layers above it: its application, its registry, its settings.
import type { Wire } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Counts } from './counts.js'
import type { DisconnectReason } from './lifecycle.js'

/**
 * The wire, durations and bounds of a socket, durations in milliseconds; and what all sockets together are
 * counted in.
 */
export interface SocketSettings {
  readonly wire: Wire
  readonly counts: Counts
  readonly heartbeatInterval: number
  readonly heartbeatTimeout: number
  readonly closeTimeout: number
  readonly handshakeTimeout: number
  readonly maxBufferedPackets: number
  readonly maxBufferedBytes: number
  readonly maxPendingAcks: number
}

/** The application's side of a socket. */
export interface SocketOwner {
  /** The public id, which identifies a client in the log. */
  readonly id: string
  /** The first transport is attached. */
  opened(): void
  /** @param bytes what the packet weighs while it waits. */
  receive(packet: Packet, bytes: number): void
  /** The client sent a malformed packet; the socket lives on. */
  reject(error: Error): void
  /** Whether more bytes wait for its namespaces than may: it cannot be read on. */
  readonly isOverloaded: boolean
  /** The client has left: it is in none of its namespaces any more. */
  left(): void
  /** Calls back once all that the client has sent is done. */
  finish(done: () => void): void
  closed(reason: DisconnectReason): void
}

/** Finds a socket by its sid; called when it has ended. */
export interface SocketRegistry {
  /** The socket was handshaken and is now in use. */
  opened(sid: string): void
  remove(sid: string): void
}
