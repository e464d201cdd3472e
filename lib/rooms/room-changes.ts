// Owns: one socket's joining and leaving of rooms: how many it may be in, and what is counted and published
// of it.
// Elsewhere: who is in which room (the adapter).
import { messageOf, publish, roomJoins, roomLeaves } from '../support/channels.js'
import { UsageError } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import { adopt, disown, isPromiseLike } from '../support/promises.js'
import type { Endpoint } from './endpoint.js'
import { roomList } from './room-names.js'

/** The socket, as a member of its endpoint. */
export interface Roomer {
  readonly id: string
  readonly endpoint: Endpoint
  /** What subscribers see of it. */
  readonly socket: object
  readonly mayAct: boolean
  /** The rooms that it is in. */
  readonly joined: ReadonlySet<string>
}

/** The rooms that a socket is in; undefined where an adapter that has been written by others does not say. */
export function roomsOf(endpoint: Endpoint, id: string): ReadonlySet<string> | undefined {
  let rooms: unknown
  endpoint.attempt(() => {
    rooms = endpoint.adapter.socketRooms(id)
    if (!(rooms instanceof Set)) disown(rooms)
  })
  return rooms instanceof Set ? (rooms as ReadonlySet<string>) : undefined
}

/**
 * Joins its own room, as in Socket.IO 4: `io.of('/chat').to(socket.id).emit(…)`, and what is for all but it.
 */
export function joinOwnRoom(member: Roomer): void {
  const { id, endpoint } = member
  // No change to publish: it was in no room before, and its own is nothing that it joins; nor is it counted
  // (bench: connect).
  if (endpoint.local !== undefined) {
    endpoint.local.enter(id)
    return
  }
  endpoint.attempt(() => {
    const added = endpoint.adapter.addAll(id, new Set([id]))
    onceDone(added, () => endpoint.countRooms(member))
    return added
  })
}

/**
 * @throws UsageError SIO_USAGE_ROOMS (as a rejection) when it would be in too many, and for names that are
 *   not strings.
 */
export async function joinRooms(member: Roomer, rooms: string | readonly string[]): Promise<void> {
  const wanted = new Set(roomList(rooms))
  if (!member.mayAct) return
  const { id, endpoint, joined } = member
  const max = endpoint.server.maxRoomsPerSocket
  // Its own room does not count.
  let count = joined.size - (joined.has(id) ? 1 : 0)
  for (const room of wanted) if (!joined.has(room) && room !== id) count++
  if (count > max) throw new UsageError('SIO_USAGE_ROOMS', `expected at most ${max} rooms (maxRoomsPerSocket)`)
  const change = new RoomChange(member)
  const added = endpoint.adapter.addAll(id, wanted)
  onceDone(added, () => change.told())
  await added
}

/** @throws UsageError SIO_USAGE_ROOMS (as a rejection) for names that are not strings. */
export async function leaveRooms(member: Roomer, rooms: string | readonly string[]): Promise<void> {
  const { id, endpoint, mayAct } = member
  // Its own room is how it is found, by fetchSockets() say.
  const unwanted = roomList(rooms).filter((room) => room !== id)
  if (!mayAct) return
  const change = new RoomChange(member)
  let isLate = false
  const left = Promise.all(
    unwanted.map(async (room) => {
      const done = endpoint.adapter.del(id, room)
      isLate ||= isPromiseLike(done)
      await done
    }),
  )
  onceDone(isLate ? left : undefined, () => change.told())
  await left
}

/** What nobody waits for is logged: an adapter moves sockets for others. */
export function complain(error: unknown): void {
  logFailure('socketsJoin() or socketsLeave() has failed for a socket', error)
}

/** Leaves everything: it is not a member any more. */
export function leaveAllRooms(member: Roomer): void {
  const { id, endpoint } = member
  if (endpoint.local !== undefined && !isWatched()) {
    endpoint.local.delAll(id)
    endpoint.countRooms(member)
    return
  }
  const change = new RoomChange(member)
  endpoint.attempt(() => {
    const left = endpoint.adapter.delAll(id)
    onceDone(left, () => change.told())
    return left
  })
}

// Some adapters change rooms immediately, others later, and may fail.
function onceDone(done: unknown, run: () => void): void {
  if (isPromiseLike(done)) adopt(done).then(run, run).catch(complain)
  else run()
}

/** A RoomMessage. */
interface RoomChanged {
  readonly namespace: string
  readonly room: string
  readonly socket: object
}

function isWatched(): boolean {
  return roomJoins.hasSubscribers || roomLeaves.hasSubscribers
}

/** What an adapter does to one socket's rooms at once: compared, before and after. */
class RoomChange {
  readonly #member: Roomer
  // There while somebody subscribes.
  readonly #before: ReadonlySet<string> | undefined

  constructor(member: Roomer) {
    this.#member = member
    if (isWatched()) this.#before = new Set(member.joined)
  }

  told(): void {
    const member = this.#member
    member.endpoint.countRooms(member)
    if (this.#before !== undefined) this.#publish(this.#before, new Set(member.joined))
  }

  // Its own room is how it is reached, and nothing that it joins.
  #publish(before: ReadonlySet<string>, now: ReadonlySet<string>): void {
    const { id, socket, endpoint } = this.#member
    const messagesOf = (some: ReadonlySet<string>, others: ReadonlySet<string>): RoomChanged[] =>
      [...some]
        .filter((room) => !others.has(room) && room !== id)
        .map((room) => messageOf({ namespace: endpoint.endpoint, room }, { socket }))
    publish(roomJoins, ...messagesOf(now, before))
    publish(roomLeaves, ...messagesOf(before, now))
  }
}
