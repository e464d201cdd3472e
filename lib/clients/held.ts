// Owns: packets of a client that wait while the application is asked whether it is who it says.
// Elsewhere: what is asked (returning-client.ts).
import { endAtLimit } from '../socket/full.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import type { Packet } from '../wire/packet.js'

export interface HeldPacket {
  readonly packet: Packet
  readonly bytes: number
}

interface Holder {
  readonly virtualSocket: VirtualSocket
  readonly app: { readonly maxQueuedEvents: number; readonly maxQueuedBytes: number }
}

/** How many bytes wait for one client. */
export interface Weight {
  bytes: number
}

export class Held {
  readonly #holder: Holder
  readonly #weight: Weight
  #packets: HeldPacket[] = []
  #whenEnded: (() => void) | undefined

  /** @param weight of all that wait for one client. */
  constructor(holder: Holder, weight: Weight) {
    this.#holder = holder
    this.#weight = weight
  }

  /** Keeps one more. A client that sends more than may wait is ended. */
  add(packet: Packet, bytes: number): void {
    const { virtualSocket, app } = this.#holder
    this.#packets.push({ packet, bytes })
    this.#weight.bytes += bytes
    if (this.#packets.length <= app.maxQueuedEvents && this.#weight.bytes <= app.maxQueuedBytes) return
    this.takeAll()
    endAtLimit(virtualSocket, 'expected fewer packets before its connect is accepted (maxQueuedEvents, maxQueuedBytes)')
  }

  /** Waits for the application's answer, or for the end of the namespace that it is asked about. */
  until(answer: Promise<unknown>): Promise<unknown> {
    const ended = new Promise<void>((resolve) => {
      this.#whenEnded = resolve
    })
    return Promise.race([answer, ended])
  }

  /** That namespace has ended. */
  end(): void {
    this.#whenEnded?.()
  }

  /** In the order in which they came. */
  takeAll(): readonly HeldPacket[] {
    for (const { bytes } of this.#packets) this.#weight.bytes -= bytes
    return this.#packets.splice(0)
  }
}

/** What a client has that comes back, or wants to. */
export interface Return {
  /** What comes while it is asked whether this connection may be an earlier client's. */
  held: Held | undefined
  /** What comes for each namespace while it is asked whether that may be its own again. */
  readonly heldFor: Map<string, Held>
  readonly weight: Weight
  /** Of the connection that it is back by. */
  request: unknown
  /** How many connections have asked to be its own, and which of them it was given to last. */
  asked: number
  granted: number
}
