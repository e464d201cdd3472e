// Owns: what one client was sent and may not have, and what waits to be sent to it, in one order; its bounds.
// Elsewhere: when it is sent (ring-link.ts), how a client says what it has (recoverable-socket.ts).
import type { Waiting } from '../socket/link.js'
import type { Standing } from './asked.js'
import { gone, isEnd, type KeptBounds, type KeptFrame, type RingEntry } from './kept-frame.js'

/**
 * Positions count what was put in, for as long as the client lives: `first` is that of the oldest, and all
 * before `written` has been handed to the connection that is there.
 */
export class Ring implements Waiting {
  #entries: (KeptFrame | undefined)[] = []
  #head = 0 // Where the oldest is.
  #first = 0
  #written = 0
  // The greatest that `written` has been.
  #reached = 0
  #bytes = 0
  #waitingBytes = 0
  /** How many counted frames came before `first`. */
  #heard: number
  // Something before this position was dropped, and not confirmed since; 0 for nothing.
  #missingUntil = 0
  // Where the last answer to a poll begins.
  #answerFrom = 0
  readonly #bounds: KeptBounds
  /** @param heard how much the client had counted when it came. */
  constructor(bounds: KeptBounds, heard = 0) {
    this.#bounds = bounds
    this.#heard = heard
  }

  get bytes(): number {
    return this.#bytes
  }

  /** The position of the oldest. */
  get first(): number {
    return this.#first
  }

  /** A mark: the position up to which all was handed to a connection. */
  get written(): number {
    return this.#written
  }

  /** Whether nothing that may be missing was dropped, and no more is kept than may be. */
  get isWhole(): boolean {
    return this.#missingUntil === 0 && this.#bytes <= this.mostBytes
  }

