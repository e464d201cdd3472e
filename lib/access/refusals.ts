// Owns: refusals of requests, each made here: the answer to the client, and the log line that says why, and
// which option would let it in.
// Elsewhere: who decides (origins.ts, admission.ts, server/…), refused connects to a namespace
// (clients/refusals.ts).
import { handshakesRefused, messageOf, publish, type RefusedMessage } from '../support/channels.js'
import { HandshakeError, quote, type ErrorCode } from '../support/errors.js'
import { logFailure, logger, logTurnedAway } from '../support/log.js'
import { jsonpRefusal } from '../wire/v09/handshake.js'
import { plainText, type Exchange, type Headers } from '../transports/exchange.js'
import type { OriginRule } from './origins.js'

const log = logger('refused')

/** What a refusal needs to know of its request. */
export interface Refused {
  readonly exchange: Exchange & { readonly isUpgrade: boolean }
  readonly route: { readonly kind: string; readonly callback: string | undefined }
}

interface Wording {
  /** Why, and what would allow it, for the log. Without it, only the debug log has a line. */
  readonly why?: string
  /** The answer on the URLs of 0.9's transports, where it is not the message. */
  readonly brief?: string
  /** engine.io's number for it, which its clients get with the message, in JSON. */
  readonly engineCode?: number
  readonly headers?: Headers
  /** Whether a JSONP client gets a script, since scripts have no status. */
  readonly isScript?: boolean
  readonly cause?: unknown
}

/** A request that is refused: the message is for its client. */
export class RefusalError extends HandshakeError {
  readonly wording: Wording

  constructor(code: ErrorCode, status: number, message: string, wording: Wording) {
    super(code, status, message, wording.cause === undefined ? undefined : { cause: wording.cause })
    this.wording = wording
  }
}

/**
 * @param origin the page's, if the request shows it.
 * @param host what the request says that the server is.
 */
export function wrongOrigin(rule: OriginRule, origin: string | undefined, host: string | undefined): RefusalError {
  const why =
    origin === undefined
      ? "it is JSONP without Origin, Referer or Sec-Fetch-Site, which only origins: '*' allows"
      : rule.kind === 'asked'
        ? `the function origins did not answer true for ${quote(origin)}`
        : `${quote(origin)} is neither in the option origins nor the server itself, which is ${quote(host)} by Host ` +
          '(behind a proxy, let it forward the header Host)'
  return new RefusalError('SIO_HANDSHAKE_ORIGIN', 403, 'handshake bad origin', {
    why,
    brief: 'bad origin',
    isScript: true,
  })
}

export function unauthorized(): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_UNAUTHORIZED', 403, 'handshake unauthorized', {
    why: 'the option authorize did not answer true',
    engineCode: 4,
    isScript: true,
  })
}

/** A function of the application's failed that had to answer. */
export function failed(option: string, cause: unknown): RefusalError {
  logFailure(`${option}() failed`, cause)
  return new RefusalError('SIO_HANDSHAKE_FAILED', 500, 'handshake error', {
    engineCode: 3,
    isScript: true,
    cause,
  })
}

/** `engine.generateId` failed; in engine.io's words. */
export function failedId(cause: unknown): RefusalError {
  logFailure('engine.generateId() failed', cause)
  return new RefusalError('SIO_HANDSHAKE_FAILED', 400, 'Bad request', {
    engineCode: 3,
    cause,
  })
}

const later: Headers = { 'Retry-After': '5' }

/** @param bound the option that says how many there may be. */
export function busy(bound: string): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_BUSY', 503, 'handshake error', {
    why: `the bound ${bound} is reached`,
    engineCode: 3,
    headers: later,
    isScript: true,
  })
}

export function closing(): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_BUSY', 503, 'handshake error', {
    engineCode: 3,
    headers: later,
    isScript: true,
  })
}

export function wrongVersion(): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_VERSION', 500, 'Protocol version not supported.', {
    why: 'its URL has a version of the protocol that is not supported',
  })
}

