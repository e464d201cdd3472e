// Owns: what recv_connect itself comes to, whatever a decorator or an overridden step makes of it: access
// fails closed.
// Elsewhere: who asks it (opening.ts), who calls it (calls.ts).
import { UsageError } from '../support/errors.js'
import { adopt, isPromiseLike } from '../support/promises.js'
import type { Handler } from '../namespaces/types.js'

interface Outcome {
  /** Undefined where nothing was called: that error is made when it is thrown (bench: connect). */
  error: unknown
  wasCalled: boolean
  isRefused: boolean
  settled: Promise<void> | undefined
}

/**
 * The outcome of the last call counts: a decorator may try a second time. Its own throw comes before this is
 * asked.
 */
export class ConnectVerdict {
  // None before something of ours was called.
  #last: Outcome | undefined
  #afterwards: ((error: unknown) => void) | undefined
  /** Whether the default of processPacket got the connect: recv_connect is to be called then. */
  isPassedOn = false

  /** Whether recv_connect was called, or denied by the ACL. */
  get isAsked(): boolean {
    return this.#last !== undefined
  }

  /** The ACL denies it, even if an overridden step swallows that. */
  denied(error: unknown): void {
    this.#last = { error, wasCalled: true, isRefused: true, settled: undefined }
    this.#afterwards?.(error)
  }

  /**
   * Watches the method in front of a decorator, which may swallow what it throws, not await it, or never call
   * it.
   */
  watch(method: Handler): Handler {
    this.#last = { error: undefined, wasCalled: false, isRefused: true, settled: undefined }
    return (...args) => this.call(method, args)
  }

  call(method: Handler, args: unknown[]): unknown {
    const outcome: Outcome = { error: undefined, wasCalled: true, isRefused: false, settled: undefined }
    const refused = (error: unknown): void => {
      outcome.error = error
      outcome.isRefused = true
      this.#afterwards?.(error)
    }
    this.#last = outcome
    try {
      const result = method(...args)
      if (isPromiseLike(result)) outcome.settled = adopt(result).then(() => {}, refused)
      return result
    } catch (error) {
      refused(error)
      throw error
    }
  }

  /** What is still to be waited for, if anything. */
  get pending(): Promise<void> | undefined {
    return this.#last?.settled
  }

  /** @throws what the last call threw or rejected with. */
  check(): void {
    if (this.#last?.isRefused !== true) return
    if (this.#last.wasCalled) throw this.#last.error
    throw new Error('expected exceptionHandlerDecorator to call recv_connect, which it did not')
  }

  /** The client is in, though nobody was asked: a call that refuses it is still to count. */
  watchOn(refused: (error: unknown) => void): void {
    this.#afterwards = refused
  }
}

/** A step kept the connect for later, or forgot it, and has returned. */
export function notAsked(className: string): UsageError {
  return new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected ${className} to call recv_connect before processPacket returns, or its promise resolves: ` +
      'return what super.processPacket(packet) returns, or a promise of it',
  )
}
