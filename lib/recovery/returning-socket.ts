// Owns: a client of Socket.IO 4 that comes back by a connect on a new connection: it takes that over, and
// waits to be asked for each of its namespaces.
// Elsewhere: which connect that is (clients/returning-client.ts), how it is lost (recoverable-socket.ts).
import { randomId } from '../support/ids.js'
import type { DisconnectReason, LossReason } from '../socket/lifecycle.js'
import { drain } from '../socket/drain.js'
import { closeIfFull } from '../socket/full.js'
import { frameOf, nobody, type Outgoing } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Frame } from '../wire/v5/packet.js'
import type { RecoverableRegistry } from './keeper.js'
import { ready } from './keeping-wire.js'
import type { KeptFrame, RingEntry } from './kept-frame.js'
import { Parked } from './parked.js'
import { Passenger, type PassengerHost } from './passenger.js'
import { RecoverableSocket } from './recoverable-socket.js'
import type { Carried, Travel } from './travel.js'

const none: readonly Carried<ReturningSocket>[] = []

export class ReturningSocket extends RecoverableSocket implements PassengerHost {
  #travel: Travel<ReturningSocket> | undefined

  set onLost(onLost: () => void) {
    this.#made.onLost = onLost
  }

  get #made(): Travel<ReturningSocket> {
    return (this.#travel ??= { onLost: undefined, parked: undefined, carried: none })
  }

