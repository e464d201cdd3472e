// Owns: the options jsonParse and jsonStringify: what an application's own codec may do.
// Elsewhere: the other options (settings.ts), how deep JSON may be (wire/json-depth.ts).
import { wrongOption } from '../support/options.js'
import { disown, isPromiseLike } from '../support/promises.js'
import { checkJsonDepth, mayBeDeeper } from '../wire/json-depth.js'
import type { JsonCodec } from '../wire/v09/packet.js'

type Parse = (text: string) => unknown

/** Makes a codec of an application's own functions, or of JSON's. */
export function codecOf(
  parse: Parse = (text) => JSON.parse(text) as unknown,
  stringify: ((value: unknown) => string) | undefined,
  maxDepth: number,
): JsonCodec {
  return { parse: bounded(parse, maxDepth), stringify: written(stringify) ?? JSON.stringify }
}

// An application's own: anything but a text would be sent as "[object Promise]".
function written(
  stringify: ((value: unknown) => string) | undefined,
): ((value: unknown) => string | undefined) | undefined {
  if (stringify === undefined) return undefined
  return (value) => {
    const text: unknown = stringify(value)
    if (text === undefined || typeof text === 'string') return text
    disown(text)
    throw wrongOption('jsonStringify', 'a function that returns a string', text)
  }
}

function bounded(parse: Parse, maxDepth: number): Parse {
  return (text) => {
    if (mayBeDeeper(text.length, maxDepth)) checkJsonDepth(text, maxDepth)
    const value = parse(text)
    if (!isPromiseLike(value)) return value
    disown(value)
    throw wrongOption('jsonParse', 'a function that returns a value, and no promise', value)
  }
}
