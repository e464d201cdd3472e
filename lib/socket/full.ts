// Owns: the end of sockets for which more waits than may: each in its turn.
// Elsewhere: when that is so (link.ts, rooms/member.ts).
import type { Sent } from './link.js'

interface Closable {
  close(reason: 'limit exceeded'): void
}

// Those that are being closed, and those that became full by it.
const full = new Set<Closable>()

/**
 * Closes a socket. What its application sends to others because of that may be too much for them as well: they are closed
 * one after the other, and not within each other, which would fill the stack.
 */
export function closeAsFull(first: Closable): void {
  const isFirst = full.size === 0
  full.add(first)
  if (!isFirst) return
  try {
    for (const socket of full) socket.close('limit exceeded')
  } finally {
    full.clear()
  }
}

/** The same for a socket whose last packet found more waiting than may. */
export function closeIfFull(socket: Closable, sent: Sent): void {
  if (sent === 'full') closeAsFull(socket)
}
