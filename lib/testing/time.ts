// Owns: Node's timers as they were when the kit was loaded: a test may put its own in their place later.
import * as timers from 'node:timers'

// Taken out of the module at once: what fakes the timers replaces those of the module as well.
const { setTimeout, clearTimeout, setImmediate } = timers
const { performance } = globalThis
const now = performance.now.bind(performance)

export { clearTimeout, now, setImmediate, setTimeout }

/** The next turn of the event loop: what has arrived by then is handled. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

// What arrives in one turn may be answered in the next, and read in the one after that.
export const calmTurns = 6
// What goes on for longer is not waited for by going round and round.
export const mostTurns = 200

/** Some turns of the event loop in which nothing is busy, of so many at most. */
export async function untilCalm(isBusy: () => boolean): Promise<void> {
  for (let turns = 0, calm = 0; calm < calmTurns && turns < mostTurns; turns++) {
    await turn()
    calm = isBusy() ? 0 : calm + 1
  }
}

/** So many milliseconds of real time. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/** Rejects with the error that `describe` makes when `promise` has not settled in time. */
export function within<T>(ms: number, promise: Promise<T>, describe: () => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(describe())
    }, ms)
    promise.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}

export interface Deferred<T> {
  readonly promise: Promise<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

/** A promise that others settle; one that is rejected while nobody waits for it is not reported. */
export function deferred<T>(): Deferred<T> {
  let resolve: Deferred<T>['resolve'] = () => {}
  let reject: Deferred<T>['reject'] = () => {}
  const promise = new Promise<T>((resolvePromise, rejectPromise) => {
    resolve = resolvePromise
    reject = rejectPromise
  })
  promise.catch(() => {})
  return { promise, resolve, reject }
}
