// Owns: what all clients of one middleware share on the application's side, and what each of them began with.
import type { Endpoints } from '../rooms/endpoints.js'
import type { Counts } from '../socket/counts.js'
import type { Environ } from '../socket/environ.js'
import type { Deadlines } from '../support/timers.js'
import type { NamespaceFinder } from '../namespaces/any-namespace.js'
import type { ErrorHandler } from '../namespaces/error-handler.js'
import type { Io } from '../namespaces/io.js'
import type { Recovery } from '../recovery/recovery.js'
import type { Admission } from './admissions.js'
import type { RateLimit } from './rate-limit.js'

export interface Application {
  readonly namespaces: NamespaceFinder
  readonly endpoints: Endpoints
  readonly counts: Counts
  readonly admissions: readonly Admission[]
  readonly deadlines: Deadlines
  readonly errorHandler: ErrorHandler
  readonly handshakeTimeout: number
  readonly closeTimeout: number
  readonly ackTimeout: number
  readonly maxQueuedEvents: number
  readonly maxQueuedBytes: number
  readonly maxHttpBufferSize: number
  readonly maxPacketsPerPayload: number
  readonly maxNamespacesPerSocket: number
  readonly maxNamespaceLength: number
  readonly maxEventNameLength: number
  readonly sessionTimeout: number
  readonly sessionCheckInterval: number
  readonly maxSessionChecks: number
  readonly rateLimit: RateLimit | undefined
  readonly recovery: Recovery | undefined
  /** The option `app`; namespaces see it as `this.app`. */
  readonly services: unknown
  /** What `socketioMiddleware()` returned; namespaces see it as `this.server`. */
  readonly io: Io
}

/** The request that a client began with, as its framework has it. */
export interface Origin {
  readonly environ: Environ
  readonly request: unknown
  readonly ctx: unknown
  readonly session: object
}
