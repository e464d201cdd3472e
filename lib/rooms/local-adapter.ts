// Owns: the in-memory adapter, with a short way for what is most often asked of it: one room, and nobody left
// out.
// Elsewhere: which adapter an endpoint gets (adapter.ts).
import { Adapter, type BroadcastOptions } from 'socket.io-adapter'
import { broadcastEncoder } from './broadcast.js'
import type { Endpoint } from './endpoint.js'
import type { Member } from './member.js'

export class LocalAdapter extends Adapter {
  declare readonly nsp: Endpoint

  /** Every socket is in its own room from its beginning to its end: nobody need look. */
  get keepsOwnRooms(): true {
    return true
  }

  // Nobody is in a room twice, so recipients need not be remembered (bench: broadcast, chat).
  override broadcast(packet: object, options: BroadcastOptions): void {
    const { rooms, except, flags } = options
    if (rooms.size !== 1 || (except?.size ?? 0) > 0 || flags?.volatile === true) {
      super.broadcast(packet, options)
      return
    }
    const [room = ''] = rooms
    const members = this.rooms.get(room)
    if (members === undefined) return
    const [broadcast] = broadcastEncoder.encode(packet)
    if (broadcast === undefined) return
    const sockets = this.nsp.sockets as Map<string, Member>
    for (const id of members) sockets.get(id)?.send(broadcast)
  }

  // Of a socket that is alone in its own room and in no other, the rooms it is in and the members of that
  // room are one and the same set (bench: memory). Before either is changed, they are parted.

  /** Puts a socket that is new into its own room: what `addAll()` comes to for it (bench: connect). */
  enter(id: string): void {
    const own = new Set([id])
    this.sids.set(id, own)
    // Others may have joined a room of that name.
    const others = this.rooms.get(id)
    if (others !== undefined) others.add(id)
    else {
      this.rooms.set(id, own)
      this.emit('create-room', id)
    }
    this.emit('join-room', id, id)
  }

  override addAll(id: string, rooms: Set<string>): Promise<void> | void {
    for (const room of rooms) this.#part(room)
    this.#part(id)
    const added = super.addAll(id, rooms)
    const mine = this.sids.get(id)
    if (mine?.size === 1 && mine.has(id) && this.rooms.get(id)?.size === 1) this.rooms.set(id, mine)
    return added
  }

  override del(id: string, room: string): Promise<void> | void {
    this.#part(id)
    return super.del(id, room)
  }

  #part(id: string): void {
    const mine = this.sids.get(id)
    if (mine !== undefined && mine === this.rooms.get(id)) this.rooms.set(id, new Set(mine))
  }
}
