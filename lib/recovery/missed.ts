// Owns: what of an endpoint a client of Socket.IO 4 has missed, by its own word.
// Elsewhere: what is kept for it, and what its connection has confirmed (ring.ts).
import { isEnd, type KeptFrame, type RingEntry } from './kept-frame.js'

/**
 * What is sent again of one endpoint, in order.
 *
 * The client has received everything up to the event of its offset. That is found by its place and not by
 * comparing numbers: an event that is sent while another one is on its way to many may be counted later and
 * go out first. An event that nobody keeps any more has been confirmed by the connection.
 *
 * What asks for an ack is sent once at most: the client would handle and answer it twice. Acks are for
 * questions that a client of Socket.IO 4 has forgotten with its connection.
 */
export function missedBy(entries: readonly RingEntry[], number: number | undefined): KeptFrame[] {
  const heard = number === undefined ? -1 : entries.findIndex(({ kept }) => kept.n === number)
  return entries
    .slice(heard + 1)
    .filter(isSentAgain)
    .map(({ kept }) => kept)
}

function isSentAgain({ kept, wasWritten }: RingEntry): boolean {
  if (isEnd(kept)) return true
  if (kept.kind !== 'counted') return false
  if (kept.asks) return !wasWritten
  return kept.n !== undefined && !kept.isVolatile
}
