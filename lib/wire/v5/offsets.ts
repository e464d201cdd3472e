// Owns: the offsets of events, by which a client of Socket.IO 4 says after a lost connection what it has
// received: `k3x09qzt.2s`.
// Elsewhere: the frames that carry them (recovery/offset-wire.ts), what is sent again (recovery/missed.ts).
import { randomEpoch } from '../../support/ids.js'

// Numbers are written without leading zeros: each has one spelling.
const form = /^([0-9a-z]{8})\.([1-9a-z][0-9a-z]{0,10})$/

/**
 * Counts the events of one endpoint in this process.
 *
 * The epoch is random: a client keeps the offset of a process that has been restarted, and it means nothing
 * here.
 */
export class Offsets {
  readonly #epoch = randomEpoch()
  #last = 0

  /** The number of the event that was sent last; 0 before the first. */
  get last(): number {
    return this.#last
  }

  /** The number of one more event. */
  next(): number {
    return ++this.#last
  }

  write(number: number): string {
    return `${this.#epoch}.${number.toString(36)}`
  }

  /** The number in what a client says; undefined for anything that was not written here, or not yet. */
  read(offset: unknown): number | undefined {
    if (typeof offset !== 'string') return undefined
    const [, epoch, digits = ''] = form.exec(offset) ?? []
    if (epoch !== this.#epoch) return undefined
    const number = Number.parseInt(digits, 36)
    return number <= this.#last ? number : undefined
  }
}
