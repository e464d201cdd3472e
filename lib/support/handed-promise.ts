// Owns: promises that applications get from us and may leave alone: none of them, nor what `then`, `catch`
// and `finally` make of them, ever counts as unhandled, which would end the process.
import { ClosedError, isA } from './errors.js'
import type { Reporter } from './user-code.js'

// Symbols, as `then()` makes native promises that are given this prototype afterwards.
const source = Symbol('source')
const isUsed = Symbol('used')

/** Which method of ours the promise is from, and where its failure is reported. */
interface Source {
  readonly reporter: Reporter
  readonly method: string
}

class HandedPromise<T> extends Promise<T> {
  declare [source]: Source
  declare [isUsed]?: true

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  // `await`, `catch`, `finally` and `Promise.all` come by here as well.
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is for
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this[isUsed] = true
    return handOn(super.then(fulfilled, rejected), this[source])
  }
}

/**
 * Gives a promise to an application. When it rejects and nothing was done with it by the end of the turn, as
 * Node counts, it is reported instead of unhandled; a ClosedError, which only says that the client has gone,
 * is not even that.
 *
 * An async function of the application's that awaits it, or its own `Promise.all`, is a promise of its own.
 */
export function handOut<T>(promise: Promise<T>, method: string, reporter: Reporter): Promise<T> {
  return handOn(promise, { method, reporter })
}

function handOn<T>(promise: Promise<T>, from: Source): Promise<T> {
  const handed = promise as HandedPromise<T>
  // Still a native promise: this is not the application's use of it.
  promise.then(undefined, (error: unknown) => {
    if (handed[isUsed] || isA(error, ClosedError)) return
    process.nextTick(() => {
      if (!handed[isUsed]) from.reporter.failed(from.method, error)
    })
  })
  Object.setPrototypeOf(promise, HandedPromise.prototype)
  handed[source] = from
  return handed
}
