// Owns: where the package speaks to whoever runs it.
import debug from 'debug'

/** What the package does, step by step: silent unless the variable DEBUG names it (`socketio-middleware*`). */
export const logger = (area: string): debug.Debugger => debug(`socketio-middleware:${area}`)

/** What whoever runs the server must see without asking: failures of the application's code. */
export function logFailure(message: string, cause: unknown): void {
  console.error(`socketio-middleware: ${message}`, cause)
}

/** A mistake in the application that works, but hardly as meant. */
export function logWarning(message: string): void {
  process.emitWarning(message, { type: 'SocketioMiddlewareWarning' })
}