  get #carried(): readonly Carried<ReturningSocket>[] {
    return this.#travel?.carried ?? none
  }

  get #endpoints(): readonly string[] {
    return this.client === undefined ? [] : this.keeper.hooks.endpointsOf(this.client)
  }

  /** All that share its connection. */
  get together(): readonly ReturningSocket[] {
    const { transport } = this.link
    const host = transport instanceof Passenger ? (transport.host as ReturningSocket) : this
    return [host, ...host.#carried.map(({ socket }) => socket)]
  }

  // Back.

  /** The newest connection wins: takes over that of a client that has just come. False when it cannot. */
  takeOver(fresh: ReturningSocket): boolean {
    const transport = fresh.link.transport
    if (transport === undefined || !this.mayResume) return false
    if (this.isHere) this.changeHands()
    // Its application may have ended it meanwhile, or the one that has just come.
    if (this.state !== 'suspended' || !this.link.isWhole || fresh.link.transport !== transport) {
      this.stayAway()
      return false
    }
    this.keeper.returned(this)
    this.#takeNames(fresh)
    fresh.link.release(transport)
    transport.serve?.(this)
    const { maxBufferedPackets } = this.settings
    this.#made.parked = new Parked(maxBufferedPackets, this.link.ringMade, this.#endpoints)
    super.attach(transport)
    this.deadlines.arm(this.deadline, this.settings.handshakeTimeout)
    this.#carry(fresh)
    this.keeper.hooks.resumed(this.client as object)
    return true
  }

  #takeNames(fresh: ReturningSocket): void {
    this.sid = fresh.sid
    this.address = fresh.address
    // What ends under this name has nothing to give up.
    fresh.sid = randomId()
    ;(this.registry as RecoverableRegistry).adopt(this, this.address)
  }

  // What it has opened is carried on; one that has opened nothing is over.
  #carry(fresh: ReturningSocket): void {
    for (const carried of fresh.#takeCarried()) {
      carried.passenger.host = this
      this.#made.carried = [...this.#carried, carried]
    }
    const endpoints = fresh.#endpoints
    if (endpoints.length === 0) {
      fresh.close('transport close')
      return
    }
    // It has asked for these anew.
    for (const endpoint of endpoints) if (this.#travel?.parked?.has(endpoint) === true) this.giveUp(endpoint)
    const passenger = new Passenger(this)
    this.#made.carried = [...this.#carried, { socket: fresh, passenger }]
    fresh.attach(passenger)
  }

  /** What is kept for a namespace that its client is not back in yet; undefined for one that goes on. */
  parked(endpoint: string): readonly RingEntry[] | undefined {
    return this.#travel?.parked?.of(endpoint)
  }

  /** Sends these, and from now on whatever is sent to that namespace. */
  unpark(endpoint: string, frames: readonly KeptFrame[]): void {
    this.dropParked(endpoint)
    for (const kept of frames) super.send(ready(kept))
  }

  /**
   * Its client has come back to a namespace, and the application is asked: that takes the time that it takes.
   */
  claim(endpoint: string): void {
    this.#travel?.parked?.claim(endpoint)
  }

  /** Forgets what is kept for a namespace. */
  dropParked(endpoint: string): void {
    this.#travel?.parked?.drop(endpoint)
    if (this.#travel?.parked?.size !== 0) return
    this.#made.parked = undefined
    if (this.state === 'attached') this.deadlines.disarm(this.deadline)
  }

  /** Its client has not come back to a namespace, and does not: that is over. */
  giveUp(endpoint: string): void {
    this.dropParked(endpoint)
    this.keeper.hooks.notClaimed(this.client as object, endpoint)
  }

  /** What its client, on a newer connection, has missed of a namespace that has ended; taken out. */
  takeEnd(endpoint: string): readonly RingEntry[] {
    if (this.isHere && this.mayResume) {
      this.changeHands()
      this.stayAway()
    }
    const taken = this.link.ring?.takeOf(endpoint) ?? []
    if (!this.isOfUse) this.lost('transport close')
    return taken
  }

  override deadlinePassed(): void {
    const parked = this.#travel?.parked
    if (parked === undefined || this.state !== 'attached') return super.deadlinePassed()
    for (const endpoint of parked.unclaimed()) if (parked.endOf(endpoint) === undefined) this.giveUp(endpoint)
  }

  // Away.

  override lost(reason: LossReason): void {
    this.#leaveConnection(reason)
    super.lost(reason)
  }

  protected override changeHands(): void {
    this.#leaveConnection('transport close')
    super.changeHands()
  }

  #leaveConnection(reason: LossReason): void {
    this.#travel?.onLost?.()
    // What the old connection still brings is not for the new one.
    this.link.transport?.serve?.(nobody)
    this.#travel?.parked?.putBack(this.link.ringMade)
    if (this.#travel !== undefined) this.#travel.parked = undefined
    const passed = reason === 'heartbeat timeout' ? reason : 'transport close'
    for (const { socket, passenger } of this.#takeCarried()) socket.released(passenger, passed)
  }

  override close(reason: DisconnectReason, farewell?: Packet): void {
    const { transport } = this.link
    if (transport instanceof Passenger) transport.isEndOfAll = this.#endpoints.length > 0
    // Those that it is not back in would not be told: it would come again, as a new one.
    if (this.state === 'attached') for (const end of this.#travel?.parked?.ends() ?? []) super.send(ready(end))
    super.close(reason, farewell)
    if (this.state === 'suspended' || this.state === 'attached') return
    for (const { socket } of this.#takeCarried()) socket.close(reason)
  }

  /** What it carries is served to the end as well: all of it goes at once. */
  override drain(gone: () => void): void {
    if (this.state === 'suspended') return super.drain(gone)
    const finish = (done: () => void): void => {
      const all: readonly ReturningSocket[] = [this, ...this.#carried.map(({ socket }) => socket)]
      let left = all.length
      const oneDone = (): void => {
        if (--left === 0) done()
      }
      for (const { owner } of all) owner.finish(oneDone)
    }
    drain({ socket: this, link: this.link, owner: { finish } }, gone)
  }

  #takeCarried(): readonly Carried<ReturningSocket>[] {
    const carried = this.#carried
    if (this.#travel !== undefined) this.#travel.carried = none
    return carried
  }

  // In and out.

  override receive(packet: Packet, bytes = 0): void {
    const { endpoint, type } = packet
    for (const { socket } of this.#travel?.carried ?? none) {
      if (socket.#endpoints.includes(endpoint)) return socket.receive(packet, bytes)
    }
    // The application has not said yet whether it is its client.
    if (type === 'ack' && this.#travel?.parked?.has(endpoint) === true) this.owner.receive(packet, bytes)
    else super.receive(packet, bytes)
  }

  override send(packet: Outgoing): void {
    const parked = this.#travel?.parked
    if (parked === undefined || !this.isConnected) return super.send(packet)
    const kept = frameOf(this.settings.wire, packet)
    if (kept.kind === 'passing' || !parked.has(kept.endpoint)) super.send(ready(kept))
    else if (!parked.add(kept)) this.giveUp(kept.endpoint)
  }

  override sendVolatile(packet: Outgoing): void {
    const parked = this.#travel?.parked
    if (parked === undefined || !this.isWritable) return super.sendVolatile(packet)
    const kept = frameOf(this.settings.wire.volatile, packet)
    if (!parked.has(kept.endpoint)) closeIfFull(this, this.link.send(kept))
  }

  override confirmed(mark: number): void {
    super.confirmed(mark)
    for (const { socket, passenger } of this.#travel?.carried ?? none) passenger.confirmed(socket)
  }

  carry(frames: readonly Frame[]): boolean {
    return this.link.transport?.send(frames, true) ?? true
  }

  leftBy(passenger: Passenger): void {
    const left = this.#carried.find((carried) => carried.passenger === passenger)
    if (left === undefined) return
    this.#made.carried = this.#carried.filter((carried) => carried !== left)
    if (left.socket.state === 'closed' && passenger.isEndOfAll) this.close('server namespace disconnect')
  }

  pauseCarrying(): void {
    this.link.transport?.pause()
  }

  resumeCarrying(): void {
    if (this.readGate?.isOpen !== false) this.link.transport?.resume()
  }
}
