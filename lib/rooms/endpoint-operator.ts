// Owns: what io.of() gives: all sockets of an endpoint, and the same endpoint in other processes.
import { refuseMembers } from '../support/foreign-members.js'
import type { Endpoint, ServerSideListener } from './endpoint.js'
import { foreignOfBoth, foreignOfEndpoint, foreignOfOperator } from './foreign-members.js'
import { Operator, type AnyEvents, type EventMap } from './operator.js'

export class EndpointOperator<Events extends EventMap = AnyEvents> extends Operator<Events> {
  readonly #endpoint: () => Endpoint

  constructor(endpoint: () => Endpoint) {
    super(endpoint)
    this.#endpoint = endpoint
  }

  /**
   * Sends an event to this endpoint in all other processes, not to clients. A function as the last argument gets an
   * error or null, and what each of the others answered. What it needs is an adapter.
   */
  serverSideEmit(event: string, ...args: unknown[]): void {
    this.#endpoint().serverSideEmit([event, ...args])
  }

  /** Calls back when another process has sent such an event; the last argument may be a function that answers. */
  onServerSideEmit(event: string, listener: ServerSideListener): void {
    this.#endpoint().onServerSide(event, listener)
  }

  offServerSideEmit(event: string, listener: ServerSideListener): void {
    this.#endpoint().offServerSide(event, listener)
  }
}

for (const members of [foreignOfOperator, foreignOfBoth, foreignOfEndpoint]) {
  refuseMembers(EndpointOperator.prototype, 'io.of()', members)
}
