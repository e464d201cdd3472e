// Owns: the options jsonParse and jsonStringify: what an application's own codec may do.
// Elsewhere: the other options (settings.ts), how deep JSON may be (wire/json-depth.ts).
import { wrongOption } from '../support/options.js'
import { disown, isPromiseLike } from '../support/promises.js'
import { checkJsonDepth, levelLength } from '../wire/json-depth.js'
import type { JsonCodec } from '../wire/v09/packet.js'

type Parse = (text: string) => unknown

/** Makes a codec of an application's own functions, or of JSON's. */
export function codecOf(
  parse: Parse | undefined,
  stringify: ((value: unknown) => string) | undefined,
  maxDepth: number,
): JsonCodec {
  return {
    parse: parse === undefined ? ownParse(maxDepth) : bounded(parse, maxDepth),
    stringify: written(stringify) ?? JSON.stringify,
  }
}

// JSON's own, which returns no promise (bench: echo).
function ownParse(maxDepth: number): Parse {
  const shallow = levelLength * maxDepth
  return (text) => {
    if (text.length > shallow) checkJsonDepth(text, maxDepth)
    return JSON.parse(text) as unknown
  }
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
    if (text.length > levelLength * maxDepth) checkJsonDepth(text, maxDepth)
    const value = parse(text)
    if (!isPromiseLike(value)) return value
    disown(value)
    throw wrongOption('jsonParse', 'a function that returns a value, and no promise', value)
  }
}
