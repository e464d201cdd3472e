// Owns: what shares the connection of a client of Socket.IO 4 that has come back: namespaces that it had opened
// on that before, with the client that they belong to.
// Elsewhere: how they send (passenger.ts), how it comes back (returning-socket.ts).
import { drain } from '../socket/drain.js'
import type { Transport } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Frame } from '../wire/v5/packet.js'
import { Passenger, type PassengerHost } from './passenger.js'
import { RecoverableSocket } from './recoverable-socket.js'
import type { Carried, Travel } from './travel.js'

type Load = readonly Carried<CarryingSocket>[]

const none: Load = []

export class CarryingSocket extends RecoverableSocket implements PassengerHost {
  protected travel: Travel<CarryingSocket> | undefined

  protected get travelMade(): Travel<CarryingSocket> {
    return (this.travel ??= { onLost: undefined, parked: undefined, carried: none })
  }

  get endpoints(): readonly string[] {
    return this.client === undefined ? [] : this.keeper.hooks.endpointsOf(this.client)
  }

  /** Whether its client has a namespace, or has not received the end of one. */
  protected get hasAny(): boolean {
    return this.endpoints.length > 0 || this.travel?.parked !== undefined
  }

  /** The one that has the connection: itself, or the one that carries it. */
  get host(): CarryingSocket {
    const { transport } = this.link
    return transport instanceof Passenger ? (transport.host as CarryingSocket) : this
  }

  /** All that share its connection. */
  get together(): readonly CarryingSocket[] {
    const { host } = this
    return [host, ...host.carried.map(({ socket }) => socket)]
  }

  protected get carried(): Load {
    return this.travel?.carried ?? none
  }

  /**
   * The socket to which packets for this namespace go, among all that share its connection: the one in which
   * its client is, before those to which it may come back, and those whose end still runs.
   */
  ownerOf(endpoint: string): CarryingSocket {
    if (this.carried.length === 0) return this
    const { together } = this
    const isIn = together.filter((socket) => socket.isIn(endpoint))
    const there = isIn.find((socket) => !socket.keeps(endpoint)) ?? isIn[0]
    return there ?? together.find((socket) => socket.keeps(endpoint) || socket.isEnding(endpoint)) ?? this
  }

  /** Whether the end of this namespace still runs. */
  isEnding(endpoint: string): boolean {
    return this.endpoints.includes(endpoint) && !this.isIn(endpoint)
  }

  /** Whether its client is in this namespace, or may come back to it. */
  protected isIn(endpoint: string): boolean {
    return this.client !== undefined && this.keeper.hooks.isIn(this.client, endpoint)
  }

  /** Whether something is kept for this namespace, to which its client has not come back. */
  keeps(endpoint: string): boolean {
    return this.travel?.parked?.has(endpoint) === true
  }

  /** Carries one that had its connection before it, and what that has carried. One that has nothing is over. */
  protected take(fresh: CarryingSocket): void {
    // What was asked before counts for nothing that comes now.
    this.link.skip()
    const load = fresh.leaveCarried()
    for (const { passenger } of load) passenger.board(this)
    this.travelMade.carried = [...this.carried, ...load]
    fresh.#readAlone()
    if (fresh.hasAny) {
      const passenger = new Passenger(this, fresh)
      this.travelMade.carried = [...this.carried, { socket: fresh, passenger }]
      fresh.attach(passenger)
    } else fresh.close('transport close')
    if (this.#isCarriedShut) this.pauseReading()
    else if (!this.#isShut) this.link.transport?.resume()
  }

  /** Takes out what it carries. */
  protected leaveCarried(): Load {
    const { carried } = this
    if (this.travel !== undefined) this.travel.carried = none
    return carried
  }

  /** The connection is lost to it, and to what it carries: takes that out. */
  protected dropCarried(): readonly CarryingSocket[] {
    const carried = this.leaveCarried().map(({ socket }) => socket)
    // Before any of them is told: what they then send to each other waits.
    for (const { link } of carried.length > 0 ? [this, ...carried] : carried) link.drop()
    this.#readAlone()
    return carried
  }

  /** What it carries is served to the end as well: all of it goes at once. */
  override drain(gone: () => void): void {
    if (this.state === 'suspended') return super.drain(gone)
    const finish = (done: () => void): void => {
      const all: readonly CarryingSocket[] = [this, ...this.carried.map(({ socket }) => socket)]
      let left = all.length
      const oneDone = (): void => {
        if (--left === 0) done()
      }
      for (const { owner } of all) owner.finish(oneDone)
    }
    drain({ socket: this, link: this.link, owner: { finish } }, gone)
  }

  override receive(packet: Packet, bytes = 0): void {
    const { endpoint, type } = packet
    const owner = this.ownerOf(endpoint)
    // What a connect says of other connections, and what is not for a namespace that its client is back in, is
    // for the client that has this one.
    if (owner === this || type === 'connect' || owner.keeps(endpoint)) super.receive(packet, bytes)
    else owner.receive(packet, bytes)
  }

  override renamed(transport: Transport): void {
    super.renamed(transport)
    for (const { socket, passenger } of this.carried) socket.renamed(passenger)
  }

  override confirmed(mark: number): void {
    super.confirmed(mark)
    for (const { passenger } of this.carried) passenger.confirmed(mark)
  }

  override unsent(mark: number): void {
    super.unsent(mark)
    for (const { passenger } of this.carried) passenger.unsent(mark)
  }

  // What its passengers say.

  carry(frames: readonly Frame[], isUnmarked: boolean): boolean {
    const isTaken = this.link.carryFor(frames, isUnmarked)
    this.relieve()
    return isTaken
  }

  leftBy(passenger: Passenger): void {
    const left = this.carried.find((carried) => carried.passenger === passenger)
    if (left === undefined) return
    this.travelMade.carried = this.carried.filter((carried) => carried !== left)
    if (left.socket.state === 'closed' && passenger.endOfAll !== undefined) this.close(passenger.endOfAll)
    else this.resumeCarrying()
  }

  askCarrying(): void {
    this.link.transport?.ask?.()
  }

  // Nothing is read for any of them while one has too much to do.

  pauseCarrying(): void {
    this.pauseReading()
  }

  resumeCarrying(): void {
    if (!this.#isStopped) super.resumeReading()
  }

  override resumeReading(): void {
    this.resumeCarrying()
    // Its host is asked once more: until now the gate was shut.
    if (this.link.transport instanceof Passenger) this.link.transport.resume()
  }

  // It carries nothing any more: its gate opens, if only that had shut it.
  #readAlone(): void {
    if (this.#isShut && !this.#isStopped) this.readGate?.open()
  }

  get #isStopped(): boolean {
    return this.#isCarriedShut || (this.client !== undefined && this.keeper.hooks.isStopped(this.client))
  }

  get #isCarriedShut(): boolean {
    return this.carried.some(({ socket }) => socket.#isShut)
  }

  get #isShut(): boolean {
    return this.readGate?.isOpen === false
  }
}
