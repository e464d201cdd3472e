// Owns: names of events that nobody may send: to a client's library, or between processes to us, they mean
// something else.
import { UsageError, quote } from '../support/errors.js'

/**
 * Socket.IO 4's own list. A client that is sent one of them ends its connection, or takes it for an event of
 * its library.
 */
const reserved: ReadonlySet<unknown> = new Set([
  'connect',
  'connect_error',
  'disconnect',
  'disconnecting',
  'newListener',
  'removeListener',
])

export function isReserved(name: unknown): boolean {
  return reserved.has(name)
}

/** @throws UsageError SIO_USAGE_EVENT for a name that is reserved or not a string. */
export function checkEventName(name: unknown): void {
  if (typeof name === 'string' && !reserved.has(name)) return
  throw new UsageError('SIO_USAGE_EVENT', `expected the name of an event that is not reserved, got ${quote(name)}`)
}

/** How the names of our own events between processes begin. */
const ownPrefix = '~sio:'

export function isOwnEvent(name: unknown): name is string {
  return typeof name === 'string' && name.startsWith(ownPrefix)
}

/** @throws UsageError SIO_USAGE_EVENT for the name of an event between processes that is our own. */
export function checkServerSideName(name: unknown): void {
  if (!isOwnEvent(name)) return
  const expected = `expected the name of an event between processes not to begin with "${ownPrefix}"`
  throw new UsageError('SIO_USAGE_EVENT', `${expected}, got ${quote(name)}`)
}
