// Owns: one encoded packet as it is kept until its client has it; the same object for all receivers of a
// broadcast.
// Elsewhere: who makes it (keeping-wire.ts), who keeps it (ring.ts).

/**
 * What a frame is to a client that comes back. `counted`: event, message, JSON or ack, which a client counts
 * by `seen`. `control`: the end of a namespace or of the client, which must be told. `passing`: the answer to
 * a connect, which has no meaning on another connection. `heartbeat`: never kept.
 */
export type KeptKind = 'counted' | 'control' | 'passing' | 'heartbeat'

export interface KeptFrame {
  /** What a transport sends. */
  readonly frame: unknown
  readonly kind: KeptKind
  readonly endpoint: string
  /** What it weighs, as its wire says. */
  readonly size: number
  /** Whether it asks for an ack. */
  readonly asks: boolean
  /** Whether it is forgotten rather than sent again. */
  readonly isVolatile: boolean
  /** The number of its offset, for clients of Socket.IO 4. */
  readonly n: number | undefined
}

export interface KeptBounds {
  readonly maxBufferedPackets: number
  readonly maxBufferedBytes: number
  /** Bytes of one client that are kept for its return: the option `recovery.maxBytes`. */
  readonly maxKeptBytes: number
}

/** Whether it says that something is over. */
export const isEnd = (kept: KeptFrame | undefined): boolean => kept?.kind === 'control'

export interface RingEntry {
  readonly kept: KeptFrame
  /** Whether it was handed to a connection, which the client may have lost before it arrived. */
  readonly wasWritten: boolean
}

/** Stands for a frame that was written, and is not kept any more or is kept by another socket. */
export const gone: KeptFrame = {
  frame: undefined,
  kind: 'passing',
  endpoint: '',
  size: 8,
  asks: false,
  isVolatile: false,
  n: undefined,
}
