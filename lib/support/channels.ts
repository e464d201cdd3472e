// Owns: our channels of node:diagnostics_channel: their names, what publishing takes, and messages that are
// not of one client.
// Elsewhere: messages of a client (namespaces/messages.ts), following a call (trace.ts).
import type { IncomingMessage } from 'node:http'
import { channel, type Channel } from 'node:diagnostics_channel'
import type { ErrorCode } from './errors.js'

/**
 * The names of all channels. `handler` and `connect` are tracing channels,
 * `diagnostics_channel.tracingChannel(channels.handler)`; the others are for
 * `diagnostics_channel.subscribe(channels.socketOpen, …)`.
 */
export const channels = Object.freeze({
  handler: 'socketio-middleware.handler',
  connect: 'socketio-middleware.connect',
  socketOpen: 'socketio-middleware:socket:open',
  socketClose: 'socketio-middleware:socket:close',
  socketSuspend: 'socketio-middleware:socket:suspend',
  socketResume: 'socketio-middleware:socket:resume',
  resumeRefused: 'socketio-middleware:resume:refused',
  handshakeRefused: 'socketio-middleware:handshake:refused',
  roomJoin: 'socketio-middleware:room:join',
  roomLeave: 'socketio-middleware:room:leave',
  broadcast: 'socketio-middleware:broadcast',
  error: 'socketio-middleware:error',
})

// To be published to only while they have subscribers: messages are made for these alone.
export const socketOpens: Channel = channel(channels.socketOpen)
export const socketCloses: Channel = channel(channels.socketClose)
export const socketSuspends: Channel = channel(channels.socketSuspend)
export const socketResumes: Channel = channel(channels.socketResume)
export const resumesRefused: Channel = channel(channels.resumeRefused)
export const handshakesRefused: Channel = channel(channels.handshakeRefused)
export const roomJoins: Channel = channel(channels.roomJoin)
export const roomLeaves: Channel = channel(channels.roomLeave)
export const broadcasts: Channel = channel(channels.broadcast)
export const errors: Channel = channel(channels.error)

// In the order in which they happened: a subscriber of one may bring about the next.
const waiting: { readonly channel: Channel; readonly message: object }[] = []

/**
 * Publishes, unless something else is being published: then after that, so that no subscriber gets the end of
 * something before its beginning. It never throws: what subscribers throw is thrown by Node, later.
 */
export function publish(on: Channel, ...messages: readonly object[]): void {
  const isFirst = waiting.length === 0
  for (const message of messages) waiting.push({ channel: on, message })
  if (!isFirst) return
  try {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      next.channel.publish(next.message)
      waiting.shift()
    }
  } finally {
    waiting.length = 0
  }
}

/** A message: what may be logged, and what may hold secrets, which console.log() and JSON do not show. */
export function messageOf<Shown extends object, Hidden extends object>(shown: Shown, hidden: Hidden): Shown & Hidden {
  for (const [name, value] of Object.entries(hidden)) Object.defineProperty(shown, name, { value })
  return Object.freeze(shown) as Shown & Hidden
}

/** A request of ours was refused, on `channels.handshakeRefused`. */
export interface RefusedMessage {
  readonly code: ErrorCode
  /** The status of HTTP; a JSONP client, which could not see it, is answered by a script. */
  readonly status: number
  /** What the client receives. */
  readonly reason: string
  readonly isUpgrade: boolean
  /** Not enumerable: the request that the app sees, with all that the client sent, its session id perhaps. */
  readonly request: IncomingMessage
}

/** An event was sent to many, on `channels.broadcast`. */
export interface BroadcastMessage {
  readonly namespace: string
  readonly event: string
  /** Those that were named by `to()`; none for all. */
  readonly rooms: readonly string[]
  readonly except: readonly string[]
  /** Whether it was kept from other processes. */
  readonly isLocal: boolean
  /** How many clients of this process it was sent to, or is held for until their connect is accepted. */
  readonly receivers: number
}
