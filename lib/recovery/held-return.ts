// Owns: a client that has come back, until the application has let it in: its connection, and what it sends
// meanwhile.
// Elsewhere: what becomes of it (recoverable-socket.ts).
import type { Transport } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Coming } from './keeper.js'

/** How many of its packets are held. */
const mostPackets = 1_000

export class HeldReturn {
  transport: Transport | undefined
  readonly coming: Coming
  /** The application has let it in; its next poll is still to come. */
  isAllowed = false
  readonly packets: { readonly packet: Packet; readonly bytes: number }[] = []
  readonly #mostBytes: number
  #bytes = 0

  constructor(transport: Transport, coming: Coming, mostBytes: number) {
    this.transport = transport
    this.coming = coming
    this.#mostBytes = mostBytes
  }

  /** Keeps a packet: false when that are too many. */
  hold(packet: Packet, bytes: number): boolean {
    this.packets.push({ packet, bytes })
    this.#bytes += bytes
    return this.packets.length <= mostPackets && this.#bytes <= this.#mostBytes
  }

  /** A newer poll has come in place of the one before. */
  replace(transport: Transport): void {
    this.transport?.close()
    this.transport = transport
    if (!this.isAllowed) transport.pause()
  }
}
