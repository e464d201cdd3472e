// Owns: the exceptionHandlerDecorator of a namespace or of its class.
// Elsewhere: what is called through it (calls.ts).
import { UsageError, quote } from '../support/errors.js'
import { disown } from '../support/promises.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { Decorate } from '../namespaces/dispatch.js'
import type { Handler } from '../namespaces/types.js'

/** What wraps the calls of a namespace, if anything does: a method, or a static one, as in the original. */
export function decoratorOf(namespace: AnyNamespace): Decorate | undefined {
  if (namespace.exceptionHandlerDecorator !== undefined) {
    return (fn) => checkDecorated(namespace.exceptionHandlerDecorator?.(fn) ?? fn)
  }
  const onClass: unknown = Reflect.get(namespace.constructor, 'exceptionHandlerDecorator')
  if (typeof onClass !== 'function') return undefined
  return (fn) => checkDecorated((onClass as Decorate).call(namespace.constructor, fn) ?? fn)
}

function checkDecorated(fn: unknown): Handler {
  if (typeof fn === 'function') return fn as Handler
  disown(fn)
  throw new UsageError(
    'SIO_USAGE_NAMESPACE',
    `expected exceptionHandlerDecorator to return a function, got ${quote(fn)}`,
  )
}
