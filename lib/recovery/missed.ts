// Owns: what of an endpoint a client of Socket.IO 4 has missed, by its own word.
// Elsewhere: what is kept for it, and what its connection has confirmed (ring.ts).

/** What is kept of one frame, as it was sent. */
export interface Kept {
  readonly kind: 'counted' | 'control' | 'passing' | 'heartbeat'
  /** The number in its offset, of an event that has one. */
  readonly n: number | undefined
  /** Whether it asks for an ack. */
  readonly asks: boolean
  readonly isVolatile: boolean
}

export interface KeptEntry<Frame extends Kept> {
  readonly kept: Frame
  /** Whether it was given to the connection that is lost. */
  readonly wasWritten: boolean
}

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
export function missedBy<Frame extends Kept>(
  entries: readonly KeptEntry<Frame>[],
  number: number | undefined,
): Frame[] {
  const heard = number === undefined ? -1 : entries.findIndex(({ kept }) => kept.n === number)
  return entries
    .slice(heard + 1)
    .filter(isSentAgain)
    .map(({ kept }) => kept)
}

function isSentAgain({ kept, wasWritten }: KeptEntry<Kept>): boolean {
  if (kept.kind === 'control') return true
  if (kept.kind !== 'counted') return false
  if (kept.asks) return !wasWritten
  return kept.n !== undefined && !kept.isVolatile
}
