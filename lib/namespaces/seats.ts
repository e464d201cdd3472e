// Owns: which seat a namespace has. BaseNamespace keeps no private members: a mixin over it could not be declared then.
import type { Seat } from './seat.js'

const seats = new WeakMap<object, Seat>()

/** Gives a namespace that is being constructed its seat, and its class's own disconnect() a guard. */
export function keepSeat(namespace: object, seat: Seat): void {
  seats.set(namespace, seat)
  if (!seat.declared.table.overridesDisconnect) return
  const disconnect = Reflect.get(namespace, 'disconnect') as (silent: boolean) => unknown
  Object.defineProperty(namespace, 'disconnect', {
    value: (silent = false) => {
      seat.runDisconnect(silent, (isSilent) => disconnect.call(namespace, isSilent))
    },
  })
}

/** The seat of a namespace. */
export function seatOf(namespace: object): Seat {
  return seats.get(namespace) as Seat
}
