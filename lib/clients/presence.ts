// Owns: what is counted and published of a client's coming and going.
// Elsewhere: what is done for it (client.ts).
import type { Counts } from '../socket/counts.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { Protocol } from '../namespaces/protocol.js'

/** The client. */
export interface Present {
  readonly rules: { readonly protocol: Protocol }
  readonly app: { readonly counts: Counts }
}

/** It has come. */
export function socketOpened({ app, rules }: Present): void {
  app.counts.socket(rules.protocol, 1)
}

/** It is gone, and everything of it. */
export function socketClosed({ app, rules }: Present, _reason: DisconnectReason): void {
  app.counts.socket(rules.protocol, -1)
}
