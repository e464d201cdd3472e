// Owns: what our mixins have in common: what is said of one that is not called, or called with no class.
// Elsewhere: the mixins (rooms-mixin.ts, broadcast-mixin.ts, session-mixin.ts), classes at mount
// (namespace-map.ts).
import { UsageError, quote } from '../support/errors.js'
import type { AnyNamespace } from './any-namespace.js'
import type { Constructor } from './types.js'

/**
 * A mixin, which is called with a class. The second signature is never used: by it the compiler refuses
 * `extends RoomsMixin` with the words that are right, for they are no object type.
 */
export type Mixin<Call, Name extends string> = Call & (new () => `write: extends ${Name}(BaseNamespace)`)

type MixinCall = (base: Constructor<AnyNamespace>) => unknown

/**
 * @throws UsageError SIO_USAGE_NAMESPACE, when it is called, for anything but a class: of a circular import,
 *   say, or none.
 */
export function asMixin<Call extends MixinCall, Name extends string>(name: Name, call: Call): Mixin<Call, Name> {
  // No arrow: a class that extends one fails at once, in words of the engine's that name no mixin.
  function mixin(base: unknown): unknown {
    if (typeof base !== 'function') {
      throw new UsageError(
        'SIO_USAGE_NAMESPACE',
        `expected ${name}() to get a class, as "extends ${name}(BaseNamespace)" does, got ${quote(base)}`,
      )
    }
    return call(base as Constructor<AnyNamespace>)
  }
  Object.defineProperty(mixin, 'name', { value: name })
  return mixin as unknown as Mixin<Call, Name>
}
