// Owns: RoomsMixin, a namespace's rooms.
// Elsewhere: who is in which room (rooms/endpoint.ts and the adapter behind it).
import { handOut } from '../support/handed-promise.js'
import type { AnyEvents, EventArgs, EventName, Operator } from '../rooms/operator.js'
import type { AnyNamespace } from './any-namespace.js'
import { othersOf } from './emitter.js'
import { asMixin } from './mixin.js'
import { contextOf } from './namespace-context.js'
import type { Constructor, DataOf, EmitsOf, TypesOf } from './types.js'

/** What RoomsMixin adds. */
export interface Rooms<T = object> {
  /** The rooms that this socket is in, its own (`socket.id`) included. */
  readonly rooms: ReadonlySet<string>
  /**
   * Joins a room, or several.
   * @throws UsageError SIO_USAGE_ROOMS (as a rejection) when it would be in too many, and for names that are
   *   not strings.
   */
  join(room: string | readonly string[]): Promise<void>
  /**
   * Leaves a room, or several; one that it is not in as well.
   * @throws UsageError SIO_USAGE_ROOMS, as `join` does.
   */
  leave(room: string | readonly string[]): Promise<void>
  /**
   * Everyone in that room, or in any of these, but this socket: `this.to('lobby').emit(…)`, as in Socket.IO
   * 4.
   */
  to(room: string | readonly string[]): Operator<EmitsOf<T>, Partial<DataOf<T>>>
  /** The same as `to()`. */
  in(room: string | readonly string[]): Operator<EmitsOf<T>, Partial<DataOf<T>>>
  /** Everyone but this socket and those in that room, or in any of these. */
  except(room: string | readonly string[]): Operator<EmitsOf<T>, Partial<DataOf<T>>>
  /** Sends an event to everyone in that room of this namespace but this socket. */
  emitToRoom<Name extends EventName<EmitsOf<T>>>(room: string, event: Name, ...args: EventArgs<EmitsOf<T>, Name>): void
}

function withRooms<Base extends Constructor<AnyNamespace>>(
  base: Base,
): Base & Constructor<Rooms<TypesOf<InstanceType<Base>>>> {
  abstract class WithRooms extends base {
    get rooms(): ReadonlySet<string> {
      return contextOf(this).member.joined
    }

    join(room: string | readonly string[]): Promise<void> {
      const { member, calls } = contextOf(this)
      return handOut(member.joinRooms(room), 'join', calls)
    }

    leave(room: string | readonly string[]): Promise<void> {
      const { member, calls } = contextOf(this)
      return handOut(member.leaveRooms(room), 'leave', calls)
    }

    to(room: string | readonly string[]): Operator<AnyEvents, never> {
      return othersOf(this).to(room)
    }

    in(room: string | readonly string[]): Operator<AnyEvents, never> {
      return othersOf(this).to(room)
    }

    except(room: string | readonly string[]): Operator<AnyEvents, never> {
      return othersOf(this).except(room)
    }

    emitToRoom(room: string, event: string, ...args: unknown[]): void {
      othersOf(this)
        .to(room)
        .emit(event, ...args)
    }
  }
  return WithRooms
}

/** Adds rooms to a namespace: `class Chat extends RoomsMixin(BaseNamespace)`. */
export const RoomsMixin = asMixin('RoomsMixin', withRooms)
