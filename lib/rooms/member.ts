// Owns: one socket's membership of one endpoint: what an adapter calls a socket.
// Elsewhere: the namespace of that socket, which may not exist yet (namespaces/seat.ts).
import { UsageError } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import { ackIds, type AckWaiter } from '../socket/acks.js'
import type { Environ } from '../socket/environ.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import type { Outgoing } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Broadcast } from './broadcast.js'
import type { Endpoint } from './endpoint.js'

/** Whoever ends a membership when an adapter asks for it, from here or from another process. */
export interface MemberOwner {
  /** What adapters read of the request behind the socket. */
  readonly handshake: Environ
  disconnectMember(endpoint: string, closeSocket: boolean): void
}

type AdapterAck = (answer: unknown) => void

/** Not before it is confirmed does it send: what is addressed to it until then is held, broadcasts included. */
export class Member {
  /** The public id of the socket: 20 characters, as adapters need them. */
  readonly id: string
  readonly #socket: VirtualSocket
  readonly endpoint: Endpoint
  readonly #owner: MemberOwner
  #held: Outgoing[] | undefined = []
  #isGone = false
  #data: Record<string, unknown> | undefined

  constructor(id: string, socket: VirtualSocket, endpoint: Endpoint, owner: MemberOwner) {
    this.id = id
    this.#socket = socket
    this.endpoint = endpoint
    this.#owner = owner
    endpoint.sockets.set(id, this)
    // In a room of its own, as in Socket.IO 4: io.of('/chat').to(socket.id).emit(…), and what is for all but it.
    endpoint.attempt(() => endpoint.adapter.addAll(id, new Set([id])))
  }

  get isConfirmed(): boolean {
    return this.#held === undefined
  }

  /** Becomes a member for good: sends `confirmation`, if one is due, and then what was held. */
  confirm(confirmation?: Outgoing): void {
    const held = this.#held ?? []
    this.#held = undefined
    if (confirmation !== undefined) this.#socket.send(confirmation)
    for (const packet of held) this.#socket.send(packet)
  }

  send(packet: Outgoing): void {
    if (this.#isGone) return
    if (this.#held === undefined) this.#socket.send(packet)
    else if (this.#held.length < this.endpoint.server.maxHeldPackets) this.#held.push(this.#socket.encoded(packet))
    else this.#socket.close('limit exceeded')
  }

  /** Sends the packet with which it ends: at once, for what is held is never sent then. */
  sendLast(packet: Outgoing): void {
    if (!this.#isGone) this.#socket.send(packet)
  }

  /** Sends an event, and with a waiter expects its ack. */
  emit(name: string, args: readonly unknown[], waiter?: AckWaiter, timeoutMs?: number): void {
    const event = { type: 'event', endpoint: this.endpoint.endpoint, name, args } as const
    if (waiter === undefined) this.send(event)
    else this.ask(event, 'data', waiter, timeoutMs)
  }

  /** Sends a packet and expects the client's ack. It is encoded first: what cannot be sent is not waited for. */
  ask(packet: Packet, ack: true | 'data', waiter: AckWaiter, timeoutMs?: number): void {
    const id = ackIds.next++
    const encoded = this.#socket.encoded({ ...packet, id: String(id), ack })
    this.#socket.acks.expect(id, waiter, timeoutMs, this)
    this.send(encoded)
  }

  /**
   * Joins a room, or several.
   * @throws UsageError SIO_USAGE_ROOMS when it would be in too many.
   */
  async joinRooms(rooms: string | readonly string[]): Promise<void> {
    if (this.#isGone) return
    const wanted = new Set(typeof rooms === 'string' ? [rooms] : rooms)
    const max = this.endpoint.server.maxRoomsPerSocket
    // Its own room does not count.
    const mine = this.endpoint.adapter.socketRooms(this.id)
    let count = (mine?.size ?? 0) - (mine?.has(this.id) ? 1 : 0)
    for (const room of wanted) if (!mine?.has(room) && room !== this.id) count++
    if (count > max) throw new UsageError('SIO_USAGE_ROOMS', `expected at most ${max} rooms (maxRoomsPerSocket)`)
    await this.endpoint.adapter.addAll(this.id, wanted)
  }

  async leaveRoom(room: string): Promise<void> {
    if (!this.#isGone) await this.endpoint.adapter.del(this.id, room)
  }

  /** Nothing is sent nor answered any more, and what was held is forgotten; it is in its rooms until it is removed. */
  silence(): void {
    this.#isGone = true
    this.#held = undefined
    this.#socket.acks.closeOf(this)
  }

  /** Leaves everything. */
  remove(): void {
    this.silence()
    this.endpoint.sockets.delete(this.id)
    this.endpoint.attempt(() => this.endpoint.adapter.delAll(this.id))
  }

  // What adapters touch, in their words. They wait for nothing, so nothing is thrown at them.

  join(rooms: string | readonly string[]): void {
    const list: unknown[] = typeof rooms === 'string' ? [rooms] : [...rooms]
    if (list.every((room) => typeof room === 'string')) this.joinRooms(list).catch(complain)
  }

  leave(room: string): void {
    this.leaveRoom(room).catch(complain)
  }

  get rooms(): ReadonlySet<string> {
    return this.endpoint.adapter.socketRooms(this.id) ?? new Set()
  }

  /** What an adapter carries for it; made when somebody asks. */
  get data(): Record<string, unknown> {
    return (this.#data ??= {})
  }

  get handshake(): Environ {
    return this.#owner.handshake
  }

  get client(): Pick<Member, 'writeToEngine'> {
    return this
  }

  writeToEngine([broadcast]: readonly Broadcast[], { volatile }: { volatile?: boolean }): void {
    if (broadcast === undefined) return
    if (volatile && this.isConfirmed) this.#socket.sendVolatile(broadcast)
    else if (!volatile) this.send(broadcast)
  }

  get acks(): { set(id: number, ack: AdapterAck): void } {
    return {
      set: (id, ack) => {
        const answered = (args: readonly unknown[]): void => {
          this.endpoint.attempt(() => {
            ack(args[0])
          })
        }
        // One who owes too many already is asked in vain: it does not keep the others from being asked.
        if (this.#socket.acks.isFull) return
        this.#socket.acks.expect(id, { answered, failed() {} }, this.endpoint.server.ackTimeout, this)
      },
    }
  }

  disconnect(closeSocket = false): void {
    this.#owner.disconnectMember(this.endpoint.endpoint, closeSocket)
  }
}

function complain(error: unknown): void {
  logFailure('socketsJoin() or socketsLeave() has failed for a socket', error)
}
