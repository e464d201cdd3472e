// Owns: a request that is ours, with what its framework says of it.
import type { WebSocket, WebSocketServer } from 'ws'
import type { Exchange, Headers } from '../transports/exchange.js'
import type { RequestFacts } from './facts.js'
import type { Route } from './routes.js'
import type { FrameworkRequest } from './settings.js'

/** An answer whose common headers are known once its origin is judged. */
export interface OpenExchange extends Exchange {
  headers: Headers
}

export interface Incoming {
  readonly exchange: OpenExchange
  readonly route: Route
  readonly facts: RequestFacts
  /** What handlers find as `this.request`. */
  readonly request: FrameworkRequest
  readonly ctx: unknown
  /** Completes the upgrade that this request is; undefined when it is none. */
  readonly upgrade: ((server: WebSocketServer, opened: (websocket: WebSocket) => void) => void) | undefined
}
