// Owns: what one middleware counts as it happens, so that reading it costs the same however many clients
// there are.
// Elsewhere: what of it is shown (namespaces/stats.ts).
import type { TransportName } from '../transports/transport.js'

/** How many are in one namespace, or in all endpoints of one pattern. */
export interface NamespaceCounts {
  sockets: number
  rooms: number
}

export class Counts {
  // Counted in place, by virtual-socket.ts and link.ts (bench: echo, broadcast).
  /** Packets of clients, their bytes, and how many of them are events. */
  packetsIn = 0
  bytesIn = 0
  events = 0
  /** Packets that have gone out to clients, or wait for their transports. */
  packetsOut = 0
  bytesOut = 0
  sockets = 0
  /** How many clients are not read at the moment. */
  paused = 0
  acksPending = 0
  /** Clients that are away, and may come back; how often one has; how often one was not let. */
  suspended = 0
  resumed = 0
  readonly resumesRefused = { malformed: 0, unknown: 0, missed: 0, ahead: 0, check: 0, namespace: 0 }
  /** What waits for namespaces whose handlers are busy. */
  readonly backlog = { packets: 0, bytes: 0 }
  readonly byProtocol = { '0.9': 0, '2': 0, '4': 0 }
  readonly byTransport: Record<TransportName, number> = {
    websocket: 0,
    flashsocket: 0,
    htmlfile: 0,
    'xhr-polling': 0,
    'jsonp-polling': 0,
    polling: 0,
  }
  /** By what the application has declared: names, and patterns as they are written. */
  readonly namespaces = new Map<string, NamespaceCounts>()
  /** By the names that we have given them; those of the application's own, which may be anything, are one. */
  readonly errors = {
    invalid_packet: 0,
    no_such_namespace: 0,
    unallowed_event_name: 0,
    method_access_denied: 0,
    no_such_method: 0,
    invalid_arguments: 0,
    handler_failed: 0,
    rate_limited: 0,
    authorization_expired: 0,
    adapter_failed: 0,
    other: 0,
  }

  /** A packet waits for its namespace, or no longer. */
  waits(packets: 1 | -1, bytes: number): void {
    this.backlog.packets += packets
    this.backlog.bytes += bytes
  }

  /** A client has come, or gone. */
  socket(protocol: '0.9' | '2' | '4', difference: 1 | -1): void {
    this.sockets += difference
    this.byProtocol[protocol] += difference
  }

  /** A client is carried by another transport, or by none any more. */
  carried(before: TransportName | undefined, now: TransportName | undefined): void {
    if (before !== undefined) this.byTransport[before]--
    if (now !== undefined) this.byTransport[now]++
  }

  error(name: string): void {
    const known = Object.hasOwn(this.errors, name) ? (name as keyof Counts['errors']) : 'other'
    this.errors[known]++
  }

  /** Those of a declared name, or of a pattern. */
  ofNamespace(declared: string): NamespaceCounts {
    let counts = this.namespaces.get(declared)
    if (counts === undefined) this.namespaces.set(declared, (counts = { sockets: 0, rooms: 0 }))
    return counts
  }
}
