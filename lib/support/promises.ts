// Owns: waiting: telling what must be waited for from what is done, waiting no longer than so long, and
// waiting in steps.
import { logFailure } from './log.js'
import { Deadline, type Deadlines } from './timers.js'

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  // A function may have a then as well, and `await` takes it for a promise.
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function'
  return isObject && typeof (value as { then?: unknown }).then === 'function'
}

/**
 * Whether a result of ours must be waited for. A library may replace the global `Promise` (zone.js does), and async
 * functions return that of Node all the same.
 */
export function isPending<T>(value: T | Promise<T>): value is Promise<T> {
  return value instanceof Promise || value instanceof NodesPromise
}

const NodesPromise = (async () => {})().constructor as PromiseConstructor

/** Goes on with a value, at once where it need not be waited for. */
export function whenDone<T, Result>(
  value: T | Promise<T>,
  goOn: (value: T) => Result | Promise<Result>,
): Result | Promise<Result> {
  return isPending(value) ? value.then(goOn) : goOn(value)
}

/**
 * A promise of our own for one of an application, whose `then` may throw, return nothing, or call back twice.
 */
export function adopt<T>(promise: PromiseLike<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(promise)
  })
}

/** Has a promise that nobody wanted, and that is reported as such, not end the process by its rejection. */
export function disown(value: unknown): void {
  try {
    if (isPromiseLike(value)) adopt(value).then(undefined, () => {})
  } catch {
    // A `then` whose getter throws is none.
  }
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

/** Steps that wait wherever they yield a promise, and that handle their own errors. */
export type Steps<Result> = Generator<PromiseLike<unknown>, Result, void>

/**
 * Runs steps, as an async function would; but where none of them yields a promise, `done` is called before
 * this returns.
 */
export function runSteps<Result>(steps: Steps<Result>, done: (result: Result) => void): void {
  const go = (advance: () => IteratorResult<PromiseLike<unknown>, Result>): void => {
    const step = advance()
    if (step.done === true) {
      done(step.value)
      return
    }
    const goOn = (): void => {
      go(() => steps.next())
    }
    const failed = (error: unknown): void => {
      go(() => steps.throw(error))
    }
    adopt(step.value)
      .then(goOn, failed)
      .catch((error: unknown) => {
        logFailure('the steps of an end or an opening failed', error)
      })
  }
  go(() => steps.next())
}
