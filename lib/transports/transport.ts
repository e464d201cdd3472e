// Owns: the contract between a virtual socket and whatever carries its packets at the moment.
// Elsewhere: each way to carry them (v09/…), when one takes over from another (socket/virtual-socket.ts).
import { ProtocolError } from '../support/errors.js'
import type { Packet } from '../wire/packet.js'

/** The ways to carry a 0.9 client, named as on the wire; `flashsocket` is a websocket by another name. */
export const transportNames = ['websocket', 'flashsocket', 'htmlfile', 'xhr-polling', 'jsonp-polling'] as const

export type V09TransportName = (typeof transportNames)[number]

/** Those, and engine.io's `polling`; its websocket has the same name. */
export type TransportName = V09TransportName | 'polling'

const sharedNames: ReadonlyMap<string, string> = new Map([...transportNames, 'polling'].map((name) => [name, name]))

/**
 * The same text; the name of a transport, which comes with every client and is kept as long, is one for all
 * (bench: memory).
 */
export function sharedName(text: string): string {
  return sharedNames.get(text) ?? text
}

/**
 * How packets become frames on one kind of wire. Only the transports of that wire look into a frame; above
 * them, frames are opaque values that are made once and handed on.
 */
export interface Wire<Frame = unknown> {
  encode(packet: Packet): Frame
  /** What a frame weighs while it waits, in bytes; a character of text counts as one. */
  sizeOf(frame: Frame): number
}

/** One packet for many receivers: each wire's frame is made at most once, on first need. */
export interface SharedPacket {
  readonly type: 'shared'
  frame<Frame>(wire: Wire<Frame>): Frame
}

export type Outgoing = Packet | SharedPacket

/** A packet that is sent later, encoded now, with its weight in bytes. */
export interface Encoded extends SharedPacket {
  readonly bytes: number
}

/** The frame of a packet, made now or taken from those that a shared packet keeps. */
export function frameOf<Frame>(wire: Wire<Frame>, outgoing: Outgoing): Frame {
  return outgoing.type === 'shared' ? outgoing.frame(wire) : wire.encode(outgoing)
}

/** A packet that is sent later, encoded now. */
export function encodedBy<Frame>(wire: Wire<Frame>, packet: Outgoing): Encoded {
  const made = frameOf(wire, packet)
  return { type: 'shared', frame: () => made as never, bytes: wire.sizeOf(made) }
}

/**
 * What carries packets to one client: a stream that stays open, or one held poll.
 *
 * A transport MUST call its owner's `released()` exactly once, when nothing can be sent over it any more, and
 * MUST NOT call any method of its owner from within `send()`, `close()`, `pause()` or `resume()`,
 * `released()` of a poll in `send()` and `close()` excepted: a poll is over as soon as it is answered.
 */
export interface Transport<Frame = unknown> {
  readonly name: TransportName
  /** The loss of a stream ends its socket; a poll carries one answer and is over. */
  readonly kind: 'stream' | 'poll'
  /** Whether it watches its client by itself, without heartbeats of ours. */
  readonly watchesItself?: boolean
  /** Whether what is sent leaves at once; without it, that is always so. */
  readonly isWritable?: boolean
  /**
   * Sends frames, or says that it cannot: false when more than `maxBufferedBytes` wait for a client that
   * reads too slowly. Its connection is broken then. It never throws: an end may be half done when the last
   * packet is sent.
   *
   * @param isUnmarked whether a MarkedOwner keeps none of them.
   */
  send(frames: readonly Frame[], isUnmarked?: boolean): boolean
  /** Ends it in order: what was sent goes out first. A held poll is answered with a noop. */
  close(): void
  /** From now on it serves somebody else. Polls, which read nothing, need no such thing. */
  serve?(owner: TransportOwner): void
  /**
   * Its client has given it up: unlike close(), it waits for nothing to go out. Without it, close() will do.
   */
  abandon?(): void
  /** Asks the client at once for a sign that it has read what was sent, where that can be asked for. */
  ask?(): void
  /**
   * Tells an answered poll that its socket has ended: it gives its client `partingMs` to read the rest of its
   * answer.
   */
  part?(): void
  /** Stops reading from the client; what it sends meanwhile waits in its own buffers. */
  pause(): void
  resume(): void
}

/**
 * How long the last of an HTTP answer may be on its way: enough for a slow line, and little beside TCP's own
 * patience.
 */
export const partingMs = 30_000

/** What a transport tells the virtual socket that it serves. */
export interface TransportOwner {
  /** @param bytes what the packet weighs while it waits: the length of its text, and of its attachments. */
  receive(packet: Packet, bytes: number): void
  /** A frame that was no packet, or a bound that was passed. */
  reject(error: Error): void
  /** Nothing can be sent over this transport any more; a stream may know why. */
  released(transport: Transport, reason?: 'transport close' | 'heartbeat timeout'): void
  /** This transport has another name now. */
  renamed(transport: Transport): void
  /**
   * What this poll was answered with has gone out, or has not and must be sent again. What has gone out can
   * still turn out to be lost: that is told by a second call.
   */
  settled(transport: Transport, undelivered: readonly unknown[]): void
}

/** An owner that keeps what it hands over until it is confirmed. */
export interface MarkedOwner extends TransportOwner {
  /** How much it has handed over so far. */
  readonly mark: number
  /** The client has all that had been handed over at that mark. */
  confirmed(mark: number): void
  /** What was handed over from that mark on was never written to a connection: told before `released()`. */
  unsent(mark: number): void
}

/** Whom a transport serves that nobody is behind. */
export const nobody: MarkedOwner = {
  mark: 0,
  receive() {},
  reject() {},
  released() {},
  renamed() {},
  settled() {},
  confirmed() {},
  unsent() {},
}

/** The client reads too slowly, or not at all: for a client that did so by what it sent. */
export function tooMuchWaits(maxBytes: number): ProtocolError {
  return new ProtocolError(
    'SIO_PROTOCOL_LIMIT',
    `expected at most ${maxBytes} bytes to wait for a client (maxBufferedBytes)`,
  )
}
