// Owns: htmlfile, the endless page of script blocks that old Internet Explorers read in a hidden frame.
import type { Writable } from 'node:stream'
import { Deadline, type DeadlineOwner, type Deadlines } from '../../support/timers.js'
import { payloadOf, type Frame } from '../../wire/v09/frame.js'
import { htmlfileString } from '../../wire/v09/script.js'
import type { Exchange, ExchangeWatcher, Headers } from '../exchange.js'
import { isBroken } from '../broken.js'
import { partingMs, type Transport, type TransportOwner } from '../transport.js'

const headers: Headers = {
  'Content-Type': 'text/html; charset=UTF-8',
  // Compression middleware would hold the blocks back until its window is full.
  'Cache-Control': 'no-store, no-transform',
}

// The browser begins to run scripts once it has 256 bytes.
const opening = '<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>'.padEnd(256)

export class Htmlfile implements Transport<Frame>, DeadlineOwner, ExchangeWatcher {
  readonly name = 'htmlfile'
  readonly kind = 'stream'
  protected readonly exchange: Exchange
  protected readonly owner: TransportOwner
  readonly #page: Writable
  readonly #maxBufferedBytes: number
  readonly #deadlines: Deadlines
  // Made when it is closed: what is left of the page is to be read by then.
  #deadline: Deadline | undefined
  #isOver = false

  constructor(exchange: Exchange, owner: TransportOwner, maxBufferedBytes: number, deadlines: Deadlines) {
    this.exchange = exchange
    this.owner = owner
    this.#maxBufferedBytes = maxBufferedBytes
    this.#deadlines = deadlines
    this.#page = exchange.stream(200, headers)
    this.#page.write(opening)
    exchange.whenOver(this)
  }

  /** Whether what is sent now is never written. */
  protected get isBroken(): boolean {
    return isBroken(this.exchange.request.socket)
  }

  send(frames: readonly Frame[]): boolean {
    const waiting = this.#page.writableLength
    // Node would keep it for as long as the client does not read what it was sent before.
    if (waiting > 0 && this.isBroken) return true
    if (waiting > this.#maxBufferedBytes) {
      this.exchange.abort()
      return false
    }
    const [frame] = frames
    if (frames.length === 1 && frame !== undefined) this.#page.write((frame.block ??= blockOf(frame.text)))
    else this.#page.write(blockOf(payloadOf(frames)))
    return true
  }

  over(): void {
    this.#isOver = true
    if (this.#deadline !== undefined) this.#deadlines.disarm(this.#deadline)
    this.owner.released(this)
  }

  /**
   * A client that reads gets the whole page; one that does not would keep it for as long as TCP is patient.
   */
  close(): void {
    this.#page.end()
    if (this.#isOver) return
    this.#deadline ??= new Deadline(this)
    this.#deadlines.arm(this.#deadline, partingMs)
  }

  deadlinePassed(): void {
    this.exchange.abort()
  }

  // The stream reads nothing: the client speaks by POST.
  pause(): void {}
  resume(): void {}
}

function blockOf(payload: string): string {
  return `<script>_(${htmlfileString(payload)});</script>`
}
