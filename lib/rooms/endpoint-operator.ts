// Owns: what io.of() gives: all sockets of an endpoint, and the same endpoint in other processes.
// Elsewhere: which of its sockets are meant (operator.ts).
import { refuseMembers } from '../support/foreign-members.js'
import { handOut } from '../support/handed-promise.js'
import { logReporter } from '../support/user-code.js'
import { countRooms, wantsPartial, whole, type PartialRooms, type RoomsOption } from './counting.js'
import type { Endpoint } from './endpoint.js'
import { checkServerSideName } from './event-names.js'
import { foreignOfBoth, foreignOfEndpoint, foreignOfOperator } from './foreign-members.js'
import { roomSizes } from './listed.js'
import type { Member } from './member.js'
import { Operator, type AnyEvents, type EventMap } from './operator.js'
import type { ServerSideListener } from './server-side.js'

export class EndpointOperator<Events extends EventMap = AnyEvents, Data = unknown, Instance = object> extends Operator<
  Events,
  Data
> {
  readonly #endpoint: () => Endpoint

  constructor(endpoint: () => Endpoint) {
    super(endpoint)
    this.#endpoint = endpoint
  }

  /** The namespaces of this process that are open: objects of the application's class. */
  instances(): Instance[] {
    const members = this.#endpoint().sockets.values() as Iterable<Member>
    return [...members].flatMap(({ opened }) => (opened === undefined ? [] : [opened as Instance]))
  }

  /**
   * The rooms of this process, with how many sockets are in each; without the rooms that sockets have of
   * their own.
   */
  rooms(): Map<string, number> {
    return roomSizes(this.#endpoint())
  }

  /**
   * The rooms of all processes, with how many sockets are in each: 1,000 at most, or `limit`, those whose
   * names come first. With `{ partial: true }`, as far as processes answer: `{ rooms, processes, missing }`.
   * @throws AdapterError SIO_ADAPTER (as a rejection) when one does not answer, as `count()` does; UsageError
   *   SIO_USAGE_OPTION.
   */
  roomCounts<Wanted extends boolean = false>(
    options?: RoomsOption<Wanted>,
  ): Promise<Wanted extends true ? PartialRooms : Map<string, number>>
  roomCounts(options?: RoomsOption): Promise<PartialRooms | Map<string, number>> {
    return handOut(this.#roomCounts(options), 'roomCounts', logReporter)
  }

  async #roomCounts(options?: RoomsOption): Promise<PartialRooms | Map<string, number>> {
    const isPartial = wantsPartial('roomCounts', options, ['prefix', 'limit'])
    const outcome = await countRooms(this.#endpoint(), options ?? {})
    return isPartial ? outcome.partial : whole(outcome).rooms
  }

  /**
   * Sends an event to this endpoint in all other processes, not to clients. A function as the last argument
   * gets an error or null, and what each of the others answered. What it needs is an adapter.
   */
  serverSideEmit(event: string, ...args: unknown[]): void {
    checkServerSideName(event)
    this.#endpoint().serverSide.emit([event, ...args])
  }

  /**
   * Calls back when another process has sent such an event; the last argument may be a function that answers.
   * @throws UsageError SIO_USAGE_EVENT for a name that begins with `~sio:`.
   */
  onServerSideEmit(event: string, listener: ServerSideListener): void {
    checkServerSideName(event)
    this.#endpoint().serverSide.on(event, listener)
  }

  offServerSideEmit(event: string, listener: ServerSideListener): void {
    this.#endpoint().serverSide.off(event, listener)
  }
}

for (const members of [foreignOfOperator, foreignOfBoth, foreignOfEndpoint]) {
  refuseMembers(EndpointOperator.prototype, 'io.of()', members)
}
