// Owns: what the messages on our diagnostics channels hold, for those who subscribe. What may hold secrets is
// not enumerable.
// Elsewhere: the names of the channels, and messages that are not of a client (support/channels.ts), calls of
// the application's code (trace-call.ts).
import type { BroadcastMessage, channels, RefusedMessage } from '../support/channels.js'
import type { ErrorCode, ReportedError } from '../support/errors.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { TransportName } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Protocol } from './protocol.js'
import type { Socket } from './socket.js'
import type { Stats } from './stats.js'
import type { CallKind } from './trace-call.js'

/** One call of the application's code, on the tracing channel `channels.handler`. */
export interface HandlerMessage {
  /** The endpoint, `''` or `/chat`. */
  readonly namespace: string
  readonly kind: CallKind
  /** The method's name, which its class has declared; of a job or a callback the name of its function. */
  readonly method: string
  /** The name of the client's event, if it is one. */
  readonly event: string | undefined
  /** Not enumerable: whether it has ended. At `end` it has not where a promise was returned. */
  readonly isDone: boolean
  /** Not enumerable: the client, with its request and its session. */
  readonly socket: Socket
  /** Not enumerable: the packet, with what the client sent. */
  readonly packet: Packet | undefined
  /** Not enumerable: what it returned, or its promise resolved with. */
  readonly result: unknown
  /** Not enumerable: what it threw, or rejected with. */
  readonly error: unknown
}

/** The opening of one namespace for one client, on the tracing channel `channels.connect`. */
export interface ConnectMessage {
  readonly namespace: string
  /** Not enumerable: whether it has been accepted or refused; at `end` it has not where a step is awaited. */
  readonly isDone: boolean
  /** Not enumerable. */
  readonly socket: Socket
  /** Not enumerable: why the connect was refused. */
  readonly error: unknown
}

/** A client has come, on `channels.socketOpen`. */
export interface SocketOpenMessage {
  readonly protocol: Protocol
  /** None, where a POST of 0.9 came first. */
  readonly transport: TransportName | undefined
  /** Not enumerable. */
  readonly socket: Socket
}

/** A client is gone, on `channels.socketClose`. */
export interface SocketCloseMessage extends SocketOpenMessage {
  readonly reason: DisconnectReason
  /** Milliseconds since the request with which it began. */
  readonly duration: number
}

/**
 * A client's connection is lost, and it may come back (the option `recovery`): on `channels.socketSuspend`.
 */
export interface SocketSuspendMessage {
  readonly protocol: Protocol
  readonly reason: DisconnectReason
  /** Not enumerable. */
  readonly socket: Socket
}

/** It is back, on `channels.socketResume`. */
export interface SocketResumeMessage {
  readonly protocol: Protocol
  readonly transport: TransportName | undefined
  /** Not enumerable. */
  readonly socket: Socket
}

/** A client that wanted to come back is a new one, on `channels.resumeRefused`. */
export interface ResumeRefusedMessage {
  readonly protocol: Protocol
  readonly reason: keyof Stats['resumesRefused']
  /** Not enumerable: the request, or undefined. */
  readonly request: unknown
}

/** A client has joined or left a room, on `channels.roomJoin` and `channels.roomLeave`. */
export interface RoomMessage {
  readonly namespace: string
  readonly room: string
  /** Not enumerable. */
  readonly socket: Socket
}

/** What `errorHandler` is called with, on `channels.error`. */
export interface ErrorMessage {
  readonly name: string
  /** Undefined for errors of the application's own. */
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly namespace: string
  /** Whether the client is not to be told. */
  readonly isQuiet: boolean
  /** Not enumerable: undefined when an adapter has failed for all. */
  readonly socket: Socket | undefined
  /** Not enumerable: its `cause` is what the application or the adapter threw. */
  readonly error: ReportedError | undefined
}

type Names = typeof channels

/** The messages by the names of their channels. */
export type ChannelMessages = Record<Names['handler'], HandlerMessage> &
  Record<Names['connect'], ConnectMessage> &
  Record<Names['socketOpen'], SocketOpenMessage> &
  Record<Names['socketClose'], SocketCloseMessage> &
  Record<Names['socketSuspend'], SocketSuspendMessage> &
  Record<Names['socketResume'], SocketResumeMessage> &
  Record<Names['resumeRefused'], ResumeRefusedMessage> &
  Record<Names['handshakeRefused'], RefusedMessage> &
  Record<Names['roomJoin'] | Names['roomLeave'], RoomMessage> &
  Record<Names['broadcast'], BroadcastMessage> &
  Record<Names['error'], ErrorMessage>
