// Owns: the in-memory adapter, with a short way for what is most often asked of it: one room, and nobody left out.
// Elsewhere: which adapter an endpoint gets (adapter.ts).
import { Adapter, type BroadcastOptions } from 'socket.io-adapter'
import { broadcastEncoder } from './broadcast.js'
import type { Endpoint } from './endpoint.js'
import type { Member } from './member.js'

export class LocalAdapter extends Adapter {
  declare readonly nsp: Endpoint

  // Nobody is in a room twice, so nobody who has been told need be remembered (bench: broadcast, chat).
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
}
