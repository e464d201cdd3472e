// Owns: what engine.io answers on in place of a response: it collects what is said, and replies once. Nothing
// that it is told throws, though a function of the app's does, or the app has answered meanwhile: engine.io
// calls it from timers, too.
// Elsewhere: the replying (http/http-exchange.ts, http/koa-exchange.ts), what the answers are about
// (requests.ts).
import { Stream } from 'node:stream'
import type { Headers } from '../../transports/exchange.js'
import type { OpenExchange } from '../incoming.js'
import type { UnreadAnswer } from './unread-answers.js'

/** The body of an answer that did not go out, and its headers. */
export interface Undelivered {
  readonly headers: Headers
  readonly body: string | Buffer
}

/** Called when an answer of engine.io's has ended. */
export interface AnswerOwner {
  /** The app has answered the client's poll in our place: what engine.io takes for sent is still here. */
  undelivered(sid: string, answer: Undelivered): void
  /** The app has answered while engine.io still compresses its own answer, which `whenEnded` waits for. */
  late(sid: string, answer: EngineAnswer): void
  /** A poll has been answered; `over()` tells when that has gone out. */
  answered(sid: string, exchange: OpenExchange): UnreadAnswer
  over(answer: UnreadAnswer): void
  /** The body of the client's POST is larger than it may be. */
  tooLarge(sid: string): void
}

// Only what is compressed comes in pieces, piped: to be its target takes the events of a stream, and no more.
// It goes out in one piece, as all else does: what the app has pushed aside half-way could not be given to
// the next poll.
export class EngineAnswer extends Stream {
  readonly #exchange: OpenExchange
  readonly #owner: AnswerOwner
  readonly #sid: string
  readonly #isScript: boolean
  readonly #headers: Record<string, string> = {}
  #status = 200
  #isBegun = false
  #unread: UnreadAnswer | undefined
  #whenEnded: (() => void)[] | undefined
  #pieces: Buffer[] | undefined
  #body: string | Buffer | undefined
  #isEnded = false

  constructor(exchange: OpenExchange, owner: AnswerOwner, sid: string, isScript: boolean) {
    super()
    this.#exchange = exchange
    this.#owner = owner
    this.#sid = sid
    this.#isScript = isScript
  }

  get headersSent(): boolean {
    return !this.#exchange.isOpen
  }

  get writableEnded(): boolean {
    return this.#isEnded
  }

  /**
   * Whether engine.io has begun to write it, and goes on after the app has answered: it compresses in the
   * background.
   */
  get isBeingWritten(): boolean {
    return this.#isBegun && !this.#isEnded
  }

  /** Calls back once, when engine.io has done with it. */
  whenEnded(ended: () => void): void {
    ;(this.#whenEnded ??= []).push(ended)
  }

  writeHead(status: number, headers: Headers = {}): this {
    this.#status = status
    this.#isBegun = true
    for (const name in headers) {
      // These two are ours on all answers.
      if (name !== 'cache-control' && name !== 'Content-Length') this.#headers[name] = headers[name] as string
    }
    // A browser runs no script that it gets as plain text: every answer of ours has "nosniff".
    if (this.#isScript && status === 200) this.#headers['Content-Type'] = 'text/javascript; charset=UTF-8'
    return this
  }

  write(piece: Buffer): boolean {
    ;(this.#pieces ??= []).push(piece)
    return true
  }

  end(body: string | Buffer = ''): this {
    if (this.#isEnded) return this
    this.#isEnded = true
    if (this.#pieces === undefined) this.#reply(body)
    else {
      this.#reply(Buffer.concat(this.#pieces))
      this.#pieces = undefined
      // engine.io has done with its request now, and takes the next one.
      this.emit('finish')
    }
    for (const ended of this.#whenEnded ?? []) ended()
    this.#whenEnded = undefined
    return this
  }

  #reply(body: string | Buffer): void {
    const status = this.#status
    if (status === 200) this.#body = body
    this.#exchange.reply(status, this.#headers, body)
    if (!this.#exchange.isAnswered) this.failed()
    else if (status === 200 && this.#sid !== '' && this.#exchange.request.method === 'GET') {
      this.#unread = this.#owner.answered(this.#sid, this.#exchange)
    } else if (status === 413) {
      // Once engine.io has done with the request, which it would destroy.
      queueMicrotask(() => {
        this.#owner.tooLarge(this.#sid)
      })
    }
  }

  /** It has gone out, or nobody waits for it any more. */
  over(): void {
    if (this.#unread !== undefined) this.#owner.over(this.#unread)
    this.#unread = undefined
  }

  /** The app has answered in its place: what it says to a poll is not lost. */
  failed(): void {
    const body = this.#body
    this.#body = undefined
    if (body === undefined || this.#exchange.request.method !== 'GET') return
    this.#owner.undelivered(this.#sid, { headers: this.#headers, body })
  }

  /**
   * The app has answered. What engine.io goes on to write comes later; the client's next poll has to wait for
   * it.
   */
  pushAside(): void {
    this.#owner.late(this.#sid, this)
  }
}
