// Owns: telling the application that other processes cannot be reached.
// Elsewhere: when that is so, and that it is told once (rooms/backplane.ts).
import { AdapterError } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import type { ErrorHandler } from '../namespaces/error-handler.js'

/** The sockets of this process are served on; those of others do not hear of it. */
export function reportOutage(errorHandler: ErrorHandler, cause: unknown, endpoint: string): void {
  const message = `The adapter of "${endpoint}" failed`
  try {
    errorHandler(undefined, 'adapter_failed', message, endpoint, undefined, true, new AdapterError(message, cause))
  } catch (error) {
    logFailure('errorHandler failed', error)
  }
}
