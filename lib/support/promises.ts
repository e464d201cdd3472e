// Owns: waiting: telling what must be waited for from what is done, and waiting no longer than so long.
import { Deadline, type Deadlines } from './timers.js'

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}

/** The promise's own outcome, or a rejection when that takes longer than `timeoutMs`. */
export function within<T>(deadlines: Deadlines, timeoutMs: number, promise: PromiseLike<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const deadline = new Deadline({
      deadlinePassed: () => {
        reject(new Error(`expected an answer within ${timeoutMs} ms`))
      },
    })
    deadlines.arm(deadline, timeoutMs)
    promise.then(
      (value) => {
        deadlines.disarm(deadline)
        resolve(value)
      },
      (error: unknown) => {
        deadlines.disarm(deadline)
        reject(error)
      },
    )
  })
}
