// Owns: what namespaces and routes see of a middleware: all its sockets.
// Elsewhere: the middleware itself (middleware.ts).
import type { EndpointOperator } from '../rooms/endpoint-operator.js'
import type { AnyEvents, EventMap } from '../rooms/operator.js'

/** How `io.close()` ends. */
export interface CloseOptions {
  /**
   * Serves every client to the end of what it has sent and is owed before it is let go, for so many milliseconds at most;
   * without it all sockets end at once.
   */
  drain?: number
}

/** All sockets of one middleware, from outside and, as `this.server`, from within. */
export interface Io {
  /**
   * All sockets of an endpoint: `io.of('/chat').to('lobby').emit('notice', 'from a route')`.
   * @throws UsageError SIO_USAGE_ENDPOINT when it is not declared.
   */
  of<Events extends EventMap = AnyEvents>(endpoint: string): EndpointOperator<Events>
  /** All sockets of the global endpoint; the same as `of('')`. */
  readonly sockets: EndpointOperator
  /** Ends all sockets and leaves the HTTP servers alone. Resolves when all is over; a second call is the first one. */
  close(options?: CloseOptions): Promise<void>
}
