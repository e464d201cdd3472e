// Owns: one socket's membership of one endpoint: what an adapter calls a socket.
// Elsewhere: the namespace of that socket, which may not exist yet, and its stage of life (clients/instance.ts).
import { ClosedError } from '../support/errors.js'
import { ackIds, type AckWaiter } from '../socket/acks.js'
import { closeAsFull } from '../socket/full.js'
import type { Environ } from '../socket/environ.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import type { Encoded, Outgoing } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import { adapterWaiter, type AdapterAck } from './adapter-acks.js'
import { Broadcast } from './broadcast.js'
import type { Endpoint } from './endpoint.js'
import { checkData, shownData, shownEnviron, type DataReporter } from './published-data.js'
import { complain, joinOwnRoom, joinRooms, leaveAllRooms, leaveRooms, roomsOf } from './room-changes.js'

/** What becomes of a packet for a member: it is sent, held until the connect is confirmed, or dropped. */
export type Delivery = 'now' | 'held' | 'dropped'

/** What a member may do and be sent, at its owner's stage of life. */
export interface Standing {
  /** Whether fetchSockets, counts and acks of many include it. */
  readonly isListed: boolean
  /** Its name. */
  readonly state: string
  /** What becomes of broadcasts, and of what its own namespace sends. */
  readonly broadcasts: Delivery
  readonly sends: Delivery
  readonly mayAct: boolean
}

/** Whose membership it is. */
export interface MemberOwner {
  /** What adapters read of the request behind the socket. */
  readonly handshake: Environ
  readonly standing: Standing
  /** The object of the application's class, if there is one. */
  readonly namespace: object | undefined
  /** Where a failure of the application's is reported. */
  readonly calls: DataReporter
  /** What is not done yet of what its client has sent, or undefined. */
  activity(withJobs: boolean): string | undefined
  /** What subscribers of diagnostics channels see of it. */
  readonly socket: object
  /** So many more bytes are held for the client, or fewer: false when there are too many. */
  holds(bytes: number): boolean
  /** An adapter disconnects it, from here or from another process. */
  kick(closeSocket: boolean): void
}

const tooMuchHeld = 'expected less to wait until its connect is accepted (maxBufferedPackets, maxQueuedBytes)'

const nothing: ReadonlySet<string> = new Set()
const noPackets: readonly Encoded[] = []

export class Member {
  /** The public id of the socket: 20 characters, as adapters need them. */
  readonly id: string
  readonly #virtualSocket: VirtualSocket
  readonly endpoint: Endpoint
  readonly #owner: MemberOwner
  // There while something is held (bench: memory).
  #held: { readonly packets: Encoded[]; bytes: number } | undefined
  #data: object | undefined

  constructor(id: string, socket: VirtualSocket, endpoint: Endpoint, owner: MemberOwner) {
    this.id = id
    this.#virtualSocket = socket
    this.endpoint = endpoint
    this.#owner = owner
    endpoint.sockets.set(id, this)
    joinOwnRoom(this)
  }

  /** What is not done yet of what its client has sent, or undefined. */
  activity(withJobs: boolean): string | undefined {
    return this.#owner.activity(withJobs)
  }

  /** Sends a packet that many get. What cannot be encoded for its wire keeps nobody else from it. */
  send(packet: Outgoing, isVolatile = false): void {
    const { broadcasts } = this.#owner.standing
    try {
      if (isVolatile) {
        if (broadcasts === 'now') this.#virtualSocket.sendVolatile(packet)
      } else if (broadcasts === 'now') this.#virtualSocket.send(packet)
      else if (broadcasts === 'held') this.#hold(packet)
    } catch (error) {
      if (!(packet instanceof Broadcast) || !packet.hasFailed) throw error
      // Nobody waits for its answer.
      if (packet.packet.id !== undefined) this.#virtualSocket.acks.cancel(Number(packet.packet.id))
      this.endpoint.notEncoded(packet, error)
    }
  }

  /** Sends a packet of its own namespace. */
  sendOwn(packet: Outgoing): void {
    const { sends } = this.#owner.standing
    if (sends === 'now') this.#virtualSocket.send(packet)
    else if (sends === 'held') this.#hold(packet)
  }

  // Encoded now: what cannot be encoded throws where it was sent.
  #hold(packet: Outgoing): void {
    const encoded = this.#virtualSocket.encoded(packet)
    const held = (this.#held ??= { packets: [], bytes: 0 })
    if (held.packets.length >= this.endpoint.server.maxHeldPackets || !this.#owner.holds(encoded.bytes)) {
      closeAsFull(this.#virtualSocket, tooMuchHeld)
      return
    }
    held.bytes += encoded.bytes
    held.packets.push(encoded)
  }

  /** Sends the confirmation of its connect, if one is due, and then what was held. */
  confirm(confirmation?: Outgoing): void {
    const held = this.#held === undefined ? noPackets : this.#takeHeld()
    if (confirmation !== undefined) this.#virtualSocket.send(confirmation)
    for (const packet of held) this.#virtualSocket.send(packet)
  }

  #takeHeld(): readonly Encoded[] {
    const held = this.#held
    if (held === undefined) return noPackets
    this.#held = undefined
    this.#owner.holds(-held.bytes)
    return held.packets
  }