export function wrongRevision(): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_VERSION', 400, 'Unsupported protocol version', {
    why: 'its URL has a revision of engine.io (EIO) that is not supported',
    engineCode: 5,
  })
}

export function jsonpOff(): RefusalError {
  // Never a script: that is what is switched off.
  return new RefusalError('SIO_HANDSHAKE_REQUEST', 400, 'JSONP is switched off', { why: 'the option jsonp is false' })
}

export function wrongMethod(): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_REQUEST', 405, 'expected GET or POST', {
    headers: { Allow: 'GET, POST, OPTIONS' },
  })
}

export function wrongTransport(offered: readonly string[]): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_REQUEST', 400, `expected one of the transports ${offered.join(', ')}`, {
    why: 'the option transports does not include its transport',
  })
}

export function noUpgrade(transport: string): RefusalError {
  return new RefusalError('SIO_HANDSHAKE_REQUEST', 400, `expected an upgrade to ${transport}`, {
    why: 'it asks for a websocket without an upgrade (does a proxy remove the headers Upgrade and Connection?)',
  })
}

/** Answers a request that is refused, and says so once per origin and minute. */
export function refuse(refused: Refused, refusal: RefusalError): void {
  const { exchange, route } = refused
  const { status, message, wording } = refusal
  tell(refused, refusal)
  const { headers = {}, brief = message, engineCode } = wording
  if (route.kind === 'engine' && engineCode !== undefined) {
    const body = JSON.stringify({ code: engineCode, message })
    exchange.reply(status, { 'Content-Type': 'application/json', ...headers }, body)
    return
  }
  const isHandshake = route.kind === 'handshake' || route.kind === 'unknown version'
  const index = isHandshake && wording.isScript === true ? callbackNumber(route) : undefined
  if (index !== undefined) {
    exchange.reply(200, { 'Content-Type': 'application/javascript', ...headers }, jsonpRefusal(index, message))
  } else if (isHandshake) exchange.reply(status, { 'Content-Type': 'text/plain', ...headers }, message)
  else exchange.reply(status, { ...plainText, ...headers }, brief)
}

/**
 * The number of the callback that a JSONP client waits for; anything but digits is ignored, as it would be
 * run.
 */
export function callbackNumber({ callback }: Refused['route']): string | undefined {
  return callback !== undefined && /^\d{1,20}$/.test(callback) ? callback : undefined
}

/** engine.io has refused a request by itself, for this number of its own. */
export function toldByEngine(refused: Refused, engineCode: number): void {
  const why =
    engineCode === 0
      ? 'the option engine.transports does not include its transport'
      : engineCode === 5
        ? 'the option engine.allowEIO3 is false, and it is a client of version 2'
        : undefined
  tell(
    refused,
    new RefusalError('SIO_HANDSHAKE_REQUEST', 400, `engine.io's error ${engineCode}`, { ...(why && { why }) }),
  )
}

/** Logs a refusal. */
export function tell({ exchange, route }: Refused, { code, status, message, wording: { why } }: RefusalError): void {
  const { origin, 'sec-websocket-origin': older } = exchange.request.headers
  const from = origin ?? older
  const what = exchange.isUpgrade ? 'an upgrade' : nameOf(route.kind)
  const page = from === undefined ? 'without an Origin' : `from ${quote(from)}`
  const line = `${what} ${page} was refused with ${status} "${message}"`
  log('%s%s', line, why === undefined ? '' : `: ${why}`)
  if (why !== undefined) logTurnedAway(`${what} ${why} ${page}`, `${line}: ${why}`)
  if (!handshakesRefused.hasSubscribers) return
  const { request, isUpgrade } = exchange
  const told: RefusedMessage = messageOf({ code, status, reason: message, isUpgrade }, { request })
  publish(handshakesRefused, told)
}

function nameOf(kind: string): string {
  if (kind === 'handshake' || kind === 'unknown version') return 'a handshake of 0.9'
  return kind === 'engine' ? 'a request of Socket.IO 2 to 4' : 'a request of 0.9'
}
