// Owns: what is said of an adapter that fails: once, until it works again.
import { AdapterError } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import type { ErrorHandler } from '../namespaces/error-handler.js'

export class Outage {
  readonly #errorHandler: ErrorHandler
  #isReported = false

  constructor(errorHandler: ErrorHandler) {
    this.#errorHandler = errorHandler
  }

  /** The sockets of this process are served on; those of others do not hear of it. */
  failed(cause: unknown, endpoint: string): void {
    if (this.#isReported) return
    this.#isReported = true
    const message = `The adapter of "${endpoint}" failed`
    try {
      this.#errorHandler(
        undefined,
        'adapter_failed',
        message,
        endpoint,
        undefined,
        true,
        new AdapterError(message, cause),
      )
    } catch (error) {
      logFailure('errorHandler failed', error)
    }
  }

  over(): void {
    this.#isReported = false
  }
}
