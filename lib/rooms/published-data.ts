// Owns: what other processes see of `this.data`: a copy of it, as JSON makes it, of a bounded size.
// Elsewhere: whose data it is (member.ts).
import { HandlerError, UsageError, quote, type ReportedError } from '../support/errors.js'
import type { Environ } from '../socket/environ.js'
import { checkJsonDepth } from '../wire/json-depth.js'

/** How long its JSON may be, in bytes, and how many lists and objects may be in each other. */
export const maxDataBytes = 65_536
const maxDataDepth = 50

/** Where it is reported that somebody's data could not be published. */
export interface DataReporter {
  report(name: string, message: string, msgId?: string, quiet?: boolean, error?: ReportedError): void
}

// Those whose data was reported, until it can be published again.
const reported = new WeakSet<object>()

/**
 * The data of one socket as other processes see it: empty, and reported once, where it cannot be published.
 */
export function shownData(owner: object, data: object, reporter: DataReporter): object {
  try {
    const copy = publishedData(data)
    reported.delete(owner)
    return copy
  } catch (error) {
    const message = 'this.data could not be published'
    if (!reported.has(owner))
      reporter.report('handler_failed', message, undefined, true, new HandlerError(message, error))
    reported.add(owner)
    return {}
  }
}

/**
 * A copy as JSON makes it. Adapters encode it in ways of their own, all sockets of a process at once: what
 * one of them could not encode, or the other side not read, would lose all others as well.
 * @throws UsageError SIO_USAGE_DATA for what is not JSON, or too large.
 */
export function publishedData(data: object): object {
  const text = encoded(data)
  const bytes = Buffer.byteLength(text)
  if (bytes > maxDataBytes) throw refused(`of at most ${maxDataBytes} bytes, got ${bytes}`)
  if (text.includes('"__proto__":')) throw refused('without the key "__proto__"')
  try {
    checkJsonDepth(text, maxDataDepth)
  } catch {
    throw refused(`of at most ${maxDataDepth} levels`)
  }
  const copy: unknown = JSON.parse(text)
  if (!isData(copy)) throw refused('of an object')
  return copy
}

function encoded(data: object): string {
  let text: string | undefined
  try {
    text = JSON.stringify(data)
  } catch (error) {
    throw refused('', error)
  }
  // What a toJSON() may answer.
  if (text === undefined) throw refused('of an object')
  return text
}

/** Whether a value can be somebody's data. */
export function isData(value: unknown): value is object {
  try {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    // A proxy that was revoked.
    return false
  }
}

/** @throws UsageError SIO_USAGE_DATA for anything but an object. */
export function checkData(value: unknown): object {
  if (isData(value)) return value
  throw new UsageError('SIO_USAGE_DATA', `expected this.data to be an object, got ${quote(value)}`)
}

function refused(details: string, cause?: unknown): UsageError {
  const options = cause === undefined ? undefined : { cause }
  return new UsageError('SIO_USAGE_DATA', `expected this.data to be JSON ${details}`.trimEnd(), options)
}

/** A request as adapters can carry it: a client chooses the names in its query and its headers. */
export function shownEnviron(environ: Environ): Environ {
  const { query, headers } = environ
  if (!isUnreadable(query) && !isUnreadable(headers)) return environ
  return { ...environ, query: readable(query), headers: readable(headers) }
}

// The msgpack of the streams adapter reads no message with such a key, be it one of many sockets that has it.
function isUnreadable(names: object): boolean {
  return Object.hasOwn(names, '__proto__')
}

function readable<T extends object>(names: T): T {
  return Object.fromEntries(Object.entries(names).filter(([name]) => name !== '__proto__')) as T
}
