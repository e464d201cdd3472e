// Owns: what all sockets of one middleware share on the application's side.
import type { Endpoint } from '../rooms/endpoint.js'
import type { AnyEvents, EventMap, Operator } from '../rooms/operator.js'
import type { Deadlines } from '../support/timers.js'
import type { ErrorHandler } from './error-handler.js'
import type { DeclaredNamespace } from './declarations.js'

/** All sockets of one middleware, from outside and, as `this.server`, from within. */
export interface Io {
  /**
   * All sockets of an endpoint: `io.of('/chat').to('lobby').emit('notice', 'from a route')`.
   * @throws UsageError SIO_USAGE_ENDPOINT when it is not declared.
   */
  of<Events extends EventMap = AnyEvents>(endpoint: string): Operator<Events>
  /** All sockets of the global endpoint; the same as `of('')`. */
  readonly sockets: Operator
  /** Ends all sockets and leaves the HTTP servers alone. */
  close(): Promise<void>
}

export interface Application {
  readonly namespaces: ReadonlyMap<string, DeclaredNamespace>
  readonly endpoints: ReadonlyMap<string, Endpoint>
  readonly deadlines: Deadlines
  readonly errorHandler: ErrorHandler
  readonly closeTimeout: number
  readonly maxQueuedEvents: number
  readonly maxNamespacesPerSocket: number
  readonly maxEventNameLength: number
  /** What `socketioMiddleware()` returned; namespaces see it as `this.server`. */
  readonly io: Io
}
