// Owns: RoomsMixin, a namespace's rooms.
// Elsewhere: who is in which room (rooms/endpoint.ts and the adapter behind it).
import { Operator, type EventArgs, type EventName } from '../rooms/operator.js'
import type { AnyNamespace } from './any-namespace.js'
import { seatOf } from './seats.js'
import type { Constructor, EmitsOf, TypesOf } from './types.js'

/** What RoomsMixin adds. */
export interface Rooms<T = object> {
  /** The rooms that this socket is in, its own (`socket.id`) included. */
  readonly rooms: ReadonlySet<string>
  /** Joins a room, or several. @throws UsageError SIO_USAGE_ROOMS (as a rejection) when it would be in too many. */
  join(room: string | readonly string[]): Promise<void>
  /** Leaves a room; one that it is not in as well. */
  leave(room: string): Promise<void>
  /** Sends an event to everyone in that room of this namespace but this socket. */
  emitToRoom<Name extends EventName<EmitsOf<T>>>(room: string, event: Name, ...args: EventArgs<EmitsOf<T>, Name>): void
}

/** Adds rooms to a namespace: `class Chat extends RoomsMixin(BaseNamespace)`. */
export function RoomsMixin<Base extends Constructor<AnyNamespace>>(
  base: Base,
): Base & Constructor<Rooms<TypesOf<InstanceType<Base>>>> {
  abstract class WithRooms extends base {
    get rooms(): ReadonlySet<string> {
      return seatOf(this).member.rooms
    }

    async join(room: string | readonly string[]): Promise<void> {
      const seat = seatOf(this)
      if (seat.isLive) await seat.member.joinRooms(room)
    }

    async leave(room: string): Promise<void> {
      const seat = seatOf(this)
      if (seat.isLive) await seat.member.leaveRoom(room)
    }

    emitToRoom(room: string, event: string, ...args: unknown[]): void {
      const { member } = seatOf(this)
      new Operator(() => member.endpoint)
        .to(room)
        .except(member.id)
        .emit(event, ...args)
    }
  }
  return WithRooms
}
