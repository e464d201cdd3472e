// Owns: answering on Node's own response: Express, Connect and plain servers.
// Elsewhere: Koa's way (koa-exchange.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, type Writable } from 'node:stream'
import { whenClosed, whenReset } from './answer-fate.js'
import { breakOff, stopReading, streamOf, whenSent } from './http2.js'
import { keepLean } from './shortcuts/lean-request.js'
import { endInOnePiece } from './shortcuts/one-piece.js'
import type { Exchange, ExchangeWatcher, Headers, ResetWatcher } from '../transports/exchange.js'

const noHeaders: Headers = {}

export class HttpExchange implements Exchange {
  readonly request: IncomingMessage
  /** Headers that every answer gets. */
  headers = noHeaders
  protected readonly response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.request = request
    this.response = response
  }

  get parsedBody(): unknown {
    // Parsers leave an empty object on requests that they did not read.
    return this.request.readableEnded ? Reflect.get(this.request, 'body') : undefined
  }

  reply(status: number, headers: Headers, body: string | Buffer): void {
    // The app has answered in our place, because its patience had ended, say.
    if (this.response.headersSent) return
    const all = this.#all(status, headers)
    if (status !== 204 && status !== 304) all['Content-Length'] = String(Buffer.byteLength(body))
    // In one call: one by one, headers cost more than the answer of a poll (bench: poll-echo).
    this.response.writeHead(status, all)
    if (status >= 400) refuseBody(this.response)
    endInOnePiece(this.response, body)
  }

  stream(status: number, headers: Headers): Writable {
    if (this.response.headersSent) return new PassThrough().resume()
    this.response.writeHead(status, this.#all(status, headers))
    return this.response
  }

  passOn(answer: (response: ServerResponse) => void): void {
    for (const [name, value] of Object.entries(this.#all(200, {}))) this.response.setHeader(name, value)
    answer(this.response)
  }

  keepRequest(): void {
    keepLean(this.request, this.response)
  }

  abort(): void {
    breakOff(this.request)
  }

  whenOver(watcher: ExchangeWatcher): void {
    whenClosed(this.response, watcher)
  }

  whenReset(watcher: ResetWatcher): void {
    whenReset(this.request, watcher)
  }

  #all(status: number, headers: Headers): Record<string, string> {
    const all: Record<string, string> = {
      ...this.headers,
      ...headers,
      Vary: withOrigin(this.response.getHeader('Vary')),
    }
    if (status >= 400 && isBodyDue(this.request)) all['Connection'] = 'close'
    return all
  }
}

/** Whether a client that is refused now would send the rest of its body on this connection. */
export function isBodyDue({ complete, headers, httpVersionMajor }: IncomingMessage): boolean {
  if (complete || httpVersionMajor > 1) return false
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Has the rest of a body that comes as a stream of HTTP/2 refused, once the answer has gone out. */
export function refuseBody(response: ServerResponse): void {
  const { req: request } = response
  if (streamOf(request) === undefined || request.complete) return
  whenSent(response, () => {
    stopReading(request)
  })
}

/** The Vary header of what the app has set and of ours. */
export function withOrigin(vary: number | string | readonly string[] | undefined): string {
  const names = vary === undefined ? '' : String(vary)
  if (names === '') return 'Origin'
  return /(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/i.test(names) ? names : `${names}, Origin`
}
