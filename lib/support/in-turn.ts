// Owns: what the application may set going within itself, over all clients: it is done one after the other.
// Elsewhere: what that is (clients/instance.ts, socket/full.ts).
import { logFailure } from './log.js'

// Those that wait for the one that runs; there while one does.
let waiting: (() => void)[] | undefined

/**
 * Runs at once, unless another one runs: then after that, before the outermost call returns. Within each
 * other, the ends of many clients of which each ends the next would fill the stack.
 */
export function inTurn(run: () => void): void {
  if (waiting !== undefined) {
    waiting.push(run)
    return
  }
  waiting = [run]
  try {
    // It grows meanwhile.
    for (const next of waiting) {
      try {
        next()
      } catch (error) {
        logFailure('an end failed', error)
      }
    }
  } finally {
    // Near the edge of the stack even the log may throw.
    waiting = undefined
  }
}
