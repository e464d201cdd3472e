// Owns: a request that is ours, with what its framework says of it.
import type { WebSocketServer } from 'ws'
import type { Exchange, Headers } from '../transports/exchange.js'
import type { FrameworkRequest, RequestFacts } from '../http/request-facts.js'
import type { Route } from './routes.js'
import type { Completion } from '../http/upgrade-answer.js'

/** An answer whose common headers are known once its origin is judged. */
export interface OpenExchange extends Exchange {
  headers: Record<string, string>
  /** Answers with a whole body, and returns whether the answer has been given. */
  reply(status: number, headers: Headers, body: string | Buffer): boolean
  /** Whether somebody waits for an answer, and nobody has given one. */
  readonly isOpen: boolean
  /** Whether the app has answered in our place, because its patience had ended, say. */
  readonly isAnsweredByApp: boolean
  /** Whether a middleware in front of us has sent the headers of an answer, and left the rest to others. */
  readonly isBegunByApp: boolean
  /** Whether the request is to become a websocket. */
  readonly isUpgrade: boolean
  upgrade(server: WebSocketServer, complete: Completion): void
  /** Leaves a request that could not be served to the framework's way with errors. */
  fail(error: unknown): void
  /** A socket keeps the request: fields that are not needed are released once it is answered. */
  keepRequest(): void
}

export interface Incoming {
  readonly exchange: OpenExchange
  readonly route: Route
  readonly facts: RequestFacts
  /** What handlers find as `this.request`. */
  readonly request: FrameworkRequest
  readonly ctx: unknown
}
