// Owns: the secret names by which clients of Socket.IO 4 come back: a text for each, and whose it is.
// Elsewhere: how it is written into a private id (pid.ts).
import { timingSafeEqual } from 'node:crypto'
import { randomId } from '../support/ids.js'

const secretBytes = 15
const secretLength = 20
const placesOfBlock = 256

/**
 * A token is a secret and its place in the list, so that finding it takes no table of texts, which would be
 * a third of what a client costs that may come back (bench: recovery). A place is given again, with another
 * secret.
 */
export class Tokens<Owner extends object> {
  readonly #owners: (Owner | undefined)[] = []
  readonly #free: number[] = []
  readonly #blocks: Buffer[] = []

  /** Draws a token. @returns its place. */
  add(owner: Owner): number {
    const place = this.#free.pop() ?? this.#owners.length
    this.#owners[place] = owner
    const block = (this.#blocks[Math.floor(place / placesOfBlock)] ??= Buffer.alloc(secretBytes * placesOfBlock))
    block.write(randomId(), (place % placesOfBlock) * secretBytes, 'base64url')
    return place
  }

  textOf(place: number): string {
    const from = (place % placesOfBlock) * secretBytes
    const block = this.#blocks[Math.floor(place / placesOfBlock)] as Buffer
    return block.toString('base64url', from, from + secretBytes) + place.toString(36)
  }

  find(token: string): Owner | undefined {
    const place = Number.parseInt(token.slice(secretLength), 36)
    const owner = this.#owners[place]
    if (owner === undefined) return undefined
    const [said, right] = [Buffer.from(token), Buffer.from(this.textOf(place))]
    return said.length === right.length && timingSafeEqual(said, right) ? owner : undefined
  }

  remove(place: number): void {
    if (this.#owners[place] === undefined) return
    this.#owners[place] = undefined
    this.#free.push(place)
  }
}
