// Owns: what io.stats() returns.
// Elsewhere: where it is counted (socket/counts.ts and those who call it).
import type { Counts } from '../socket/counts.js'
import type { TransportName } from '../transports/transport.js'
import type { Protocol } from './protocol.js'

/** What io.stats() returns: how it is now, and sums since the middleware was made. Reading it costs the same for any number of clients. */
export interface Stats {
  /** Milliseconds since the middleware was made. */
  readonly uptime: number
  /** Clients that are connected: open, and not yet gone. */
  readonly sockets: number
  readonly byTransport: Readonly<Record<TransportName, number>>
  readonly byProtocol: Readonly<Record<Protocol, number>>
  readonly errors: Counts['errors']
}

export function readStats(counts: Counts, uptime: number): Stats {
  return {
    uptime,
    sockets: counts.sockets,
    byTransport: { ...counts.byTransport },
    byProtocol: { ...counts.byProtocol },
    errors: { ...counts.errors },
  }
}
