// Owns: how many sockets and rooms there are in all processes, and what is said where some of these do not
// answer.
// Elsewhere: asking them (questions.ts), who counts in each (listed.ts).
import { AdapterError, UsageError, quote, type PartialAnswer } from '../support/errors.js'
import { checkNames, wrongOption } from '../support/options.js'
import type { BroadcastFlags, BroadcastOptions } from './broadcast.js'
import type { Endpoint } from './endpoint.js'
import { firstRooms, listed, roomSizes } from './listed.js'
import type { Gathered } from './questions.js'
import { countQuestion, isLimit, mostRooms, roomsQuestion, type Question } from './replies.js'

/** Of how many processes an answer is. */
export interface Processes {
  /** Those that have answered, this one included. */
  readonly processes: number
  /**
   * Those that have not: they are stopped or too busy, about to be noticed as dead, of an older version, or
   * of another library.
   */
  readonly missing: number
}

/** What `count({ partial: true })` resolves with. */
export interface PartialCount extends Processes {
  readonly count: number
}

/** What `roomCounts({ partial: true })` resolves with. */
export interface PartialRooms extends Processes {
  readonly rooms: Map<string, number>
}

/** With `partial: true`, processes that do not answer are counted as missing; without, they are an error. */
export interface PartialOption<Wanted extends boolean = boolean> {
  readonly partial?: Wanted
}

/** Which rooms are counted. */
export interface RoomsOption<Wanted extends boolean = boolean> extends PartialOption<Wanted> {
  /** How their names begin. */
  readonly prefix?: string
  /**
   * How many at most, 1 to 1,000 (the default): those whose names come first in the order of
   * `Array.prototype.sort()`.
   */
  readonly limit?: number
}

/** What has come of a question, and why it is not all. */
export interface Outcome<Part extends PartialAnswer> {
  readonly partial: Part
  readonly error: unknown
}

export async function countSockets(endpoint: Endpoint, options: BroadcastOptions): Promise<Outcome<PartialCount>> {
  const { answers, missing, error } = await gather(endpoint, countQuestion(options), options.flags)
  let { length: count } = listed(endpoint, options)
  for (const answer of answers) count += answer
  return { partial: { count, processes: 1 + answers.length, missing }, error }
}

/** @throws UsageError SIO_USAGE_OPTION (as a rejection) for an invalid prefix or limit. */
export async function countRooms(endpoint: Endpoint, options: RoomsOption): Promise<Outcome<PartialRooms>> {
  const { prefix = '', limit = mostRooms } = options
  if (typeof prefix !== 'string') throw wrongOption('roomCounts.prefix', 'a string', prefix)
  if (!isLimit(limit)) throw wrongOption('roomCounts.limit', `an integer from 1 to ${mostRooms}`, limit)
  const { answers, missing, error } = await gather(endpoint, roomsQuestion(prefix, limit), {})
  const sizes = new Map(firstRooms(roomSizes(endpoint, prefix), limit))
  for (const [room, size] of answers.flat()) sizes.set(room, (sizes.get(room) ?? 0) + size)
  // Each has sent those that come first: of these, none that is among the first of all is left out by
  // anybody.
  return { partial: { rooms: new Map(firstRooms(sizes, limit)), processes: 1 + answers.length, missing }, error }
}

/** Asks the other processes, unless only this one is meant. */
export async function gather<Answer>(
  endpoint: Endpoint,
  question: Question<Answer>,
  { local, timeout }: BroadcastFlags,
): Promise<Gathered<Answer>> {
  return local === true ? { answers: [], missing: 0, error: undefined } : endpoint.questions.ask(question, timeout)
}

/** @throws AdapterError SIO_ADAPTER, with what has come, when processes are missing. */
export function whole<Part extends PartialAnswer>({ partial, error }: Outcome<Part>): Part {
  const { processes, missing } = partial
  if (missing === 0) return partial
  throw new AdapterError(`expected all processes to answer, ${missing} did not, ${processes} did`, error, partial)
}

/** Whether a part of the answer will do. @throws UsageError SIO_USAGE_OPTION for wrong options. */
export function wantsPartial(method: string, options: unknown = {}, others: readonly string[] = []): boolean {
  if (typeof options !== 'object' || options === null) {
    const hint = typeof options === 'function' ? ': it returns a promise' : ''
    throw new UsageError('SIO_USAGE_OPTION', `expected ${method}() to get { partial }, got ${quote(options)}${hint}`)
  }
  checkNames(options, ['partial', ...others], {}, `${method}.`)
  const partial: unknown = Reflect.get(options, 'partial') ?? false
  if (typeof partial !== 'boolean') throw wrongOption(`${method}.partial`, 'a boolean', partial)
  return partial
}
