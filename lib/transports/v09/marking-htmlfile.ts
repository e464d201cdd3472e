// Owns: which packets of a 0.9 client were sent to a page of htmlfile that had broken, and never written.
// Elsewhere: the page itself (htmlfile.ts), what is kept until it is confirmed (recovery/ring.ts).
import type { Frame } from '../../wire/v09/frame.js'
import type { MarkedOwner } from '../transport.js'
import { Htmlfile } from './htmlfile.js'

export class MarkingHtmlfile extends Htmlfile {
  declare protected readonly owner: MarkedOwner
  #lostFrom: number | undefined

  override send(frames: readonly Frame[], isUnmarked = false): boolean {
    if (!this.isBroken) return super.send(frames)
    this.#lostFrom ??= this.owner.mark - (isUnmarked ? 0 : frames.length)
    return true
  }

  /** Another transport may have come in its place, before this one was known to be broken. */
  override close(): void {
    this.#tellUnsent()
    super.close()
  }

  override over(): void {
    this.#tellUnsent()
    super.over()
  }

  // Once: after that it goes by another connection.
  #tellUnsent(): void {
    const from = this.#lostFrom
    this.#lostFrom = undefined
    if (from !== undefined) this.owner.unsent(from)
  }
}
