// Owns: sids that any process of a cluster can tell from invented ones: signed, expiring, good for one
// opening.
// Elsewhere: checks that run again when one opens (server/v09/handshakes.ts).
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { withName } from '../support/ids.js'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'

/** How long after its issue a token may open a socket, in milliseconds. */
export const tokenLifetimeMs = 30_000

const randomBytesLength = 15
const timeBytes = 6
const signatureBytes = 16
const plainBytes = randomBytesLength + timeBytes
const markBytes = 15
const seenBytes = 6
const returningBytes = plainBytes + markBytes + seenBytes
const bodyLengths: readonly number[] = [(plainBytes * 4) / 3, (returningBytes * 4) / 3]
const signatureLength = Math.ceil((signatureBytes * 4) / 3)

// Says that a client has not counted, and what is more than any client has.
const notCounted = 2 ** (8 * seenBytes) - 1

/** What a client says of the connection that it has lost (the option `recovery`). */
export interface Returning {
  /** The mark of its last session id. */
  readonly mark: string | undefined
  readonly seen: number | undefined
}

/**
 * What a token carries of another session id: that one may be a token, too, and neither grows from return to
 * return nor is known to those who see this one.
 */
export function markOf(sid: string): string {
  return createHash('sha256').update(sid).digest().subarray(0, markBytes).toString('base64url')
}

const noMark = Buffer.alloc(markBytes).toString('base64url')

export class Tokens {
  readonly #secret: string
  readonly #deadlines: Deadlines
  readonly #used = new Map<string, UsedToken>()
  readonly #now: () => number

  /** @param now the time of day in milliseconds, which all processes must share to within seconds. */
  constructor(secret: string, deadlines: Deadlines, now: () => number = Date.now) {
    this.#secret = secret
    this.#deadlines = deadlines
    this.#now = now
  }

  /**
   * A new sid: the name of the process that issues it, if it has one, 120 random bits, the time of issue, what
   * a returning client says, and a signature of all.
   */
  issue(processName?: string, returning?: Returning): string {
    const body = Buffer.alloc(returning === undefined ? plainBytes : returningBytes)
    randomBytes(randomBytesLength).copy(body)
    body.writeUIntBE(this.#now(), randomBytesLength, timeBytes)
    if (returning !== undefined) {
      const { mark = noMark, seen } = returning
      Buffer.from(mark, 'base64url').copy(body, plainBytes, 0, markBytes)
      // More than fits is ahead of whatever was sent, as the most that fits is.
      const counted = seen === undefined ? notCounted : Math.min(seen, notCounted - 1)
      body.writeUIntBE(counted, plainBytes + markBytes, seenBytes)
    }
    const text = withName(processName, body.toString('base64url'))
    return text + this.#sign(text)
  }

  /** Whether a sid is one of ours, in time, and not known to have been used, here or in another process. */
  isGood(sid: string): boolean {
    const nameLength = sid.lastIndexOf('.') + 1
    if (!bodyLengths.includes(sid.length - nameLength - signatureLength) || this.#used.has(nameOf(sid))) return false
    const text = sid.slice(0, -signatureLength)
    const signature = Buffer.from(sid.slice(text.length))
    const expected = Buffer.from(this.#sign(text))
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return false
    const issued = Buffer.from(text.slice(nameLength), 'base64url').readUIntBE(randomBytesLength, timeBytes)
    // A little of the future is another process's clock.
    const age = this.#now() - issued
    return age <= tokenLifetimeMs && age >= -tokenLifetimeMs
  }

  /** What a returning client has said when it got a token; undefined for one that has said nothing. */
  returningBy(token: string): Returning | undefined {
    const body = Buffer.from(token.slice(token.lastIndexOf('.') + 1, -signatureLength), 'base64url')
    if (body.length !== returningBytes) return undefined
    const mark = body.subarray(plainBytes, plainBytes + markBytes).toString('base64url')
    const counted = body.readUIntBE(plainBytes + markBytes, seenBytes)
    return { mark: mark === noMark ? undefined : mark, seen: counted === notCounted ? undefined : counted }
  }

  /** A token has opened a socket, and opens no other: the name by which other processes may be told. */
  use(sid: string): string {
    const name = nameOf(sid)
    this.remember(name)
    return name
  }

  /** Remembers a used token by its name, until it would have expired. */
  remember(name: string): void {
    if (this.#used.has(name)) return
    const used = new UsedToken(() => this.#used.delete(name))
    this.#used.set(name, used)
    // Until the latest moment at which it could pass as good, by the clock of the process that issued it.
    this.#deadlines.arm(used.deadline, 2 * tokenLifetimeMs + 1000)
  }

  #sign(text: string): string {
    const signature = createHmac('sha256', this.#secret).update(text).digest()
    return signature.subarray(0, signatureBytes).toString('base64url')
  }
}

// A sid is a secret: messages between processes must not contain it.
function nameOf(sid: string): string {
  return createHash('sha256').update(sid).digest('base64url')
}

class UsedToken implements DeadlineOwner {
  readonly deadline = new Deadline(this)
  readonly deadlinePassed: () => void

  constructor(forget: () => void) {
    this.deadlinePassed = forget
  }
}
