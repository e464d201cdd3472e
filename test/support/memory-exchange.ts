// Owns: a request and its answer without a connection: what is answered is there to look at.
import type { IncomingMessage } from 'node:http'
import { PassThrough, Readable, type Writable } from 'node:stream'
import type { Exchange, ExchangeWatcher, Headers, ResetWatcher } from '../../lib/transports/exchange.js'

interface Asked {
  /** The body, chunk by chunk. */
  body?: readonly (string | Buffer)[]
  headers?: Readonly<Record<string, string>>
  /** What a body parser has made of it. */
  parsedBody?: unknown
}

export class MemoryExchange implements Exchange {
  readonly request: IncomingMessage
  readonly parsedBody: unknown
  /** Every whole answer; a right transport makes one at most. */
  readonly replies: { status: number; headers: Headers; body: string }[] = []
  readonly streams: { status: number; headers: Headers; page: PassThrough }[] = []
  isAborted = false
  #watcher: ExchangeWatcher | undefined
  #resetWatcher: ResetWatcher | undefined

  constructor({ body = [], headers = {}, parsedBody }: Asked = {}) {
    const chunks = body.map((chunk) => Buffer.from(chunk))
    this.request = Object.assign(Readable.from(chunks, { objectMode: false }), {
      headers,
    }) as unknown as IncomingMessage
    this.parsedBody = parsedBody
  }

  reply(status: number, headers: Headers, body: string | Buffer): void {
    this.replies.push({ status, headers, body: body.toString() })
  }

  stream(status: number, headers: Headers): Writable {
    const page = new PassThrough({ encoding: 'utf8' })
    this.streams.push({ status, headers, page })
    return page
  }

  /** As on a real connection, the answer's end is heard of a little later. */
  abort(): void {
    this.isAborted = true
  }

  whenOver(watcher: ExchangeWatcher): void {
    this.#watcher = watcher
  }

  whenReset(watcher: ResetWatcher): void {
    this.#resetWatcher = watcher
  }

  /** The connection is reset, and nothing had come over it since the answer was given. */
  reset(): void {
    this.#resetWatcher?.reset()
  }

  /** The answer has gone out as a whole, or the connection is lost. */
  over(delivered: boolean): void {
    const watcher = this.#watcher
    this.#watcher = undefined
    watcher?.over(delivered)
  }
}
