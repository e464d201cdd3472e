// Owns: the questions of processes to each other, each with how it is written, answered, and how an answer is
// known. What comes from other processes may be anything.
// Elsewhere: asking (questions.ts), published data (published-data.ts).
import type { BroadcastOptions } from './broadcast.js'
import { firstRooms, listed, roomSizes, type ListingEndpoint, type Selection } from './listed.js'
import { isSocketDetails, type SocketDetails } from './remote-socket.js'

export interface Question<Answer> {
  readonly name: string
  /** Short, as all processes get it; and in order, so that who asks the same is known. */
  readonly args: readonly unknown[]
  readonly isAnswer: (value: unknown) => value is Answer
}

/** How many rooms roomCounts() gives at most. */
export const mostRooms = 1_000

const count = '~sio:count'
const rooms = '~sio:rooms'
const sockets = '~sio:sockets'

/** How many are listed, of some or of all. */
export function countQuestion(options: BroadcastOptions): Question<number> {
  return { name: count, args: selectionArgs(options), isAnswer: isCount }
}

/** Which rooms with such names there are, and how many are listed in each: those that come first. */
export function roomsQuestion(prefix: string, limit: number): Question<[string, number][]> {
  const isAnswer = (value: unknown): value is [string, number][] =>
    Array.isArray(value) &&
    value.length <= limit &&
    value.every((entry) => isRoomSize(entry) && entry[0].startsWith(prefix))
  return { name: rooms, args: [prefix, limit], isAnswer }
}

/** What fetchSockets() gives of each that is listed. */
export function socketsQuestion(options: BroadcastOptions): Question<SocketDetails[]> {
  const isAnswer = (value: unknown): value is SocketDetails[] => Array.isArray(value) && value.every(isSocketDetails)
  return { name: sockets, args: selectionArgs(options), isAnswer }
}

function selectionArgs({ rooms: some, except }: BroadcastOptions): string[][] {
  if (some.size === 0 && except.size === 0) return []
  return [[...some].toSorted(), [...except].toSorted()]
}

type Reply = (endpoint: ListingEndpoint, args: readonly unknown[]) => unknown

/** By their names; undefined for anything but a question. */
export const replies: ReadonlyMap<string, Reply> = new Map<string, Reply>([
  [
    count,
    (endpoint, args) => {
      const selection = readSelection(args)
      return selection && listed(endpoint, selection).length
    },
  ],
  [
    rooms,
    (endpoint, [prefix, limit]) =>
      typeof prefix === 'string' && isLimit(limit) ? firstRooms(roomSizes(endpoint, prefix), limit) : undefined,
  ],
  [
    sockets,
    (endpoint, args) => {
      const selection = readSelection(args)
      return (
        selection &&
        listed(endpoint, selection).map(({ id, handshake, rooms: joined, data }) => ({
          id,
          handshake,
          rooms: [...joined],
          data,
        }))
      )
    },
  ],
])

function readSelection([some = [], except = []]: readonly unknown[]): Selection | undefined {
  return isStrings(some) && isStrings(except) ? { rooms: new Set(some), except: new Set(except) } : undefined
}

function isStrings(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === 'string')
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isRoomSize(value: unknown): value is [string, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === 'string' && isCount(value[1])
}

export function isLimit(value: unknown): value is number {
  return isCount(value) && value >= 1 && value <= mostRooms
}
