// Owns: which packets of a 0.9 client were never written to its websocket, though they were sent.
// Elsewhere: the transport itself (websocket.ts), what is kept until it is confirmed (recovery/ring.ts).
import type { Frame } from '../../wire/v09/frame.js'
import { nobody, type MarkedOwner } from '../transport.js'
import { WebsocketTransport } from './websocket.js'

export class MarkingWebsocketTransport extends WebsocketTransport {
  declare protected owner: MarkedOwner
  // What the line holds begins here.
  #heldFrom: number | undefined

  override serve(owner: MarkedOwner): void {
    // Its client has come back before its loss was noticed.
    if (owner === nobody) this.#tellUnsent()
    super.serve(owner)
    this.#heldFrom = undefined
  }

  override send(frames: readonly Frame[], isUnmarked = false): boolean {
    let mark = this.owner.mark - (isUnmarked ? 0 : frames.length)
    let isSent = true
    for (const frame of frames) {
      if (this.line.isWritten) this.#heldFrom = mark
      else this.#heldFrom ??= mark
      if (!isUnmarked) mark++
      if (this.line.isBroken) this.line.discard()
      isSent = super.send([frame]) && isSent
    }
    return isSent
  }

  /** Another transport may have come in its place, before this one was known to be broken. */
  override close(): void {
    super.close()
    this.#tellUnsent()
  }

  override released(): void {
    this.#tellUnsent()
    super.released()
  }

  // Once. Nor is it written any more: it goes by another connection.
  #tellUnsent(): void {
    const from = this.line.isWritten ? undefined : this.#heldFrom
    this.#heldFrom = undefined
    if (from === undefined) return
    this.line.discard()
    this.owner.unsent(from)
  }
}
