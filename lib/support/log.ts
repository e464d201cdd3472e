// Owns: what the package logs.
import debug from 'debug'

/**
 * What the package does, step by step: silent unless the variable DEBUG names it (`socketio-middleware*`).
 */
export const logger = (area: string): debug.Debugger => debug(`socketio-middleware:${area}`)

/** Logs failures of the application's code, which must be visible without further settings. */
export function logFailure(message: string, cause: unknown): void {
  try {
    console.error(`socketio-middleware: ${message}`, cause)
  } catch {
    // What an application throws may have a way of its own to be shown, which throws as well.
    console.error(`socketio-middleware: ${message} (what was thrown cannot be shown)`)
  }
}

const quietMs = 60_000
const mostKinds = 100
// By kind, the oldest first.
const lastLogged = new Map<string, number>()

/**
 * Why clients are turned away that somebody expects to be served: one line a minute for each `kind`, however
 * many there are. A kind may hold what a client chooses, an origin say: of more than a hundred in a minute
 * the rest is not logged. In the message that is quoted.
 */
export function logTurnedAway(kind: string, message: string): void {
  const now = performance.now()
  for (const [oldest, last] of lastLogged) {
    if (now - last < quietMs) break
    lastLogged.delete(oldest)
  }
  if (lastLogged.has(kind) || lastLogged.size >= mostKinds) return
  lastLogged.set(kind, now)
  console.warn(`socketio-middleware: ${message}`)
}

/** A mistake in the application that works, but hardly as meant. */
export function logWarning(message: string): void {
  process.emitWarning(message, { type: 'SocketioMiddlewareWarning' })
}
