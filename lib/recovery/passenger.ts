// Owns: how namespaces that a client of Socket.IO 4 had opened on its new connection go on, when an older
// client of its own takes that over: they are carried by it.
// Elsewhere: the older client (carrying-socket.ts).
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { Frame } from '../wire/v5/packet.js'
import type { MarkedOwner, Transport, TransportName } from '../transports/transport.js'

/** The owner of the connection. */
export interface PassengerHost {
  readonly transport: TransportName | undefined
  readonly isWritable: boolean
  /** How far the connection has got, with all that it carries. */
  readonly mark: number
  carry(frames: readonly Frame[], isUnmarked: boolean): boolean
  /** The passenger has closed its transport. */
  leftBy(passenger: Passenger): void
  askCarrying(): void
  pauseCarrying(): void
  resumeCarrying(): void
}

/** How far its owner had got when the connection had got to a place. */
interface Place {
  readonly at: number
  readonly mark: number
}

/** The socket that it carries. */
export interface PassengerOwner extends MarkedOwner {
  /** Nothing is kept that came before this mark. */
  readonly keptFrom: number
}

export class Passenger implements Transport<Frame> {
  readonly #owner: PassengerOwner
  #host: PassengerHost
  // The oldest first; swept whenever as many have come as were left the last time.
  #places: Place[] = []
  #sweepAt = 64
  /** Why it ends its whole connection: one that has nothing left to do does not. */
  endOfAll: DisconnectReason | undefined

  constructor(host: PassengerHost, owner: PassengerOwner) {
    this.#owner = owner
    this.#host = host
    this.board(host)
  }

  get host(): PassengerHost {
    return this.#host
  }

  /** Moves to a host. What its owner has sent so far counts as handed to that connection. */
  board(host: PassengerHost): void {
    this.#host = host
    this.#places = [{ at: host.mark, mark: this.#owner.mark }]
  }

  get name(): TransportName {
    return this.#host.transport ?? 'websocket'
  }

  get kind(): 'stream' {
    return 'stream'
  }

  get watchesItself(): true {
    return true
  }

  get isWritable(): boolean {
    return this.#host.isWritable
  }

  send(frames: readonly Frame[], isUnmarked = false): boolean {
    if (!isUnmarked) {
      const [at, mark] = [this.#host.mark, this.#owner.mark - frames.length]
      for (let count = 1; count <= frames.length; count++) this.#places.push({ at: at + count, mark: mark + count })
      if (this.#places.length > this.#sweepAt) this.#sweep()
    }
    return this.#host.carry(frames, isUnmarked)
  }

  /** The client has all that its connection was handed before a place. */
  confirmed(place: number): void {
    const reached = this.#places.findLast(({ at }) => at <= place)
    if (reached === undefined) return
    this.#places = this.#places.filter(({ at }) => at > place)
    this.#owner.confirmed(reached.mark)
  }

  /** What the connection was handed from a place on was not written. */
  unsent(place: number): void {
    const first = this.#places.find(({ at }) => at > place)
    if (first !== undefined) this.#owner.unsent(first.mark - 1)
  }

  // Drops the places of what its owner does not keep any more.
  #sweep(): void {
    const { keptFrom } = this.#owner
    this.#places = this.#places.filter(({ mark }) => mark > keptFrom)
    this.#sweepAt = Math.max(64, 2 * this.#places.length)
  }

  ask(): void {
    this.#host.askCarrying()
  }

  close(): void {
    this.#host.leftBy(this)
  }

  pause(): void {
    this.#host.pauseCarrying()
  }

  resume(): void {
    this.#host.resumeCarrying()
  }
}
