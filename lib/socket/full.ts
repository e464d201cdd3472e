// Owns: the end of sockets for which more waits than may: each in its turn.
// Elsewhere: when that is so (link.ts, rooms/member.ts).
import { inTurn } from '../support/in-turn.js'
import type { Sent } from './link.js'

interface Closable {
  close(reason: 'limit exceeded'): void
}

/**
 * Closes a socket. What its application sends to others because of that may be too much for them as well: they are closed
 * one after the other, and not within each other, which would fill the stack.
 */
export function closeAsFull(socket: Closable): void {
  inTurn(() => {
    socket.close('limit exceeded')
  })
}

/** The same for a socket whose last packet found more waiting than may. */
export function closeIfFull(socket: Closable, sent: Sent): void {
  if (sent === 'full') closeAsFull(socket)
}
