// Owns: what all sockets of one middleware share on the application's side.
import type { EndpointOperator } from '../rooms/endpoint-operator.js'
import type { Endpoints } from '../rooms/endpoints.js'
import type { AnyEvents, EventMap } from '../rooms/operator.js'
import type { Deadlines } from '../support/timers.js'
import type { Admission } from './admission.js'
import type { NamespaceFinder } from './declarations.js'
import type { ErrorHandler } from './error-handler.js'

/** All sockets of one middleware, from outside and, as `this.server`, from within. */
export interface Io {
  /**
   * All sockets of an endpoint: `io.of('/chat').to('lobby').emit('notice', 'from a route')`.
   * @throws UsageError SIO_USAGE_ENDPOINT when it is not declared.
   */
  of<Events extends EventMap = AnyEvents>(endpoint: string): EndpointOperator<Events>
  /** All sockets of the global endpoint; the same as `of('')`. */
  readonly sockets: EndpointOperator
  /** Adds a function that is asked before a namespace is made for a client: `next()` lets it in, `next(error)` refuses. */
  use(admission: Admission): void
  /** Ends all sockets and leaves the HTTP servers alone. */
  close(): Promise<void>
}

export interface Application {
  readonly namespaces: NamespaceFinder
  readonly endpoints: Endpoints
  readonly admissions: readonly Admission[]
  readonly deadlines: Deadlines
  readonly errorHandler: ErrorHandler
  readonly closeTimeout: number
  readonly maxQueuedEvents: number
  readonly maxNamespacesPerSocket: number
  readonly maxEventNameLength: number
  /** What `socketioMiddleware()` returned; namespaces see it as `this.server`. */
  readonly io: Io
}
