// Owns: htmlfile, the endless page of script blocks that old Internet Explorers read in a hidden frame.
import type { Writable } from 'node:stream'
import { htmlfileString } from '../../wire/v09/script.js'
import { joinPayload } from '../../wire/v09/payload.js'
import type { Exchange, Headers } from '../exchange.js'
import type { Transport, TransportOwner } from '../transport.js'

const headers: Headers = {
  'Content-Type': 'text/html; charset=UTF-8',
  // Compression middleware would hold the blocks back until its window is full.
  'Cache-Control': 'no-store, no-transform',
}

// The browser begins to run scripts once it has 256 bytes.
const opening = '<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>'.padEnd(256)

export class Htmlfile implements Transport<string> {
  readonly name = 'htmlfile'
  readonly kind = 'stream'
  readonly #page: Writable

  constructor(exchange: Exchange, owner: TransportOwner) {
    this.#page = exchange.stream(200, headers)
    this.#page.write(opening)
    exchange.whenOver(() => {
      owner.released(this)
    })
  }

  send(frames: readonly string[]): void {
    this.#page.write(`<script>_(${htmlfileString(joinPayload(frames))});</script>`)
  }

  close(): void {
    this.#page.end()
  }

  // The stream reads nothing: the client speaks by POST.
  pause(): void {}
  resume(): void {}
}
