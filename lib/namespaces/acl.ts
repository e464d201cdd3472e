// Owns: which methods the client of one namespace may reach.
// Elsewhere: where it is checked (dispatch.ts).
import { UsageError, quote } from '../support/errors.js'
import { disown } from '../support/promises.js'

/** What `getInitialAcl()` may return: names of methods, or null for no restriction. */
export type InitialAcl = Iterable<string> | null

export class Acl {
  // Nothing is dispatched before the initial one is known.
  #allowed: Set<string> | null = null

  get allowed(): ReadonlySet<string> | null {
    return this.#allowed
  }

  allows(methodName: string): boolean {
    return this.#allowed === null || this.#allowed.has(methodName)
  }

  /** On an unrestricted namespace it changes nothing: the original closed everything else here, silently. */
  add(methodName: string): void {
    this.#allowed?.add(methodName)
  }

  /** @throws UsageError SIO_USAGE_ACL on an unrestricted namespace, which has no list to take it from. */
  delete(methodName: string): void {
    if (this.#allowed === null) {
      throw new UsageError(
        'SIO_USAGE_ACL',
        `expected an ACL to take ${quote(methodName)} from, got an unrestricted namespace`,
      )
    }
    this.#allowed.delete(methodName)
  }

  lift(): void {
    this.#allowed = null
  }

  /**
   * Asks for the initial ACL and applies it. Everything is closed before it asks, and stays so when that
   * fails.
   * @throws UsageError SIO_USAGE_ACL when the answer is neither null nor an iterable of strings; whatever
   *   `ask` throws.
   */
  reset(ask: () => unknown): void {
    this.#allowed = new Set()
    this.#allowed = readAcl(ask())
  }
}

function readAcl(initial: unknown): Set<string> | null {
  if (initial === null) return null
  disown(initial)
  if (typeof initial === 'object' && Symbol.iterator in initial) {
    const names = [...(initial as Iterable<unknown>)]
    if (names.every((name) => typeof name === 'string')) return new Set(names)
  }
  throw new UsageError(
    'SIO_USAGE_ACL',
    `expected getInitialAcl() to return null or an iterable of strings, got ${quote(initial)}`,
  )
}
