// Owns: what all sockets of one middleware share on the application's side.
import type { Endpoints } from '../rooms/endpoints.js'
import type { Deadlines } from '../support/timers.js'
import type { Admission } from './admissions.js'
import type { NamespaceFinder } from '../namespaces/declarations.js'
import type { ErrorHandler } from '../namespaces/error-handler.js'
import type { Io } from '../namespaces/io.js'
import type { RateLimit } from './rate-limit.js'

export interface Application {
  readonly namespaces: NamespaceFinder
  readonly endpoints: Endpoints
  readonly admissions: readonly Admission[]
  readonly deadlines: Deadlines
  readonly errorHandler: ErrorHandler
  readonly handshakeTimeout: number
  readonly closeTimeout: number
  readonly ackTimeout: number
  readonly maxQueuedEvents: number
  readonly maxPacketsPerPayload: number
  readonly maxNamespacesPerSocket: number
  readonly maxEventNameLength: number
  readonly rateLimit: RateLimit | undefined
  /** What `socketioMiddleware()` returned; namespaces see it as `this.server`. */
  readonly io: Io
}
