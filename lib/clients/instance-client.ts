// Owns: what an instance needs of the client whose namespace it is.
// Elsewhere: that client (client.ts), the instance (instance.ts).
import type { ReportedError } from '../support/errors.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import type { ConnectPacket, Packet } from '../wire/packet.js'
import type { AnyNamespace, DeclaredNamespace } from '../namespaces/any-namespace.js'
import type { ProtocolRules } from '../namespaces/protocol.js'
import type { Socket } from '../namespaces/socket.js'
import type { Application, Origin } from './application.js'

/** What a client sees of one of its instances. */
export interface ClientInstance {
  readonly declared: DeclaredNamespace
  readonly endpoint: string
  readonly namespace: AnyNamespace | undefined
  readonly isWholeSocket: boolean
  readonly isRefused: boolean
}

export interface InstanceClient {
  /** The public id. */
  readonly id: string
  readonly app: Application
  readonly rules: ProtocolRules
  readonly origin: Origin
  readonly socket: Socket
  readonly virtualSocket: VirtualSocket
  readonly backlog: {
    inboxFilled(isFull: boolean): void
    weighs(bytes: number): void
    holds(bytes: number): boolean
    overflowed(): void
  }
  /**
   * The secret by which its client comes back to a namespace that is being confirmed; where there is such a
   * thing.
   */
  readonly pidFor?: (endpoint: string) => string
  admit(connect: ConnectPacket): Promise<void> | undefined
  /**
   * Keeps what so large a connect came with, as long as the instance is there: a client that has too much
   * kept is ended.
   */
  keepsAuth(instance: ClientInstance, bytes: number): void
  instanceOpened(instance: ClientInstance): void
  /** Tells the client that its connect was refused. */
  instanceRefused(instance: ClientInstance, error: unknown): void
  instanceEnded(instance: ClientInstance): void
  /**
   * A packet for an instance that its client has left: whether it is kept for the next one of that endpoint.
   */
  receiveLate(instance: ClientInstance, packet: Packet, bytes: number): void
  /** Forgets the next one of that endpoint: whether there was one. */
  dropNext(endpoint: string): boolean
  /** Sends a packet whatever waits to be confirmed. */
  tell(packet: Packet): void
  /** Ends the whole socket. */
  disconnect(silent: boolean, reason?: DisconnectReason): void
  /** The client sent what its protocol forbids. */
  brokeProtocol(): void
  report(name: string, message: string, endpoint: string, msgId?: string, quiet?: boolean, error?: ReportedError): void
}
