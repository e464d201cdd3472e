// Owns: answering on Node's own response: Express, Connect and plain servers.
// Elsewhere: Koa's way (koa-exchange.ts), whether there is still something to answer (exchange-state.ts).
import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, type Writable } from 'node:stream'
import { logFailure } from '../support/log.js'
import { keepSentCookies } from '../support/sent-cookies.js'
import type { Deadlines } from '../support/timers.js'
import { plainText, type Exchange, type Headers } from '../transports/exchange.js'
import { discardBody } from './discarded-body.js'
import { ExchangeState } from './exchange-state.js'
import { keepLean } from './lean-requests.js'
import { endInOnePiece } from './shortcuts.js'
import type { Upgrade } from './upgrade.js'

const noHeaders: Record<string, string> = {}

/** Where a framework takes what is not ours, and errors. */
type Next = (error: unknown, response: ServerResponse) => void

export class HttpExchange extends ExchangeState implements Exchange {
  /** Headers that every answer gets; an object of its own for each request. */
  declare headers: Record<string, string>
  declare private readonly next: Next
  declare private readonly asked: Upgrade | undefined

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    deadlines: Deadlines,
    next: Next,
    upgrade: Upgrade | undefined,
  ) {
    super(request, response, deadlines)
    this.headers = noHeaders
    this.next = next
    this.asked = upgrade
  }

  get parsedBody(): unknown {
    // Parsers leave an empty object on requests that they did not read.
    return this.request.readableEnded ? Reflect.get(this.request, 'body') : undefined
  }

  get isUpgrade(): boolean {
    return this.asked !== undefined
  }

  reply(status: number, headers: Headers, body: string | Buffer): boolean {
    if (!this.take()) return false
    try {
      this.write(status, headers, body)
      return true
    } catch (error) {
      this.answerFailed(error)
      return false
    }
  }

  protected write(status: number, headers: Headers, body: string | Buffer): void {
    const all = this.#all(status, headers)
    const bytes = Buffer.byteLength(body)
    if (status !== 204 && status !== 304) all['Content-Length'] = String(bytes)
    // In one call: one by one, headers cost more than the answer of a poll (bench: poll-echo).
    this.response.writeHead(status, all)
    discardBody(this.request, this.deadlines)
    endInOnePiece(this.response, body, bytes)
  }

  stream(status: number, headers: Headers): Writable {
    if (this.take()) {
      try {
        this.response.writeHead(status, this.#all(status, headers))
        // Its pieces are written from timers and from handlers, which are not to meet the app's errors.
        forgive(this.response)
        return this.response
      } catch (error) {
        this.answerFailed(error)
      }
    }
    return new PassThrough().resume()
  }

  /**
   * Completes the upgrade that the request is, once whatever the chain does at the end of a response is done.
   */
  upgrade(...acceptance: Parameters<Upgrade['accept']>): void {
    if (!this.take()) return
    try {
      this.asked?.answer(...acceptance)
    } catch (error) {
      this.answerFailed(error)
    }
  }

  keepRequest(): void {
    keepSentCookies(this.request, this.response)
    keepLean(this.request, this.response, this.isUpgrade)
  }

  protected refer(error: unknown): void {
    try {
      forgive(this.response)
      this.next(error, this.response)
    } catch (again) {
      logFailure('a request failed', again)
      this.abort()
    }
  }

  #all(status: number, headers: Headers): Record<string, string> {
    // Those of every answer were made for this request, and are added to: a spread costs more than all the
    // rest of it.
    const all: Record<string, string> = this.headers === noHeaders ? {} : this.headers
    for (const name in headers) all[name] = headers[name] as string
    all['Vary'] = withOrigin(this.response.getHeader('Vary'))
    if (status >= 400 && isBodyDue(this.request)) all['Connection'] = 'close'
    return all
  }
}

/** Answers in place of a framework, where there is none. */
export function answerError(error: unknown, response: ServerResponse): void {
  logFailure('a request failed', error)
  if (response.headersSent) response.destroy()
  else {
    const body = 'Internal Server Error'
    const headers = { ...plainText, 'Content-Length': body.length, 'X-Content-Type-Options': 'nosniff' }
    response.writeHead(500, headers).end(body)
  }
}

/**
 * Replaces what the app has put in place of a response's functions, one of which has thrown: it is called as
 * before, but the response's own function does what it fails to do. An error page would otherwise meet the
 * same error, outside of any handler of ours.
 */
export function forgive(response: ServerResponse): void {
  for (const name of ['setHeader', 'writeHead', 'write', 'end'] as const) {
    if (!Object.hasOwn(response, name)) continue
    const wrapper = response[name] as (...args: unknown[]) => unknown
    const own = Reflect.get(Object.getPrototypeOf(response) as object, name) as typeof wrapper
    const forgiving = function (this: ServerResponse, ...args: unknown[]): unknown {
      try {
        return wrapper.apply(this, args)
      } catch (error) {
        logFailure(`the function that the app has set as ${name}() of a response threw`, error)
        const isDone = name === 'end' ? this.writableEnded : this.headersSent && name !== 'write'
        return isDone ? this : own.apply(this, args)
      }
    }
    Object.defineProperty(response, name, { value: forgiving, configurable: true, writable: true })
  }
}

/** Whether a client that is refused now would send the rest of its body on this connection. */
export function isBodyDue({ complete, headers, httpVersionMajor }: IncomingMessage): boolean {
  if (complete || httpVersionMajor > 1) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** The Vary header of what the app has set and of ours. */
export function withOrigin(vary: number | string | readonly string[] | undefined): string {
  const names = vary === undefined ? '' : String(vary)
  if (names === '') return 'Origin'
  return /(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/i.test(names) ? names : `${names}, Origin`
}
