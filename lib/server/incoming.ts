// Owns: a request that is ours, with what its framework says of it.
import type { ServerResponse } from 'node:http'
import type { WebSocketServer } from 'ws'
import type { Exchange, Headers } from '../transports/exchange.js'
import type { RequestFacts } from '../http/request-facts.js'
import type { Route } from './routes.js'
import type { FrameworkRequest } from './settings.js'
import type { Completion } from '../http/upgrade.js'

/** An answer whose common headers are known once its origin is judged. */
export interface OpenExchange extends Exchange {
  headers: Headers
  /** Leaves the answer to somebody else, with the common headers set, once the framework's chain is through. */
  passOn(answer: (response: ServerResponse) => void): void
  /** A socket keeps the request: what is not needed of it is let go once it is answered. */
  keepRequest(): void
}

export interface Incoming {
  readonly exchange: OpenExchange
  readonly route: Route
  readonly facts: RequestFacts
  /** What handlers find as `this.request`. */
  readonly request: FrameworkRequest
  readonly ctx: unknown
  /** Completes the upgrade that this request is; undefined when it is none. */
  readonly upgrade: ((server: WebSocketServer, complete: Completion) => void) | undefined
}
