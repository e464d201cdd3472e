// Owns: following a call on a tracing channel of node:diagnostics_channel.
// Elsewhere: the channels (channels.ts), what is called (namespaces/trace-call.ts).
import { AsyncResource } from 'node:async_hooks'
import { tracingChannel, type TracingChannel } from 'node:diagnostics_channel'
import { adopt, isPromiseLike } from './promises.js'

/** How a call ended. */
export type Outcome = { readonly result: unknown } | { readonly error: unknown }

// What a call has thrown, and the stores that were bound to it, until it is reported. Of calls within each
// other the innermost knows most; an application may throw the same object again, in another call.
const contexts = new WeakMap<object, { readonly call: number; readonly context: AsyncResource }>()
let calls = 0

function rememberContext(error: unknown, call: number): void {
  const isObject = (typeof error === 'object' && error !== null) || typeof error === 'function'
  if (!isObject || (contexts.get(error)?.call ?? 0) > call) return
  contexts.set(error, { call, context: new AsyncResource('socketio-middleware') })
}

/**
 * Runs a function where a call that was followed has thrown `error`: it finds the stores that were bound to
 * that call.
 */
export function runWhereThrown(error: unknown, run: () => void): void {
  const thrown = contexts.get(error as object)
  if (thrown === undefined) {
    run()
    return
  }
  contexts.delete(error as object)
  thrown.context.runInAsyncScope(run)
}

/** Publishes the end of a call. */
export interface Traced {
  settle(outcome: Outcome): void
}

/**
 * A tracing channel. Node's own `tracePromise()` would make a promise of every result; a handler that returns
 * none is done when it returns.
 *
 * What subscribers throw is thrown by Node later, outside of all of this.
 */
export class Trace<Message extends Traced> {
  readonly #channel: TracingChannel<unknown, Message>

  constructor(name: string) {
    this.#channel = tracingChannel<unknown, Message>(name)
  }

  /**
   * Whether anybody subscribes to any part of it, or has bound a store to it. Asked for each event (bench:
   * echo).
   */
  get isWatched(): boolean {
    const { start, end, asyncStart, asyncEnd, error } = this.#channel
    return (
      start.hasSubscribers ||
      end.hasSubscribers ||
      asyncStart.hasSubscribers ||
      asyncEnd.hasSubscribers ||
      error.hasSubscribers
    )
  }

  /** Runs a function whose end is known when it returns, or when the promise is settled that it returns. */
  follow<Result>(message: Message, run: () => Result): Result {
    return this.begin(message, (ended) => {
      let result: Result
      try {
        result = run()
        if (!isPromiseLike(result)) {
          ended({ result })
          return result
        }
      } catch (error) {
        ended({ error })
        throw error
      }
      const settled = adopt(result).then(
        (value) => {
          ended({ result: value })
          return value
        },
        (error: unknown) => {
          ended({ error })
          throw error
        },
      )
      return settled as Result
    })
  }

  /** Runs what says itself how it ended, once: now or later. */
  begin<Result>(message: Message, run: (ended: (outcome: Outcome) => void) => Result): Result {
    const { start, end, asyncStart, asyncEnd, error } = this.#channel
    const call = ++calls
    let hasReturned = false
    return start.runStores(message, () => {
      try {
        return run((outcome) => {
          message.settle(outcome)
          if ('error' in outcome) {
            rememberContext(outcome.error, call)
            error.publish(message)
          }
          if (!hasReturned) return
          asyncStart.publish(message)
          asyncEnd.publish(message)
        })
      } finally {
        hasReturned = true
        end.publish(message)
      }
    })
  }
}
