// Owns: what scenarios do with a client, whatever carries it.
// Elsewhere: its ways (websocket-client.ts, polling-client.ts), what it says and hears (wires.ts).
import type { Wire } from './wires.js'

const joinId = 999_999

export abstract class Client {
  onAck: (id: number) => void = () => {}
  onEvent: () => void = () => {}
  /** Sees every packet of the server, to hold it against what was promised. */
  onPacket: ((packet: string) => void) | undefined
  protected readonly port: number
  protected readonly wire: Wire
  readonly #failed: (error: Error) => void
  #entered: (() => void) | undefined
  #joined: (() => void) | undefined
  #isGone = false

  constructor(port: number, wire: Wire, failed: (error: Error) => void) {
    this.port = port
    this.wire = wire
    this.#failed = failed
  }

  abstract send(packet: string): void
  /** Several packets at once, as those that a client has kept for the moment. */
  abstract sendAll(packets: readonly string[]): void
  protected abstract connect(): void
  protected abstract cut(): void

  /** Connects, and enters the namespace. */
  open(entered: () => void): void {
    this.#entered = entered
    this.connect()
  }

  join(room: string, joined: () => void): void {
    this.#joined = joined
    this.send(this.wire.join(joinId, room))
  }

  destroy(): void {
    this.#isGone = true
    this.cut()
  }

  protected fail(error: Error): void {
    if (!this.#isGone) this.#failed(error)
  }

  protected get isGone(): boolean {
    return this.#isGone
  }

  protected hear(packet: string): void {
    this.onPacket?.(packet)
    const heard = this.wire.hear(packet)
    if (heard === 'event') this.onEvent()
    else if (heard === joinId) this.#joined?.()
    else if (typeof heard === 'number') this.onAck(heard)
    else if (heard === 'opened') this.send(this.wire.enter)
    else if (heard === 'entered') this.#entered?.()
    else if (heard === 'ping') this.send(this.wire.pong)
    else if (heard === 'refused') this.fail(new Error(`expected no refusal, got ${packet}`))
  }
}
