// Owns: how jsonp-polling dresses its answers, and what its form posts hold.
import { ProtocolError, quote } from '../../support/errors.js'
import { payloadOf, type Frame } from '../../wire/v09/frame.js'
import { jsonpCall, scriptString } from '../../wire/v09/script.js'
import type { PollFormat } from './long-poll.js'

/** The format for a poll whose URL asks for the client's callback number `index`; digits only, else 0. */
export function jsonpPolling(index: string | null): PollFormat {
  const callback = index !== null && /^\d{1,20}$/.test(index) ? index : '0'
  return {
    name: 'jsonp-polling',
    // X-XSS-Protection: old browsers' filters saw the script's text in the URL and broke it.
    headers: { 'Content-Type': 'text/javascript; charset=UTF-8', 'X-XSS-Protection': '0' },
    body: (frames) => jsonpCall(callback, scriptOf(frames)),
  }
}

function scriptOf(frames: readonly Frame[]): string {
  const [frame] = frames
  if (frames.length === 1 && frame !== undefined) return (frame.script ??= scriptString(frame.text))
  return scriptString(payloadOf(frames))
}

/**
 * The payload in the field `d` of a jsonp form post. It is a JSON string in there, so that a browser's
 * normalising of newlines in form fields does no harm.
 * @throws ProtocolError SIO_PROTOCOL_PAYLOAD when `d` is missing, no JSON or no string.
 */
export function payloadOfForm(field: unknown): string {
  // What begins otherwise is no string: it is not parsed, however deep or large it would become.
  if (typeof field !== 'string' || !/^\s*"/.test(field)) throw noString(field)
  try {
    return JSON.parse(field) as string
  } catch (cause) {
    throw noString(field, cause)
  }
}

function noString(field: unknown, cause?: unknown): ProtocolError {
  return new ProtocolError('SIO_PROTOCOL_PAYLOAD', `expected a JSON string in d, got ${quote(field)}`, { cause })
}
