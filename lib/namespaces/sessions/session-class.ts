// Owns: which classes keep a session, and how fresh each wants it.
// Elsewhere: what they get by that (session-mixin.ts), turns (client-session.ts).
import { UsageError, quote } from '../../support/errors.js'

/** A namespace whose class has SessionMixin. */
export interface SessionNamespace {
  sessionEnded(): unknown
}

const marker = Symbol('session')

/** Every namespace with that prototype keeps a session. */
export function markSession(prototype: object): void {
  Object.defineProperty(prototype, marker, { value: true })
}

export function hasSession<Namespace extends object>(namespace: Namespace): namespace is Namespace & SessionNamespace {
  return Reflect.get(namespace, marker) === true
}

/** What a class says in `static freshFor`, in milliseconds. */
export const defaultFreshFor = 1_000

type AnyClass = (...args: never[]) => unknown

/**
 * How long a session that was read counts as fresh for a class; undefined for one that keeps none.
 * @throws UsageError SIO_USAGE_NAMESPACE for anything but a duration.
 */
export function readFreshFor(namespaceClass: AnyClass): number | undefined {
  if (!hasSession(namespaceClass.prototype as object)) return undefined
  const freshFor: unknown = Reflect.get(namespaceClass, 'freshFor') ?? defaultFreshFor
  if (typeof freshFor === 'number' && freshFor >= 0) return freshFor
  throw new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected static freshFor of ${namespaceClass.name} to be 0 or more milliseconds, got ${quote(freshFor)}`,
  )
}
