// Owns: what the soak with recovery sends: numbers from 0 on, to each client and in each namespace, all the time.
// Elsewhere: who receives them (recovery-soak.ts).
import { BaseNamespace, type DisconnectReason } from '../../lib/index.js'

/** All that have begun and not ended. */
export const numbering = new Set<Numbers>()

export class Numbers extends BaseNamespace {
  sent = 0

  override recv_connect(): void {
    numbering.add(this)
  }

  override recv_disconnect(reason: DisconnectReason): void {
    numbering.delete(this)
    super.recv_disconnect(reason)
  }

  next(): void {
    const number = this.sent++
    const text = 'x'.repeat(Math.floor(Math.random() * 200))
    if (number % 10 === 3) this.emit('number', number, Buffer.from(text))
    else this.emit('number', number, text)
  }

  /** How many there were, at a client's end. */
  on_last(): number {
    return this.sent
  }
}

/** Sends to about one in three. */
export function tellAll(): void {
  for (const each of numbering) if (Math.random() < 0.3) each.next()
}
