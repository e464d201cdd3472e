// Owns: the cookies that the answer to a client's first request has set: the answer itself does not stay.
// Elsewhere: who asks, to know whether a session's id has left the process
// (namespaces/sessions/express-session.ts).
import { attempt, logReporter } from './user-code.js'

interface Response {
  readonly destroyed: boolean
  readonly headersSent: boolean
  once(event: 'close', listener: () => void): unknown
  getHeader(name: string): unknown
}

const sent = new WeakMap<object, string>()

/** Keeps them once they have gone out: most answers set none, and keep nothing here. */
export function keepSentCookies(request: object, response: Response): void {
  const keep = (): void => {
    attempt(logReporter, "an answer's getHeader()", () => {
      const cookies = textOf(response.getHeader('set-cookie'))
      if (cookies !== '') sent.set(request, cookies)
    })
  }
  // That of an upgrade is over already, and its client may send at once.
  if (response.destroyed || response.headersSent) keep()
  else response.once('close', keep)
}

/**
 * The cookies of a request and of its answer, `response` where it is still known, as one text; empty where
 * there are none. What may be spelt in several ways is spelt in one: a client writes its own, percent-encoded
 * or in quotes as it likes.
 */
export function cookiesOf(request: object, response: unknown): string {
  const headers: unknown = Reflect.get(request, 'headers')
  const received: unknown = isObject(headers) ? Reflect.get(headers, 'cookie') : undefined
  const own = isObject(response) && typeof Reflect.get(response, 'getHeader') === 'function'
  const set = sent.get(request) ?? (own ? (response as Response).getHeader('set-cookie') : undefined)
  return [received, set].map(textOf).filter(Boolean).join('; ').replaceAll(encodedByte, decodeByte).replaceAll('"', '')
}

const encodedByte = /%([\da-f]{2})/gi

function decodeByte(_encoded: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}

function textOf(header: unknown): string {
  return Array.isArray(header) ? header.join('; ') : typeof header === 'string' ? header : ''
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
