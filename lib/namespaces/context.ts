// Owns: which seat a namespace has. BaseNamespace keeps no private members: a mixin over it could not be declared then.
import type { Seat } from '../clients/instance.js'

// A symbol that no type declares: as hidden as an entry of a WeakMap, and found at the price of a property.
const seat = Symbol('seat')
type Seated = Record<typeof seat, Seat>

/** Gives a namespace that is being constructed its seat, and its class's own disconnect() a guard. */
export function keepSeat(namespace: object, taken: Seat): void {
  Object.defineProperty(namespace, seat, { value: taken })
  if (!taken.declared.table.overridesDisconnect) return
  const disconnect = Reflect.get(namespace, 'disconnect') as (silent: boolean) => unknown
  Object.defineProperty(namespace, 'disconnect', {
    value: (silent = false) => {
      taken.runDisconnect(silent, (isSilent) => disconnect.call(namespace, isSilent))
    },
  })
}

/** The seat of a namespace. */
export function seatOf(namespace: object): Seat {
  return (namespace as Seated)[seat]
}
