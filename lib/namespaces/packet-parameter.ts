// Owns: which handlers get the whole packet: those whose only parameter is named so, and those that their
// class lists.
// Elsewhere: the rest of what is read of a class (class-table.ts).
import { UsageError, quote } from '../support/errors.js'

type AnyFunction = (...args: unknown[]) => unknown

/**
 * Reads from a class who gets the packet. In minified code names say nothing: a handler with one parameter
 * gets the arguments only if `static packetHandlers` says who gets packets, be it nobody.
 * @throws UsageError SIO_USAGE_NAMESPACE when that is not an array, or is missing where it is needed.
 */
export function packetTaker(
  namespaceClass: AnyFunction,
  base: AnyFunction,
): (name: string, run: AnyFunction, owner: object) => boolean {
  const listed: unknown = Reflect.get(namespaceClass, 'packetHandlers')
  if (listed !== undefined && listed !== null && !Array.isArray(listed)) {
    throw new UsageError(
      'SIO_USAGE_NAMESPACE',
      `expected packetHandlers to be an array of method names, got ${quote(listed)}`,
    )
  }
  const names = new Set<unknown>(listed ?? [])
  return (name, run, owner) => {
    if (names.has(name)) return true
    // The methods of `base` do nothing with what they get.
    if (run.length !== 1 || owner === base.prototype) return false
    const text = Function.prototype.toString.call(run)
    if (packetParameter.test(text)) return true
    if (!Array.isArray(listed) && isAmbiguous(name, text, owner)) {
      throw new UsageError(
        'SIO_USAGE_NAMESPACE',
        `expected minified ${name} to say whether it gets the packet: add static packetHandlers = [] to its class, ` +
          'or the names of those that do',
      )
    }
    return false
  }
}

// Up to its parameters a method's text holds its name (plain, quoted or computed) and words like async.
const beforeParameters =
  /^(?:async\b\s*)?(?:function\b\s*)?\*?\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s'"[(]*)\s*/
const packetParameter = new RegExp(String.raw`${beforeParameters.source}\(\s*packet\s*,?\s*\)`)
const shortParameter = new RegExp(String.raw`${beforeParameters.source}\(\s*[\w$]{1,2}\s*,?\s*\)`)

// Others get the packet as their first argument, whatever it is called, or have none.
const isAsked = /^(?:on_|recv_(?:message|json)$)/

// Minified together with the application, this name is as short as its own.
const ownNamesAreShort = !/\bpacket\b/.test(((packet: unknown) => packet).toString())

function isAmbiguous(name: string, text: string, owner: object): boolean {
  if (!isAsked.test(name) || !shortParameter.test(text)) return false
  return ownNamesAreShort || isMinified(Function.prototype.toString.call(owner.constructor))
}

// Code that somebody reads has its members on lines of their own, or blanks in front of its braces. What tsx
// makes of it has neither, but keeps names: `__name` would be shorter otherwise.
function isMinified(classText: string): boolean {
  return /^class\b[^{]*[^\s{]\{/.test(classText) && !/[{};,]\r?\n\s|\b__name\(/.test(classText)
}
