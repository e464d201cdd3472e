// Owns: the guard around functions that an application gave us: what they throw or reject is reported and
// goes no further.
// Elsewhere: handlers, which dispatch calls itself inside a guard of its own (clients/calls.ts).
import { setImmediate } from './environment.js'
import { logFailure } from './log.js'
import { adopt, isPromiseLike, within } from './promises.js'
import type { Deadlines } from './timers.js'

/** Where the failure of an application's function is reported. It must not throw. */
export interface Reporter {
  /** @param what a name for the function that failed. */
  failed(what: string, error: unknown): void
}

/** Reports to the log, for functions that concern no single client. */
export const logReporter: Reporter = {
  failed: (what, error) => {
    logFailure(`${what} failed`, error)
  },
}

/** What a function is called in a report; its name may be anything, or throw. */
export function nameOf(fn: unknown, otherwise: string): string {
  try {
    const name: unknown = Reflect.get(fn as object, 'name')
    return typeof name === 'string' && name !== '' ? name : otherwise
  } catch {
    return otherwise
  }
}

/**
 * Calls a function whose result nobody uses. What it throws is reported, and so is the rejection of a
 * promise.
 */
export function attempt(reporter: Reporter, what: string, run: () => unknown): void {
  try {
    const result = run()
    if (isPromiseLike(result)) {
      adopt(result).then(undefined, (error: unknown) => {
        reporter.failed(what, error)
      })
    }
  } catch (error) {
    reporter.failed(what, error)
  }
}

/**
 * Calls back in a later turn, never within the call that was given the callback, which might ask again within
 * itself. Node's own callbacks come by process.nextTick(): one that asks again and again would then keep all
 * others waiting, as a microtask would.
 */
export function later(call: () => void): void {
  setImmediate(call)
}

/**
 * Calls a function whose answer is needed: the answer itself, or a promise of it that rejects after
 * `patienceMs`.
 * @throws whatever the function throws; the promise rejects with it, too.
 */
export function ask<T>(deadlines: Deadlines, patienceMs: number, run: () => T | PromiseLike<T>): T | Promise<T> {
  const answer = run()
  return isPromiseLike(answer) ? within(deadlines, patienceMs, answer) : answer
}

type Guarded = (event: unknown) => void
type Listener = ((this: unknown, event: unknown) => unknown) | { handleEvent(event: unknown): unknown }

/**
 * Wraps the abort listeners of a signal that an application gets: Node ends the process for one that throws
 * or rejects. `onabort` is a listener as well.
 */
export function guardListeners(signal: AbortSignal, reporter: Reporter): void {
  const guarded = new WeakMap<object, Guarded>()
  const add = signal.addEventListener.bind(signal) as (...args: unknown[]) => void
  const remove = signal.removeEventListener.bind(signal) as (...args: unknown[]) => void
  const wrap = (listener: Listener): Guarded => {
    const known = guarded.get(listener)
    if (known !== undefined) return known
    const wrapped = (event: unknown): void => {
      attempt(reporter, 'abort listener', () =>
        typeof listener === 'function' ? listener.call(signal, event) : listener.handleEvent(event),
      )
    }
    guarded.set(listener, wrapped)
    return wrapped
  }
  const isListener = (value: unknown): value is Listener =>
    typeof value === 'function' || (typeof value === 'object' && value !== null)
  Object.defineProperties(signal, {
    addEventListener: {
      value: (type: string, listener: unknown, ...rest: unknown[]) => {
        add(type, isListener(listener) ? wrap(listener) : listener, ...rest)
      },
    },
    removeEventListener: {
      value: (type: string, listener: unknown, ...rest: unknown[]) => {
        remove(type, isListener(listener) ? (guarded.get(listener) ?? listener) : listener, ...rest)
      },
    },
  })
}
