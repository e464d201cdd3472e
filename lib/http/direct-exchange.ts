// Owns: answering a poll or a POST that no framework has seen: nothing has been set on its response, and
// nobody wraps it.
// Elsewhere: which requests these are (server/router.ts), the ordinary way (http-exchange.ts).
import { Buffer } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Deadlines } from '../support/timers.js'
import type { Headers } from '../transports/exchange.js'
import type { CommonHeaders } from './common-headers.js'
import { discardBody } from './discarded-body.js'
import { answerError, HttpExchange, isBodyDue } from './http-exchange.js'
import { endInOnePiece, writeHead } from './shortcuts.js'

export class DirectExchange extends HttpExchange {
  declare private readonly common: CommonHeaders

  /** @param common the headers of every answer. */
  constructor(request: IncomingMessage, response: ServerResponse, deadlines: Deadlines, common: CommonHeaders) {
    super(request, response, deadlines, answerError, undefined)
    this.common = common
  }

  protected override write(status: number, headers: Headers, body: string | Buffer): void {
    const bytes = Buffer.byteLength(body)
    const own = ['Content-Length', String(bytes)]
    for (const name in headers) own.push(name, headers[name] as string)
    if (status >= 400 && isBodyDue(this.request)) own.push('Connection', 'close')
    writeHead(this.response, status, own, this.common)
    if (status >= 400) discardBody(this.request, this.deadlines)
    endInOnePiece(this.response, body, bytes)
  }
}
