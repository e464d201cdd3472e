// Owns: one write per connection and turn: frames for one websocket are put together until the turn of the event loop ends.
// Elsewhere: their bytes (websocket-frame.ts), which socket they are for (v09/websocket.ts, engine.ts).
import type { Writable } from 'node:stream'

/** What is put together at most before it is written: about what a connection takes at once. */
const mostBytes = 64 * 1024

// Those that have something to write at the end of this turn; one immediate for all of them.
let waiting: FrameWriter[] = []

function writeAll(): void {
  const writers = waiting
  waiting = []
  for (const writer of writers) writer.flush()
}

/**
 * Writes frames to a connection in the order in which they come: many acks, emits, broadcasts and heartbeats of one turn
 * leave in one write (bench: echo, pipe, chat). A write is a system call, by far the dearest part of a small packet.
 *
 * Whatever else writes to the connection, a close frame say, must flush first.
 */
export class FrameWriter {
  readonly #connection: Writable
  #bytes = ''

  constructor(connection: Writable) {
    this.#connection = connection
  }

  /** Adds a frame, as a string of bytes. */
  write(frame: string): void {
    if (this.#bytes === '') {
      if (waiting.push(this) === 1) setImmediate(writeAll)
      this.#bytes = frame
      return
    }
    this.#bytes += frame
    if (this.#bytes.length > mostBytes) this.flush()
  }

  /** Writes what there is, now. */
  flush(): void {
    const bytes = this.#bytes
    if (bytes === '') return
    this.#bytes = ''
    if (this.#connection.writable) this.#connection.write(bytes, 'latin1')
  }

  /** Forgets what there is: the peer has said that it reads no more. */
  discard(): void {
    this.#bytes = ''
  }

  /** Bytes that the peer has not taken yet. */
  get waitingBytes(): number {
    return this.#bytes.length + this.#connection.writableLength
  }
}
