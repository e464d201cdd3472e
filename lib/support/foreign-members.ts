// Owns: members that other libraries have on objects of ours: using one throws an error that names what to
// use here.
// Elsewhere: which they are (rooms/foreign-members.ts, server/foreign-members.ts).
import { UsageError } from './errors.js'
import type { ForeignNames } from './unknown-names.js'

export interface ForeignMembers {
  readonly methods: ForeignNames
  readonly properties: ForeignNames
}

/**
 * Adds them to an object. They are not enumerable, and an assignment replaces one.
 * @param path what the object is called in the errors: `io`.
 */
export function refuseMembers(target: object, path: string, { methods, properties }: ForeignMembers): void {
  for (const [name, advice] of Object.entries(methods)) {
    const value = (): never => {
      throw doesNotExist(`${path}.${name}()`, advice)
    }
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false })
  }
  for (const [name, advice] of Object.entries(properties)) {
    Object.defineProperty(target, name, {
      get: (): never => {
        throw doesNotExist(`${path}.${name}`, advice)
      },
      set(this: object, value: unknown) {
        Object.defineProperty(this, name, { value, writable: true, configurable: true, enumerable: true })
      },
      configurable: true,
      enumerable: false,
    })
  }
}

function doesNotExist(member: string, advice: string): UsageError {
  return new UsageError('SIO_USAGE_MEMBER', `${member} does not exist: ${advice}`)
}
