// Owns: what a client receives for arguments that a schema has refused: a few issues, shortened, without its
// own values.
// Elsewhere: asking schemas (validation.ts).
import type { SchemaIssue } from './standard-schema.js'

/** What is wrong, for the client. */
export interface ArgumentIssue {
  readonly message: string
  /** Where: the number of the argument, then names of properties and numbers of items. */
  readonly path: readonly (string | number)[]
}

/** The most issues that a client receives. */
export const most = { issues: 10, message: 200, path: 32, key: 80 } as const

// How many values of one event are looked for in messages. Past it a message says nothing of its own.
const mostValues = 20_000
// What of a value is enough to know it by: libraries show the beginning of a long one.
const telling = 16
// Shorter ones are in many words by chance: only the value that is refused itself is looked for, and only
// where it stands alone.
const fewest = 4

const unknown = 'Invalid value'

/** An issue of a schema, and which argument the schema is for; none, where it is for all of them. */
export interface RawIssue {
  readonly issue: SchemaIssue
  readonly index: number | undefined
}

/**
 * Makes them fit for the client. Messages of some libraries quote the value: it is left out, as it may be a
 * password, and is anything that somebody else made the client send.
 */
export function publicIssues(issues: readonly RawIssue[], sent: unknown): ArgumentIssue[] {
  const values = issues.length === 0 ? undefined : valuesIn(sent)
  return issues.slice(0, most.issues).map(({ issue, index }) => {
    const keys = pathOf(issue, index)
    return {
      message: values === undefined ? unknown : messageOf(issue, values, valueAt(sent, keys)),
      path: keys.slice(0, most.path).map((key) => (typeof key === 'number' ? key : String(key).slice(0, most.key))),
    }
  })
}

function pathOf(issue: unknown, index: number | undefined): PropertyKey[] {
  const path: unknown = isObject(issue) ? Reflect.get(issue, 'path') : undefined
  const keys = Array.isArray(path) ? copyOf(path, most.path).map(keyOf) : []
  return index === undefined ? keys : [index, ...keys]
}

function keyOf(segment: unknown): PropertyKey {
  const key: unknown = isObject(segment) ? Reflect.get(segment, 'key') : segment
  return typeof key === 'string' || (typeof key === 'number' && Number.isFinite(key)) ? key : String(key)
}

/** The value at a path, or the last that there is on the way. */
function valueAt(sent: unknown, keys: readonly PropertyKey[]): unknown {
  let value = sent
  for (const key of keys) {
    if (!isObject(value) || !Object.hasOwn(value, key)) break
    value = Reflect.get(value, key)
  }
  return value
}

/** The beginnings of all texts and numbers, as texts; undefined, where there are too many. */
function valuesIn(sent: unknown): ReadonlySet<string> | undefined {
  const values = new Set<string>()
  const waiting: unknown[] = [sent]
  for (let count = 0; waiting.length > 0; count++) {
    if (count > mostValues) return undefined
    const value = waiting.pop()
    if (isObject(value)) {
      if (ArrayBuffer.isView(value)) continue
      const inner: unknown[] = Object.values(value)
      if (inner.length > mostValues) return undefined
      for (const item of inner) waiting.push(item)
    } else for (const text of spellings(value)) if (text.length >= fewest) values.add(text.slice(0, telling))
  }
  return values
}

/** How a message may spell a value, true, false and null aside, which say nothing. */
function spellings(value: unknown): readonly string[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [String(value)]
  return typeof value === 'string' ? [value, JSON.stringify(value).slice(1, -1)] : []
}

function messageOf(issue: unknown, values: ReadonlySet<string>, refused: unknown): string {
  const message: unknown = isObject(issue) ? Reflect.get(issue, 'message') : undefined
  if (typeof message !== 'string' || message === '') return unknown
  // Whatever is shown of a value has begun in what is shown.
  let text = without(withoutQuotes(message.slice(0, most.message + telling)), values)
  for (const value of spellings(refused)) if (value !== '' && value.length < fewest) text = withoutWord(text, value)
  return text.slice(0, most.message)
}

// What a schema has made of a value, a trimmed text say, is quoted like the value itself, and is nothing that
// was sent. Libraries quote at the end; the name of a type stays: `received number`, `(was a string)`.
const quotes = /(\breceived |\(was )(?!(?:an? )?[A-Za-z]+\)?(?:\s|$)).*$/s

function withoutQuotes(text: string): string {
  return text.replace(quotes, '$1…')
}

function without(text: string, values: ReadonlySet<string>): string {
  let kept = ''
  for (let at = 0; at < text.length;) {
    let length = Math.min(telling, text.length - at)
    while (length >= fewest && !values.has(text.slice(at, at + length))) length--
    // How much more of a long one is shown cannot be known: nothing that follows is.
    if (length === telling) return `${kept}…`
    kept += length < fewest ? text[at] : '…'
    at += length < fewest ? 1 : length
  }
  return kept
}

function withoutWord(text: string, value: string): string {
  const pattern = value.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return text.replaceAll(new RegExp(`(?<![\\p{L}\\p{N}_])${pattern}(?![\\p{L}\\p{N}_])`, 'gu'), '…')
}

/**
 * The first items of a list, as a list of our own: a library may have lists that make other things of
 * themselves.
 */
export function copyOf<Item>(list: readonly Item[], count: number): Item[] {
  return Array.from({ length: Math.min(list.length, count) }, (_, index) => list[index] as Item)
}

export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
