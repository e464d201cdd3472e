// Owns: answering on Node's own response: Express, Connect and plain servers.
// Elsewhere: Koa's way (koa-exchange.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { PassThrough, type Writable } from 'node:stream'
import type { Exchange, Headers } from '../transports/exchange.js'

export class HttpExchange implements Exchange {
  readonly request: IncomingMessage
  readonly query: URLSearchParams
  /** Headers that every answer gets. */
  headers: Headers = {}
  readonly #response: ServerResponse

  constructor(request: IncomingMessage, response: ServerResponse, query: URLSearchParams) {
    this.request = request
    this.query = query
    this.#response = response
  }

  get parsedBody(): unknown {
    // Parsers leave an empty object on requests that they did not read.
    return this.request.readableEnded ? Reflect.get(this.request, 'body') : undefined
  }

  reply(status: number, headers: Headers, body: string | Buffer): void {
    // The app has answered in our place, because its patience had ended, say.
    if (this.#response.headersSent) return
    this.#begin(status, headers)
    if (status !== 204 && status !== 304) this.#response.setHeader('Content-Length', Buffer.byteLength(body))
    this.#response.end(body)
  }

  stream(status: number, headers: Headers): Writable {
    if (this.#response.headersSent) return new PassThrough().resume()
    this.#begin(status, headers)
    return this.#response
  }

  passOn(answer: (response: ServerResponse) => void): void {
    this.#begin(200, {})
    answer(this.#response)
  }

  abort(): void {
    this.#response.destroy()
  }

  whenOver(callback: (delivered: boolean) => void): void {
    whenClosed(this.#response, callback)
  }

  whenReset(callback: () => void): void {
    whenReset(this.request.socket, callback)
  }

  #begin(status: number, headers: Headers): void {
    const response = this.#response
    response.statusCode = status
    for (const [name, value] of Object.entries(this.headers)) response.setHeader(name, value)
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    response.setHeader('Vary', withOrigin(response.getHeader('Vary')))
    if (status >= 400 && isBodyDue(this.request)) response.setHeader('Connection', 'close')
  }
}

/** Calls back once when a response is over, with whether all of it went out; soon, if it is over already. */
export function whenClosed(response: ServerResponse, callback: (delivered: boolean) => void): void {
  const { socket } = response.req
  const closed = (): void => {
    // A response finishes as well when its connection breaks under it: only that shows what has not gone out.
    callback(response.writableFinished && !socket.destroyed && !socket.errored)
  }
  if (response.destroyed) queueMicrotask(closed)
  else response.once('close', closed)
}

interface Unread {
  /** How much had come over the connection when the answer was given. */
  readonly bytesRead: number
  readonly callback: () => void
}

// The latest answer of each connection.
const unread = new WeakMap<Socket, Unread>()

/** Calls back when a connection is reset, and nothing has come over it since: a client that goes on has read its answer. */
export function whenReset(connection: Socket, callback: () => void): void {
  if (!unread.has(connection)) connection.once('close', checkUnread)
  unread.set(connection, { bytesRead: connection.bytesRead, callback })
}

function checkUnread(this: Socket, hadError: boolean): void {
  const answer = unread.get(this)
  if (hadError && answer?.bytesRead === this.bytesRead) answer.callback()
}

/** Whether a client that is refused now would send the rest of its body on this connection. */
export function isBodyDue({ complete, headers }: IncomingMessage): boolean {
  return !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0)
}

/** The Vary header of what the app has set and of ours. */
export function withOrigin(vary: number | string | readonly string[] | undefined): string {
  const names = vary === undefined ? '' : String(vary)
  if (names === '') return 'Origin'
  return /(?:^|,)\s*(?:origin|\*)\s*(?:,|$)/i.test(names) ? names : `${names}, Origin`
}
