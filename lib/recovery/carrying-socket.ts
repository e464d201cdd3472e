// Owns: what shares the connection of a client of Socket.IO 4 that has come back: namespaces that it had opened
// on that before, with the client that they belong to.
// Elsewhere: how they send (passenger.ts), how it comes back (returning-socket.ts).
import { drain } from '../socket/drain.js'
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

  protected get endpoints(): readonly string[] {
    return this.client === undefined ? [] : this.keeper.hooks.endpointsOf(this.client)
  }

  /** All that share its connection. */
  get together(): readonly CarryingSocket[] {
    const { transport } = this.link
    const host = transport instanceof Passenger ? (transport.host as CarryingSocket) : this
    return [host, ...host.carried.map(({ socket }) => socket)]
  }

  protected get carried(): Load {
    return this.travel?.carried ?? none
  }

  /** Carries one that had its connection before it, and what that has carried. */
  protected take(fresh: CarryingSocket): void {
    // What was asked before counts for nothing that comes now.
    this.link.skip()
    for (const carried of fresh.leaveCarried()) {
      carried.passenger.board(this)
      this.travelMade.carried = [...this.carried, carried]
    }
    if (fresh.endpoints.length === 0) return
    const passenger = new Passenger(this, fresh)
    this.travelMade.carried = [...this.carried, { socket: fresh, passenger }]
    fresh.attach(passenger)
  }

  /** What it has carried: it does not any more. */
  protected leaveCarried(): Load {
    const { carried } = this
    if (this.travel !== undefined) this.travel.carried = none
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
    for (const { socket } of this.carried) {
      if (socket.endpoints.includes(packet.endpoint)) return socket.receive(packet, bytes)
    }
    super.receive(packet, bytes)
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
    return this.link.carryFor(frames, isUnmarked)
  }

  leftBy(passenger: Passenger): void {
    const left = this.carried.find((carried) => carried.passenger === passenger)
    if (left === undefined) return
    this.travelMade.carried = this.carried.filter((carried) => carried !== left)
    if (left.socket.state === 'closed' && passenger.isEndOfAll) this.close('server namespace disconnect')
  }

  askCarrying(): void {
    this.link.transport?.ask?.()
  }

  pauseCarrying(): void {
    this.link.transport?.pause()
  }

  resumeCarrying(): void {
    if (this.readGate?.isOpen !== false) this.link.transport?.resume()
  }
}
