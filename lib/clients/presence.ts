// Owns: what is counted and published of a client's coming and going.
// Elsewhere: what is done for it (client.ts).
import type { Counts } from '../socket/counts.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import { messageOf, publish, socketCloses, socketOpens } from '../support/channels.js'
import { forgetSession } from '../namespaces/sessions/client-sessions.js'
import type { SocketCloseMessage, SocketOpenMessage } from '../namespaces/messages.js'
import type { ProtocolRules } from '../namespaces/protocol.js'
import type { Socket } from '../namespaces/socket.js'

/** The client. */
export interface Present {
  readonly rules: ProtocolRules
  readonly socket: Socket
  readonly app: { readonly counts: Counts }
}

/** It has come. Subscribers may end it. */
export function socketOpened({ app, rules: { protocol }, socket }: Present): void {
  app.counts.socket(protocol, 1)
  if (!socketOpens.hasSubscribers) return
  const { transport } = socket
  const message: SocketOpenMessage = messageOf({ protocol, transport }, { socket })
  publish(socketOpens, message)
}

/** It is gone. */
export function socketClosed({ app, rules: { protocol }, socket }: Present, reason: DisconnectReason): void {
  app.counts.socket(protocol, -1)
  forgetSession(socket)
  if (!socketCloses.hasSubscribers) return
  const { transport, environ } = socket
  const duration = Math.max(0, Date.now() - environ.issued)
  const message: SocketCloseMessage = messageOf({ protocol, transport, reason, duration }, { socket })
  publish(socketCloses, message)
}
