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
const bodyLength = ((randomBytesLength + timeBytes) * 4) / 3
const signatureLength = Math.ceil((signatureBytes * 4) / 3)

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
   * A new sid: the name of the process that issues it, if it has one, 120 random bits, the time of issue, and
   * a signature of all.
   */
  issue(processName?: string): string {
    const body = Buffer.alloc(randomBytesLength + timeBytes)
    randomBytes(randomBytesLength).copy(body)
    body.writeUIntBE(this.#now(), randomBytesLength, timeBytes)
    const text = withName(processName, body.toString('base64url'))
    return text + this.#sign(text)
  }

  /** Whether a sid is one of ours, in time, and not known to have been used, here or in another process. */
  isGood(sid: string): boolean {
    const nameLength = sid.lastIndexOf('.') + 1
    if (sid.length - nameLength !== bodyLength + signatureLength || this.#used.has(nameOf(sid))) return false
    const text = sid.slice(0, -signatureLength)
    const signature = Buffer.from(sid.slice(text.length))
    const expected = Buffer.from(this.#sign(text))
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return false
    const issued = Buffer.from(text.slice(nameLength), 'base64url').readUIntBE(randomBytesLength, timeBytes)
    // A little of the future is another process's clock.
    const age = this.#now() - issued
    return age <= tokenLifetimeMs && age >= -tokenLifetimeMs
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
