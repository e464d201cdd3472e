// Owns: which methods the client of one namespace may reach.
// Elsewhere: where it is asked (dispatch.ts).
import { UsageError, quote } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import { isPromiseLike } from '../support/promises.js'

/** What `getInitialAcl()` may return: names of methods, or null for no restriction. */
export type InitialAcl = Iterable<string> | null

export class Acl {
  #allowed: Set<string> | null

  /** @throws UsageError SIO_USAGE_ACL when it is neither null nor an iterable of strings. It never fails open. */
  constructor(initial: unknown) {
    this.#allowed = readAcl(initial)
  }

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

  /** @throws UsageError SIO_USAGE_ACL, as the constructor. */
  reset(initial: unknown): void {
    this.#allowed = readAcl(initial)
  }
}

/** The ACL of a namespace before its own is known: nothing is dispatched to it yet. */
export const unrestricted = new Acl(null)

function readAcl(initial: unknown): Set<string> | null {
  if (initial === null) return null
  // It is refused in any case; that it fails as well must not end the process.
  if (isPromiseLike(initial)) {
    initial.then(undefined, (error: unknown) => {
      logFailure('getInitialAcl() returned a promise, which failed', error)
    })
  }
  if (typeof initial === 'object' && Symbol.iterator in initial) {
    const names = [...(initial as Iterable<unknown>)]
    if (names.every((name) => typeof name === 'string')) return new Set(names)
  }
  throw new UsageError(
    'SIO_USAGE_ACL',
    `expected getInitialAcl() to return null or an iterable of strings, got ${quote(initial)}`,
  )
}
