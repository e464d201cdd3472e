// Owns: which sockets of one endpoint are listed in this process: those whose connect has been accepted, and that have not left.
// Elsewhere: those of other processes (questions.ts, and the adapter's own fetchSockets).
import type { Environ } from '../socket/environ.js'

/** A member, as far as it is seen here. One that is not listed says that it is in no room, its own included. */
export interface ListedSocket {
  readonly id: string
  readonly rooms: ReadonlySet<string>
  readonly handshake: Environ
  /** What is shown to other processes, and what the socket itself has. */
  readonly data: object
  readonly ownData: object
  /** Its namespace, while that is open. */
  readonly opened: object | undefined
}

export interface ListingEndpoint {
  readonly sockets: ReadonlyMap<string, { readonly id: string }>
  readonly adapter: object
}

/** Which sockets are meant: those in any of `rooms` (all, when there are none) but those in any of `except`. */
export interface Selection {
  readonly rooms: ReadonlySet<string>
  readonly except: ReadonlySet<string>
}

const everyone: Selection = { rooms: new Set(), except: new Set() }

export function listed(endpoint: ListingEndpoint, selection = everyone): ListedSocket[] {
  const { rooms, except } = selection
  const found: ListedSocket[] = []
  for (const socket of candidates(endpoint, rooms)) {
    const { id, rooms: joined } = socket
    if (joined.has(id) && (rooms.size === 0 || share(joined, rooms)) && !share(joined, except)) found.push(socket)
  }
  return found
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
  for (const { rooms } of listed(endpoint)) {
    for (const room of rooms) {
      if (!endpoint.sockets.has(room) && room.startsWith(prefix)) sizes.set(room, (sizes.get(room) ?? 0) + 1)
    }
  }
  return sizes
}

/** Those rooms whose names come first, at most so many: what each process answers of the same ones adds up to their sizes. */
export function firstRooms(sizes: Iterable<[string, number]>, limit: number): [string, number][] {
  return [...sizes].toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0)).slice(0, limit)
}
