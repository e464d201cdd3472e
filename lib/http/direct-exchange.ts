// Owns: answering a poll or a POST that no framework has seen: nothing has been set on its response, and
// nobody wraps it.
// Elsewhere: which requests these are (server/router.ts), the ordinary way (http-exchange.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Deadlines } from '../support/timers.js'
import type { Headers } from '../transports/exchange.js'
import { discardBody } from './discarded-body.js'
import { answerError, HttpExchange, isBodyDue } from './http-exchange.js'
import { endInOnePiece } from './shortcuts.js'

export class DirectExchange extends HttpExchange {
  readonly #common: readonly string[]

  /** @param common the headers of every answer, name by name and value by value. */
  constructor(request: IncomingMessage, response: ServerResponse, deadlines: Deadlines, common: readonly string[]) {
    super(request, response, deadlines, answerError, undefined)
    this.#common = common
  }

  // Its headers are a list, and all go in one call (bench: poll-echo).
  protected override write(status: number, headers: Headers, body: string | Buffer): void {
    const list = this.#common.concat('Content-Length', String(Buffer.byteLength(body)))
    for (const name in headers) list.push(name, headers[name] as string)
    if (status >= 400 && isBodyDue(this.request)) list.push('Connection', 'close')
    this.response.writeHead(status, list)
    if (status >= 400) discardBody(this.request, this.deadlines)
    endInOnePiece(this.response, body)
  }
}
