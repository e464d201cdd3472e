// Owns: what the messages on our diagnostics channels hold, for those who subscribe.
// Elsewhere: the names of the channels (support/channels.ts), calls of the application's code (trace-call.ts).
import type { Packet } from '../wire/packet.js'
import type { Socket } from './socket.js'
import type { CallKind } from './trace-call.js'

/** A message of the tracing channel `channels.handler`: one call of the application's code. */
export interface HandlerMessage {
  /** The endpoint, `''` or `/chat`. */
  readonly namespace: string
  readonly kind: CallKind
  /** The method's name, which its class has declared; of a job or a callback the name of its function. */
  readonly method: string
  /** The name of the client's event, if it is one. */
  readonly event: string | undefined
  /** What it threw or rejected with. */
  readonly error?: unknown
  /** Not enumerable: the client, with its request and its session. */
  readonly socket: Socket
  /** Not enumerable: the packet, with what the client sent. */
  readonly packet: Packet | undefined
  /** Not enumerable: what it returned, or its promise resolved with. */
  readonly result: unknown
}
