// Owns: BroadcastMixin, events to everyone in a namespace.
import { Operator, type AnyEvents, type EventArgs, type EventName } from '../rooms/operator.js'
import type { AnyNamespace } from './any-namespace.js'
import { othersOf } from './emitter.js'
import { asMixin } from './mixin.js'
import { contextOf } from './namespace-context.js'
import type { Constructor, DataOf, EmitsOf, TypesOf } from './types.js'

/** What BroadcastMixin adds. */
export interface Broadcasts<T = object> {
  /** Sends an event to everyone in this namespace, this socket included. */
  broadcastEvent<Name extends EventName<EmitsOf<T>>>(event: Name, ...args: EventArgs<EmitsOf<T>, Name>): void
  /** Everyone in this namespace but this socket: `this.broadcast.volatile.emit(…)`, as in Socket.IO 4. */
  readonly broadcast: Operator<EmitsOf<T>, Partial<DataOf<T>>>
  /** Sends an event to everyone in this namespace but this socket. */
  broadcastEventNotMe<Name extends EventName<EmitsOf<T>>>(event: Name, ...args: EventArgs<EmitsOf<T>, Name>): void
}

function withBroadcasts<Base extends Constructor<AnyNamespace>>(
  base: Base,
): Base & Constructor<Broadcasts<TypesOf<InstanceType<Base>>>> {
  abstract class WithBroadcasts extends base {
    broadcastEvent(event: string, ...args: unknown[]): void {
      new Operator(() => contextOf(this).member.endpoint).emit(event, ...args)
    }

    get broadcast(): Operator<AnyEvents, never> {
      return othersOf(this)
    }

    broadcastEventNotMe(event: string, ...args: unknown[]): void {
      othersOf(this).emit(event, ...args)
    }
  }
  return WithBroadcasts
}

/** Adds broadcasts to a namespace: `class Chat extends BroadcastMixin(BaseNamespace)`. */
export const BroadcastMixin = asMixin('BroadcastMixin', withBroadcasts)
