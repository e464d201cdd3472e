// Owns: how namespaces that a client of Socket.IO 4 had opened on its new connection go on, when an older
// client of its own takes that over: they are carried by it.
// Elsewhere: the older client (returning-socket.ts).
import type { Frame } from '../wire/v5/packet.js'
import type { MarkedOwner, Transport, TransportName } from '../transports/transport.js'

/** The owner of the connection. */
export interface PassengerHost {
  readonly transport: TransportName | undefined
  readonly isWritable: boolean
  carry(frames: readonly Frame[]): boolean
  /** The passenger has closed its transport. */
  leftBy(passenger: Passenger): void
  pauseCarrying(): void
  resumeCarrying(): void
}

export class Passenger implements Transport<Frame> {
  host: PassengerHost
  /** Whether it ends its whole connection: one that has nothing left to do does not. */
  isEndOfAll = false
  // How far it was when the last two answers of the client came.
  #before: number | undefined
  #beforeThat: number | undefined

  constructor(host: PassengerHost) {
    this.host = host
  }

  get name(): TransportName {
    return this.host.transport ?? 'websocket'
  }

  get kind(): 'stream' {
    return 'stream'
  }

  get watchesItself(): true {
    return true
  }

  get isWritable(): boolean {
    return this.host.isWritable
  }

  send(frames: readonly Frame[]): boolean {
    return this.host.carry(frames)
  }

  /**
   * The client has said that it has got something: whatever that was, it has been asked for it after what it
   * said two times before, as no more than two questions are on their way at a time.
   */
  confirmed(owner: MarkedOwner): void {
    if (this.#beforeThat !== undefined) owner.confirmed(this.#beforeThat)
    this.#beforeThat = this.#before
    this.#before = owner.mark
  }

  close(): void {
    this.host.leftBy(this)
  }

  pause(): void {
    this.host.pauseCarrying()
  }

  resume(): void {
    this.host.resumeCarrying()
  }
}
