// Owns: a client of Socket.IO 4 that comes back by a connect on a new connection: it takes that over, and
// waits to be asked for each of its namespaces.
// Elsewhere: which connect that is (clients/returning-client.ts), what else is on that connection
// (carrying-socket.ts), how it is lost (recoverable-socket.ts).
import { randomId } from '../support/ids.js'
import type { DisconnectReason, LossReason } from '../socket/lifecycle.js'
import { closeIfFull } from '../socket/full.js'
import { setImmediate } from '../support/environment.js'
import { frameOf, nobody, type Outgoing } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import { CarryingSocket } from './carrying-socket.js'
import type { RecoverableRegistry } from './keeper.js'
import { ready } from './keeping-wire.js'
import type { KeptFrame, RingEntry } from './kept-frame.js'
import { Parked } from './parked.js'
import { Passenger } from './passenger.js'

export class ReturningSocket extends CarryingSocket {
  set onLost(onLost: () => void) {
    this.travelMade.onLost = onLost
  }

  // Back.

  /** The newest connection wins: takes over that of a client that has just come. False when it cannot. */
  takeOver(fresh: ReturningSocket): boolean {
    const transport = fresh.link.transport
    if (transport === undefined || !this.mayResume) return false
    if (this.isHere) this.changeHands()
    // Its application may have ended it meanwhile, or the one that has just come.
    const isPossible = this.state === 'suspended' && this.link.isWhole && fresh.link.transport === transport
    if (!isPossible || !this.#takeNames(fresh)) {
      this.stayAway()
      return false
    }
    this.keeper.returned(this)
    fresh.link.release(transport)
    transport.serve?.(this)
    const { maxBufferedPackets } = this.settings
    this.travelMade.parked = new Parked(maxBufferedPackets, this.link.ringMade, this.endpoints)
    super.attach(transport)
    this.#carry(fresh)
    this.keeper.hooks.resumed(this.client as object)
    return true
  }

  /** On its connection, namespaces to which their client has not come back are given up after `handshakeTimeout`. */
  awaitClaims(): void {
    for (const { deadlines, deadline } of this.#keepers) deadlines.arm(deadline, this.settings.handshakeTimeout)
  }

  /** Stops that time, while connects of its client are held. */
  holdClaims(): void {
    for (const { deadlines, deadline } of this.#keepers) deadlines.disarm(deadline)
  }

  get #keepers(): readonly ReturningSocket[] {
    return (this.together as readonly ReturningSocket[]).filter(({ travel }) => travel?.parked !== undefined)
  }

  // What it carries needs a place of its own, under a name that nobody knows: false where there is none left.
  #takeNames(fresh: ReturningSocket): boolean {
    const registry = this.registry as RecoverableRegistry
    const name = randomId()
    if (fresh.hasAny) {
      if (!registry.hasRoom(fresh.address)) return false
      registry.hold(name, fresh.address)
    }
    this.sid = fresh.sid
    this.address = fresh.address
    fresh.sid = name
    registry.adopt(this, this.address)
    return true
  }

  // What it has opened is carried on.
  #carry(fresh: ReturningSocket): void {
    // Before anything is given up: application code that this calls may end any of them.
    this.take(fresh)
    for (const { socket } of this.carried) {
      for (const endpoint of socket.endpoints) {
        // Where its client has not asked for either, it may still say which one it means.
        if (this.keeps(endpoint) && (socket as ReturningSocket).#isAskedFor(endpoint)) this.giveUp(endpoint)
      }
    }
    if (this.isConnected) this.awaitClaims()
  }

