// Owns: the names of rooms, as every method takes them: one, or a list.
import { UsageError, quote } from '../support/errors.js'

/** @throws UsageError SIO_USAGE_ROOMS for a name that is not a string. */
export function roomList(rooms: string | Iterable<string>): string[] {
  if (typeof rooms === 'string') return [rooms]
  const isList = typeof rooms === 'object' && rooms !== null && Symbol.iterator in rooms
  const list: unknown[] = isList ? [...rooms] : [rooms]
  for (const room of list) {
    if (typeof room === 'string') continue
    throw new UsageError('SIO_USAGE_ROOMS', `expected the name of a room to be a string, got ${quote(room)}`)
  }
  return list as string[]
}
