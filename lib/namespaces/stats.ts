// Owns: what io.stats() returns.
// Elsewhere: where it is counted (socket/counts.ts and those who call it).
import type { Counts } from '../socket/counts.js'
import type { TransportName } from '../transports/transport.js'
import type { Protocol } from './protocol.js'

/**
 * What io.stats() returns: how things are now, and sums since the middleware was made. All of it is counted
 * as it happens, so that reading it costs the same for any number of clients.
 */
export interface Stats {
  /** Milliseconds since the middleware was made. */
  readonly uptime: number
  /** Clients that are connected: open, and not yet gone. */
  readonly sockets: number
  readonly byTransport: Readonly<Record<TransportName, number>>
  readonly byProtocol: Readonly<Record<Protocol, number>>
  /**
   * By the names and patterns that the application has declared: sockets whose connect is accepted, and rooms
   * with somebody in them, without those that sockets have of their own.
   */
  readonly namespaces: Readonly<Record<string, { readonly sockets: number; readonly rooms: number }>>
  /** Packets of clients, and packets for them; without those that a transport makes by itself. */
  readonly packetsIn: number
  readonly packetsOut: number
  /** Their length, before a transport has framed them: characters of text, bytes of attachments. */
  readonly bytesIn: number
  readonly bytesOut: number
  /** Events among the packets of clients. */
  readonly events: number
  /** By the names that errorHandler gets; those of the application's own are `other`. */
  readonly errors: Readonly<Counts['errors']>
  /** Packets that wait for namespaces whose handlers are busy. */
  readonly backlog: { readonly packets: number; readonly bytes: number }
  /** Clients that are not read at the moment, as too much of theirs waits. */
  readonly paused: number
  /** Clients whose connection is lost and that may come back; those are among `sockets`. */
  readonly suspended: number
  /** How often clients have come back. */
  readonly resumed: number
  /** How often a client that wanted to come back was made a new one, by why. */
  readonly resumesRefused: Readonly<Counts['resumesRefused']>
  /** Acks that clients owe. */
  readonly acksPending: number
  /** Whether the adapter reaches other processes; without the option `adapter` always `up`. */
  readonly adapter: 'up' | 'down'
}

export function readStats(counts: Counts, uptime: number, isDown: boolean): Stats {
  const { packetsIn, packetsOut, bytesIn, bytesOut, events, paused, acksPending } = counts
  return {
    uptime,
    sockets: counts.sockets,
    byTransport: { ...counts.byTransport },
    byProtocol: { ...counts.byProtocol },
    // What the application has declared, however many clients and endpoints there are.
    namespaces: Object.fromEntries([...counts.namespaces].map(([name, count]) => [name, { ...count }])),
    packetsIn,
    packetsOut,
    bytesIn,
    bytesOut,
    events,
    errors: { ...counts.errors },
    backlog: { ...counts.backlog },
    paused,
    suspended: counts.suspended,
    resumed: counts.resumed,
    resumesRefused: { ...counts.resumesRefused },
    acksPending,
    adapter: isDown ? 'down' : 'up',
  }
}
