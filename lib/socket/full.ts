// Owns: the end of sockets that are past a bound, and saying which; of those for which too much waits, each
// in its turn.
// Elsewhere: when that is so (link.ts, rooms/member.ts, clients/backlog.ts).
import { inTurn } from '../support/in-turn.js'
import { logTurnedAway } from '../support/log.js'
import type { Sent } from './link.js'

/** The client reads too little of what is sent to it. */
export const tooMuchUnsent = 'expected fewer packets or bytes to wait for it (maxBufferedPackets, maxBufferedBytes)'

/** The client sends faster than its namespaces handle. */
export const tooMuchUnhandled =
  'expected fewer packets or bytes to wait for its handlers (maxQueuedEvents, maxQueuedBytes)'

interface Closable {
  close(reason: 'limit exceeded'): void
}

/** Closes a socket that is past a bound. @param what names the option that says so. */
export function endAtLimit(socket: Closable, what: string): void {
  logTurnedAway(`limit ${what}`, `a client is disconnected, limit exceeded: ${what}`)
  socket.close('limit exceeded')
}

/**
 * Closes a socket. What its application sends to others because of that may be too much for them as well:
 * they are closed one after the other, and not within each other, which would fill the stack.
 */
export function closeAsFull(socket: Closable, what: string): void {
  inTurn(() => {
    endAtLimit(socket, what)
  })
}

/** The same for a socket whose last packet found more waiting than may. */
export function closeIfFull(socket: Closable, sent: Sent): void {
  if (sent === 'full') closeAsFull(socket, tooMuchUnsent)
}
