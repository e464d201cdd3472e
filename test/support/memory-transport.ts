// Owns: transports that carry nothing anywhere: what is sent over them is there to look at.
// Elsewhere: the real ones (lib/transports/v09).
import type { Transport, TransportName, TransportOwner } from '../../lib/transports/transport.js'

/** What both kinds have in common. */
abstract class MemoryTransport implements Transport<string> {
  abstract readonly kind: 'stream' | 'poll'
  readonly name: TransportName
  /** Every packet that went out, as text. */
  readonly sent: string[] = []
  isClosed = false
  isPaused = false
  protected readonly owner: TransportOwner

  constructor(name: TransportName, owner: TransportOwner) {
    this.name = name
    this.owner = owner
  }

  abstract send(frames: readonly string[]): boolean
  abstract close(): void

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }
}

/** A stream: it stays attached until the test, or its owner, ends it. */
export class MemoryStream extends MemoryTransport {
  readonly kind = 'stream'
  /** Whether the client reads too slowly for more. */
  isFull = false

  constructor(owner: TransportOwner, name: TransportName = 'websocket') {
    super(name, owner)
  }

  /** As on a websocket, nothing goes out once a close has begun. */
  send(frames: readonly string[]): boolean {
    if (this.isFull) return false
    if (!this.isClosed) this.sent.push(...frames)
    return true
  }

  close(): void {
    this.isClosed = true
  }

  /** The connection is gone: lost, or closed to the end. */
  lose(): void {
    this.owner.released(this)
  }
}

/** One held poll: over as soon as it is answered; whether the answer arrives is for the test to say. */
export class MemoryPoll extends MemoryTransport {
  readonly kind = 'poll'
  isParted = false
  #isAnswered = false

  constructor(owner: TransportOwner, name: TransportName = 'xhr-polling') {
    super(name, owner)
  }

  get isAnswered(): boolean {
    return this.#isAnswered
  }

  send(frames: readonly string[]): boolean {
    if (this.#isAnswered) throw new Error('a poll is answered once')
    this.#isAnswered = true
    this.sent.push(...frames)
    this.owner.released(this)
    return true
  }

  /** As a real one: a poll that is let go is answered with a noop. */
  close(): void {
    this.isClosed = true
    if (!this.#isAnswered) this.send(['8::'])
  }

  part(): void {
    this.isParted = true
  }

  /** The answer has arrived. */
  deliver(): void {
    this.owner.settled(this, [])
  }

  /** The answer had gone out, and turns out to be lost. */
  lose(): void {
    this.owner.settled(this, this.sent)
  }

  /** The client has gone away: without an answer, or before the answer arrived. */
  abort(): void {
    const lost = this.sent.filter((frame) => frame !== '8::')
    if (!this.#isAnswered) this.owner.released(this)
    this.#isAnswered = true
    this.owner.settled(this, lost)
  }
}