  get mostBytes(): number {
    return Math.min(this.#bounds.maxKeptBytes, this.#bounds.maxBufferedBytes)
  }

  // What waits for a connection.

  get size(): number {
    return this.#end - this.#written
  }

  push(kept: KeptFrame): boolean {
    const { maxBufferedPackets, maxBufferedBytes } = this.#bounds
    if (this.size >= maxBufferedPackets || this.#waitingBytes > maxBufferedBytes) return false
    this.pushLast(kept)
    return true
  }

  pushLast(kept: KeptFrame): void {
    this.#entries.push(kept)
    this.#bytes += kept.size
    this.#waitingBytes += kept.size
    this.#shrink()
  }

  /** Keeps a frame that goes out at once. */
  pass(kept: KeptFrame): void {
    this.#entries.push(kept)
    this.#bytes += kept.size
    this.#wrote(this.#end)
    this.#shrink()
  }

  takeAll(): readonly unknown[] {
    const taken = this.#entries.slice(this.#next).map((kept) => kept?.frame)
    this.#answerFrom = this.#written
    this.#waitingBytes = 0
    this.#wrote(this.#end)
    return taken
  }

  /** The last answer did not arrive. */
  putBack(frames: readonly unknown[]): void {
    if (frames.length > 0) this.rewind(this.#answerFrom)
  }

  /** What was handed over from a position on was not written. */
  rewind(position: number): void {
    const from = Math.max(position, this.#first)
    if (from >= this.#written) return
    this.#written = from
    this.#leaveOut(() => false)
  }

  /** Puts a frame before all that waits. */
  greet(kept: KeptFrame): void {
    this.#entries.splice(this.#next, 0, kept)
    this.#bytes += kept.size
    this.#waitingBytes += kept.size
  }

  /** Whether what waits says that something is over. */
  get isToldOfEnd(): boolean {
    return this.#entries.slice(this.#next).some(isEnd)
  }

  /** The same of all that is kept. */
  get hasEnd(): boolean {
    return this.#entries.some(isEnd)
  }

  /** Nobody can come back to it any more. */
  spoil(): void {
    this.#missingUntil = Infinity
  }

  // What the client has.

  /** The client has all before a position. */
  confirm(position: number): void {
    while (this.#first < position && this.#first < this.#written) this.#dropFirst()
    if (position >= this.#missingUntil) this.#missingUntil = 0
    this.#settle()
  }

  /** Where a client stands that has counted `seen` frames, or does not count. */
  standingOf(seen: number | undefined): Standing {
    if (seen === undefined) return 'known'
    if (!Number.isSafeInteger(seen) || seen < this.#heard) return 'behind'
    return this.#positionOf(seen) === undefined ? 'ahead' : 'known'
  }

  /**
   * The client comes back on another connection, to which all is sent that is kept from now on: what it has
   * not counted; for one that does not count, what was never written.
   */
  returned(seen: number | undefined): void {
    const position = (seen === undefined ? undefined : this.#positionOf(seen)) ?? this.#written
    this.#wrote(Math.max(position, this.#written))
    this.confirm(position)
    this.#written = this.#first
    this.#leaveOut(({ kind, isVolatile }) => kind === 'passing' || isVolatile)
  }

  /** Takes out what is kept for an endpoint. What was written keeps its position: marks go by that. */
  takeOf(endpoint: string): readonly RingEntry[] {
    const taken: RingEntry[] = []
    for (let at = this.#head; at < this.#entries.length; at++) {
      const kept = this.#entries[at] as KeptFrame
      if (kept === gone || kept.endpoint !== endpoint) continue
      const wasWritten = this.#first + at - this.#head < this.#written
      taken.push({ kept, wasWritten })
      if (!wasWritten) continue
      this.#entries[at] = gone
      this.#bytes += gone.size - kept.size
    }
    while (this.#entries[this.#head] === gone) this.#dropFirst()
    if (taken.at(-1)?.wasWritten === false) this.#leaveOut((kept) => kept.endpoint === endpoint)
    return taken
  }

  /** What is kept, the oldest first. */
  *entries(): Generator<RingEntry> {
    for (let at = this.#head; at < this.#entries.length; at++) {
      const kept = this.#entries[at] as KeptFrame
      if (kept !== gone) yield { kept, wasWritten: this.#first + at - this.#head < this.#written }
    }
  }

  // Where what waits begins.
  get #next(): number {
    return this.#head + this.#written - this.#first
  }

  get #end(): number {
    return this.#first + this.#entries.length - this.#head
  }

  #wrote(position: number): void {
    this.#written = position
    if (position > this.#reached) this.#reached = position
  }

  /** Behind the last frame of so many counted ones; undefined where not so many were ever written. */
  #positionOf(seen: number): number | undefined {
    let position = this.#first
    let left = seen - this.#heard
    for (let at = this.#head; left > 0 && position < this.#reached; at++) {
      if (this.#entries[at]?.kind === 'counted') left--
      position++
    }
    return left === 0 ? position : undefined
  }

  #dropFirst(): void {
    const kept = this.#entries[this.#head] as KeptFrame
    this.#entries[this.#head++] = undefined
    this.#first++
    this.#bytes -= kept.size
    if (kept.kind === 'counted') this.#heard++
  }

  // Past the bound, what was written goes first: that the client may lack it is remembered.
  #shrink(): void {
    if (this.#bytes <= this.mostBytes) return
    while (this.#bytes > this.mostBytes && this.#first < this.#written) this.#dropFirst()
    this.#missingUntil = this.#first
    this.#settle()
  }

  #settle(): void {
    if (this.#head < this.#entries.length && this.#head < 64) return
    this.#entries = this.#entries.slice(this.#head)
    this.#head = 0
  }

  // Leaves out of what waits what is not to be sent: no mark stands behind it.
  #leaveOut(isOut: (kept: KeptFrame) => boolean): void {
    const from = this.#next
    const left: KeptFrame[] = []
    let reached = this.#written
    this.#waitingBytes = 0
    for (let at = from, position = this.#written; at < this.#entries.length; at++, position++) {
      const kept = this.#entries[at] as KeptFrame
      if (kept === gone || isOut(kept)) {
        this.#bytes -= kept.size
        continue
      }
      left.push(kept)
      this.#waitingBytes += kept.size
      if (position < this.#reached) reached++
    }
    this.#reached = reached
    this.#entries.splice(from, Infinity, ...left)
  }
}