  /** Sends an event of its own namespace, and with a waiter expects its ack. */
  emit(name: string, args: readonly unknown[], waiter?: AckWaiter, timeoutMs?: number): void {
    const event = { type: 'event', endpoint: this.endpoint.endpoint, name, args } as const
    if (waiter === undefined) this.sendOwn(event)
    else this.ask(event, 'data', waiter, timeoutMs)
  }

  /** Sends a packet and expects the client's ack. It is encoded first: what cannot be sent is not waited for. */
  ask(packet: Packet, ack: true | 'data', waiter: AckWaiter, timeoutMs?: number): void {
    const id = ackIds.next++
    const encoded = this.#virtualSocket.encoded({ ...packet, id: String(id), ack })
    // What a toJSON() of the application's has done may have been to end it.
    if (!this.mayAct) return waiter.failed(new ClosedError())
    this.#virtualSocket.acks.expect(id, waiter, timeoutMs, this)
    this.sendOwn(encoded)
  }

  /** Joins a room, or several. @throws UsageError SIO_USAGE_ROOMS (as a rejection), as joinRooms() does. */
  joinRooms(rooms: string | readonly string[]): Promise<void> {
    return joinRooms(this, rooms)
  }

  /** Leaves a room, or several. @throws UsageError SIO_USAGE_ROOMS (as a rejection), as leaveRooms() does. */
  leaveRooms(rooms: string | readonly string[]): Promise<void> {
    return leaveRooms(this, rooms)
  }

  get mayAct(): boolean {
    return this.#owner.standing.mayAct
  }

  get isListed(): boolean {
    return this.#owner.standing.isListed
  }

  /** What its namespace has as `this.data`; made when somebody asks. */
  get ownData(): object {
    return (this.#data ??= {})
  }

  /** @throws UsageError SIO_USAGE_DATA for anything but an object. */
  set ownData(data: object) {
    this.#data = checkData(data)
  }

  /** Its namespace, while that is open. */
  get opened(): object | undefined {
    const { standing, namespace } = this.#owner
    return standing.state === 'open' ? namespace : undefined
  }

  get socket(): object {
    return this.#owner.socket
  }

  /** The rooms that it is in. */
  get joined(): ReadonlySet<string> {
    return roomsOf(this.endpoint, this.id) ?? nothing
  }

  /** Its client has left, or is not to get what was held: that is forgotten, and so are the acks that it owes. */
  forget(): void {
    if (this.#held !== undefined) this.#takeHeld()
    this.#virtualSocket.closeAcksOf(this)
  }

  /** Leaves everything. */
  remove(): void {
    this.endpoint.sockets.delete(this.id)
    leaveAllRooms(this)
  }

  // What adapters touch, in their words. They wait for nothing, so nothing is thrown at them.

  join(rooms: string | readonly string[]): void {
    this.joinRooms(rooms).catch(complain)
  }

  leave(rooms: string | readonly string[]): void {
    this.leaveRooms(rooms).catch(complain)
  }

  /** None while it is not listed: fetchSockets leaves out those that are not in their own room. */
  get rooms(): ReadonlySet<string> {
    return this.isListed ? this.joined : nothing
  }

  /** What adapters carry to other processes. */
  get data(): object {
    return this.#data === undefined ? {} : shownData(this, this.#data, this.#owner.calls)
  }

  get handshake(): Environ {
    return shownEnviron(this.#owner.handshake)
  }

  get client(): Pick<Member, 'writeToEngine'> {
    return this
  }

  writeToEngine([broadcast]: readonly Broadcast[], { volatile }: { volatile?: boolean }): void {
    if (broadcast !== undefined) this.send(broadcast, volatile)
  }

  get acks(): { set(id: number, ack: AdapterAck): void } {
    return {
      set: (id, ack) => {
        const { acks } = this.#virtualSocket
        const waiter = adapterWaiter(this.endpoint, ack)
        if (!this.isListed || this.#virtualSocket.state === 'suspended') waiter.failed(new ClosedError())
        // A client with too many pending acks fails alone: the others get the event.
        else if (!acks.isFull) acks.expect(id, waiter, this.endpoint.server.ackTimeout, this)
      },
    }
  }

  disconnect(closeSocket = false): void {
    this.#owner.kick(closeSocket)
  }
}
