// Owns: which sockets of one endpoint are listed in this process: those whose connect has been accepted, and
// that have not left.
// Elsewhere: those of other processes (questions.ts, and the adapter's own fetchSockets).
import type { Environ } from '../socket/environ.js'

/** A member, as far as it is seen here. */
export interface ListedSocket {
  readonly id: string
  readonly isListed: boolean
  readonly rooms: ReadonlySet<string>
  readonly handshake: Environ
  /** What is shown to other processes, and what the socket itself has. */
  readonly data: object
  readonly ownData: object
}

export interface ListingEndpoint {
  readonly sockets: ReadonlyMap<string, { readonly id: string }>
  readonly adapter: object
}

/**
 * Which sockets are meant: those in any of `rooms` (all, when there are none) but those in any of `except`.
 */
export interface Selection {
  readonly rooms: ReadonlySet<string>
  readonly except: ReadonlySet<string>
}

const everyone: Selection = { rooms: new Set(), except: new Set() }

/**
 * Those that are listed and meant. Every process runs this: ten thousand take it some
 * milliseconds.
 */
export function listed(endpoint: ListingEndpoint, { rooms, except } = everyone): ListedSocket[] {
  const found: ListedSocket[] = []
  for (const socket of candidates(endpoint, rooms)) {
    if (!socket.isListed) continue
    const joined = roomsOf(endpoint, socket)
    if (!joined.has(socket.id) || (except.size > 0 && share(joined, except))) continue
    if (rooms.size === 0 || share(joined, rooms)) found.push(socket)
  }
  return found
}

// Other adapters return them one by one.
function roomsOf({ adapter }: ListingEndpoint, socket: ListedSocket): ReadonlySet<string> {
  const all: unknown = Reflect.get(adapter, 'sids')
  return (all instanceof Map && (all.get(socket.id) as ReadonlySet<string> | undefined)) || socket.rooms
}

// The members of some rooms are found by the rooms; adapters of others need not have these.
function candidates({ sockets, adapter }: ListingEndpoint, rooms: ReadonlySet<string>): Iterable<ListedSocket> {
  const all = sockets as ReadonlyMap<string, ListedSocket>
  const members: unknown = Reflect.get(adapter, 'rooms')
  if (rooms.size === 0 || !(members instanceof Map)) return all.values()
  const found = new Set<ListedSocket>()
  for (const room of rooms) {
    for (const id of (members.get(room) as Iterable<string> | undefined) ?? []) {
      const socket = all.get(id)
      if (socket !== undefined) found.add(socket)
    }
  }
  return found
}

function share(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  for (const one of others) if (some.has(one)) return true
  return false
}

/** How many of them are in each room; without the rooms that sockets have of their own. */
export function roomSizes(endpoint: ListingEndpoint, prefix = ''): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const socket of listed(endpoint)) {
    for (const room of roomsOf(endpoint, socket)) {
      if (!endpoint.sockets.has(room) && room.startsWith(prefix)) sizes.set(room, (sizes.get(room) ?? 0) + 1)
    }
  }
  return sizes
}

/**
 * Those rooms whose names come first, at most so many: what each process answers of the same ones adds up to
 * their sizes.
 */
export function firstRooms(sizes: Iterable<[string, number]>, limit: number): [string, number][] {
  return [...sizes].toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).slice(0, limit)
}