  #isAskedFor(endpoint: string): boolean {
    return this.isIn(endpoint) && (!this.keeps(endpoint) || this.travel?.parked?.isClaimed(endpoint) === true)
  }

  /** What is kept for a namespace that its client is not back in yet; undefined for one that goes on. */
  parked(endpoint: string): readonly RingEntry[] | undefined {
    return this.travel?.parked?.of(endpoint)
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
    this.travel?.parked?.claim(endpoint)
  }

  /** Forgets what is kept for a namespace. */
  dropParked(endpoint: string): void {
    this.travel?.parked?.drop(endpoint)
    if (this.travel?.parked?.size !== 0) return
    this.travelMade.parked = undefined
    if (this.state === 'attached') this.deadlines.disarm(this.deadline)
  }

  /** Its client has not come back to a namespace, and does not: that is over. */
  giveUp(endpoint: string): void {
    this.dropParked(endpoint)
    this.keeper.hooks.notClaimed(this.client as object, endpoint)
  }

  /** What its client, on a newer connection, has missed of a namespace that has ended; taken out. */
  takeEnd(endpoint: string): readonly RingEntry[] {
    const taken = [...(this.link.ring?.takeOf(endpoint) ?? []), ...(this.parked(endpoint) ?? [])]
    this.dropParked(endpoint)
    this.endIfUseless()
    return taken
  }

  /** Ends if its client cannot come back to it. One that shares its connection ends with that. */
  endIfUseless(): void {
    if (!this.isOfUse && this.together.length === 1) this.lost('transport close')
  }

  override deadlinePassed(): void {
    const parked = this.travel?.parked
    if (parked === undefined || this.state !== 'attached') return super.deadlinePassed()
    for (const endpoint of parked.unclaimed()) if (parked.endOf(endpoint) === undefined) this.giveUp(endpoint)
  }

  // Away.

  override lost(reason: LossReason): void {
    const passed = reason === 'heartbeat timeout' ? reason : 'transport close'
    for (const socket of this.#leaveConnection()) if (socket.isConnected) socket.lost(passed)
    super.lost(reason)
  }

  // All that share its connection lose it. Those that the client asks for in the same turn are never counted as
  // away.
  protected override changeHands(): void {
    const host = this.host as ReturningSocket
    const carried = host.#leaveConnection()
    for (const socket of carried) socket.#leaveConnection()
    for (const socket of [...carried, host]) socket.#changeHandsAlone()
  }

  #changeHandsAlone(): void {
    super.changeHands()
    setImmediate(() => {
      if (this.state === 'suspended') this.endIfUseless()
      this.stayAway()
    })
  }

  // Gives what it has carried.
  #leaveConnection(): readonly ReturningSocket[] {
    this.travel?.onLost?.()
    // What the old connection still brings is not for the new one.
    this.link.transport?.serve?.(nobody)
    this.travel?.parked?.putBack(this.link.ringMade)
    if (this.travel !== undefined) this.travel.parked = undefined
    return this.dropCarried() as readonly ReturningSocket[]
  }

  override close(reason: DisconnectReason, farewell?: Packet): void {
    const { transport } = this.link
    if (transport instanceof Passenger) transport.endOfAll = reason
    this.#tellEnds()
    for (const { socket } of this.carried) (socket as ReturningSocket).#tellEnds()
    super.close(reason, farewell)
    if (this.state === 'suspended' || this.state === 'attached') return
    for (const { socket } of this.leaveCarried()) socket.close(reason)
  }

  // Sends the ends that its client has not received yet. Without them it would enter these namespaces anew.
  #tellEnds(): void {
    if (this.state === 'attached') for (const end of this.travel?.parked?.ends() ?? []) super.send(ready(end))
  }

  // In and out.

  override receive(packet: Packet, bytes = 0): void {
    const { endpoint, type } = packet
    // The application has not said yet whether it is its client.
    if (type === 'ack' && this.ownerOf(endpoint).keeps(endpoint)) this.owner.receive(packet, bytes)
    else super.receive(packet, bytes)
  }

  override send(packet: Outgoing): void {
    const parked = this.travel?.parked
    if (parked === undefined || !this.isConnected) return super.send(packet)
    const kept = frameOf(this.settings.wire, packet)
    if (kept.kind === 'passing' || !parked.has(kept.endpoint)) super.send(ready(kept))
    else if (!parked.add(kept)) this.giveUp(kept.endpoint)
  }

  override sendVolatile(packet: Outgoing): void {
    const parked = this.travel?.parked
    if (parked === undefined || !this.isWritable) return super.sendVolatile(packet)
    const kept = frameOf(this.settings.wire.volatile, packet)
    if (!parked.has(kept.endpoint)) closeIfFull(this, this.link.send(kept))
  }
}
