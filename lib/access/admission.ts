// Owns: who is let in: origin, authorize, session; and the line that answers.
// Elsewhere: its spelling (wire/v09/handshake.ts).
import { HandshakeError } from '../support/errors.js'
import { randomId } from '../support/ids.js'
import { logFailure, logger } from '../support/log.js'
import { isPromiseLike, within } from '../support/promises.js'
import { wrongOption } from '../support/options.js'
import type { Deadlines } from '../support/timers.js'
import { handshakeLine, jsonpRefusal } from '../wire/v09/handshake.js'
import { jsonpCall, scriptString } from '../wire/v09/script.js'
import type { Exchange, Headers } from '../transports/exchange.js'
import type { FrameworkRequest, Settings } from '../server/settings.js'

const log = logger('handshake')
const plain = { 'Content-Type': 'text/plain' }
const script = { 'Content-Type': 'application/javascript' }

/** A handshake that is to be answered. */
interface Asked {
  readonly exchange: Exchange
  readonly route: { readonly callback: string | undefined }
}

/** How long `authorize` and `origins` may take; after that they count as thrown. */
export const patienceMs = 10_000

/** What a refusal says in headers: "not now" says when. Proxies and monitors read it; clients come again by themselves. */
export function refusalHeaders({ status }: HandshakeError): Headers {
  return status === 503 ? { 'Retry-After': '5' } : {}
}

/**
 * Asks the application whether a request may connect.
 * @throws HandshakeError SIO_HANDSHAKE_UNAUTHORIZED (403) when it says no, SIO_HANDSHAKE_FAILED (500) when it throws: a
 *   database that hiccups is no refusal. SIO_HANDSHAKE_BUSY (503) when the server is closing.
 */
export async function admit(
  settings: Settings,
  deadlines: Deadlines,
  sockets: { readonly isShut: boolean },
  request: FrameworkRequest,
): Promise<object> {
  if (sockets.isShut) throw closing()
  let isAuthorized: boolean
  try {
    const answer: unknown = settings.authorize === undefined ? true : settings.authorize(request)
    // Only true lets in: a check that forgets to answer must not.
    isAuthorized = (isPromiseLike(answer) ? await within(deadlines, patienceMs, answer) : answer) === true
  } catch (error) {
    throw failed('authorize', error)
  }
  // It may have begun to close while the application was asked.
  if (sockets.isShut) throw closing()
  if (!isAuthorized) {
    throw new HandshakeError('SIO_HANDSHAKE_UNAUTHORIZED', 403, 'handshake unauthorized')
  }
  try {
    const answer: unknown = settings.session(request)
    const session = isPromiseLike(answer) ? await within(deadlines, patienceMs, answer) : answer
    if (typeof session !== 'object' || session === null) throw wrongOption('session', 'to return an object', session)
    return session
  } catch (error) {
    throw failed('session', error)
  }
}

/**
 * Asks the application for a session id, if it makes them.
 * @throws HandshakeError SIO_HANDSHAKE_FAILED when it throws, or makes what is none; in engine.io's words.
 */
export async function makeId(
  { generateId }: Settings['engine'],
  deadlines: Deadlines,
  request: FrameworkRequest,
): Promise<string> {
  if (generateId === undefined) return randomId()
  try {
    const answer: unknown = generateId(request)
    const id = isPromiseLike(answer) ? await within(deadlines, patienceMs, answer) : answer
    if (typeof id !== 'string' || id === '') throw wrongOption('engine.generateId', 'to return a string', id)
    return id
  } catch (error) {
    throw failedId(error)
  }
}

export function failedId(cause: unknown): HandshakeError {
  logFailure('engine.generateId() failed', cause)
  return new HandshakeError('SIO_HANDSHAKE_FAILED', 400, 'Bad request', { cause })
}

/** Answers a handshake with its line, as text or as the script that a JSONP client asked for. */
export function answerHandshake({ exchange, route }: Asked, settings: Settings, sid: string): void {
  const line = handshakeLine(sid, settings.heartbeatTimeout, settings.closeTimeout, settings.transports)
  const index = jsonpIndex(route)
  if (index === undefined) exchange.reply(200, plain, line)
  else exchange.reply(200, script, jsonpCall(index, scriptString(line)))
}

/** Answers a refusal; JSONP has no status, so it gets a script that says so. */
export function refuseHandshake({ exchange, route }: Asked, error: HandshakeError): void {
  log('%s', error)
  const index = error.code === 'SIO_HANDSHAKE_VERSION' ? undefined : jsonpIndex(route)
  const headers = refusalHeaders(error)
  if (index === undefined) exchange.reply(error.status, { ...plain, ...headers }, error.message)
  else exchange.reply(200, { ...script, ...headers }, jsonpRefusal(index, error.message))
}

/** The client's callback number; anything but digits is ignored, as it would be run as a script. */
function jsonpIndex({ callback }: Asked['route']): string | undefined {
  return callback !== undefined && /^\d{1,20}$/.test(callback) ? callback : undefined
}

/** What a client hears that comes while the server closes. */
export function closing(): HandshakeError {
  return new HandshakeError('SIO_HANDSHAKE_BUSY', 503, 'handshake error')
}

function failed(option: string, cause: unknown): HandshakeError {
  logFailure(`${option}() failed`, cause)
  return new HandshakeError('SIO_HANDSHAKE_FAILED', 500, 'handshake error', { cause })
}
