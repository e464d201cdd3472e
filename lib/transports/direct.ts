// Owns: a transport whose client is in this process, and reads and writes frames: the test kit's, without
// HTTP.
// Elsewhere: who opens it (server/inside.ts).
import type { Packet } from '../wire/packet.js'
import type { Transport, TransportOwner } from './transport.js'

/** How frames become text for the client, and back. */
export interface DirectWire<Frame> {
  /** What the client reads, in order. */
  parts(frame: Frame): readonly (string | Buffer)[]
  /** The packet that a part completes. @throws ProtocolError when it is none. */
  decode(part: string | Buffer): Packet | undefined
}

/** The client's end. */
export interface DirectPeer {
  told(part: string | Buffer): void
  over(): void
}

export class DirectTransport<Frame> implements Transport<Frame> {
  readonly name = 'websocket'
  readonly kind = 'stream'
  /** Nothing is lost on the way. */
  readonly watchesItself = true
  readonly #owner: TransportOwner
  readonly #wire: DirectWire<Frame>
  readonly #peer: DirectPeer
  // What the client has sent while reading was paused.
  #kept: (string | Buffer)[] = []
  #isPaused = false
  #isOver = false
  // A promise and nothing else: whatever a test has made of Node's timers, this goes on.
  #last = Promise.resolve()

  constructor(owner: TransportOwner, wire: DirectWire<Frame>, peer: DirectPeer) {
    this.#owner = owner
    this.#wire = wire
    this.#peer = peer
  }

  send(frames: readonly Frame[]): boolean {
    const parts = frames.flatMap((frame) => this.#wire.parts(frame))
    this.#later(() => {
      for (const part of parts) this.#peer.told(part)
    })
    return true
  }

  close(): void {
    this.#later(() => {
      this.lose()
    })
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#later(() => {
      for (const part of this.#kept.splice(0)) this.#take(part)
    })
  }

  /** The client has sent this. */
  receive(part: string | Buffer): void {
    this.#later(() => {
      this.#take(part)
    })
  }

  /** The connection is over. */
  lose(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#owner.released(this)
    this.#peer.over()
  }

  #take(part: string | Buffer): void {
    if (this.#isOver) return
    if (this.#isPaused) {
      this.#kept.push(part)
      return
    }
    let packet: Packet | undefined
    try {
      packet = this.#wire.decode(part)
    } catch (error) {
      this.#owner.reject(error as Error)
      return
    }
    if (packet !== undefined) this.#owner.receive(packet, part.length)
  }

  // Never within the caller's own call, and in order.
  #later(run: () => void): void {
    this.#last = this.#last.then(run)
  }
}
