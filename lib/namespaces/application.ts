// Owns: what all sockets of one middleware share on the application's side.
import type { Endpoint } from '../rooms/endpoint.js'
import type { Deadlines } from '../support/timers.js'
import type { ErrorHandler } from './error-handler.js'
import type { DeclaredNamespace } from './declarations.js'
import type { Io } from './io.js'

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
