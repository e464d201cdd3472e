// Owns: what engine.io answers on in place of a response: it collects what is said, and replies once. Nothing
// that it is told throws, though a function of the app's does, or the app has answered meanwhile: engine.io
// calls it from timers, too.
// Elsewhere: the replying (http/http-exchange.ts, http/koa-exchange.ts), what the answers are about
// (requests.ts).
import { Stream } from 'node:stream'
import type { Deadline } from '../../support/timers.js'
import type { Headers } from '../../transports/exchange.js'
import type { OpenExchange } from '../incoming.js'
import type { UnreadAnswer, UnreadAnswers } from './unread-answers.js'

type Listener = (...args: unknown[]) => void

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
  /** A poll has been answered; that is on its way. */
  answered(answer: UnreadAnswer): void
  /** It has gone out. */
  readonly unread: UnreadAnswers
  /** The body of the client's POST is larger than it may be. */
  tooLarge(sid: string): void
}

// Fields that a class defines cost a call for each object: these are set (bench: poll-echo).
export class EngineAnswer implements UnreadAnswer {
  declare readonly sid: string
  declare deadline: Deadline | undefined
  declare writableEnded: boolean
  declare private readonly exchange: OpenExchange
  declare private readonly owner: AnswerOwner
  declare private readonly isScript: boolean
  declare private readonly given: Record<string, string>
  declare private status: number
  declare private isBegun: boolean
  declare private isUnread: boolean
  declare private ended: (() => void)[] | undefined
  declare private piped: Stream | undefined
  declare private pieces: Buffer[] | undefined
  declare private body: string | Buffer | undefined

  constructor(exchange: OpenExchange, owner: AnswerOwner, sid: string, isScript: boolean) {
    this.sid = sid
    this.deadline = undefined
    this.writableEnded = false
    this.exchange = exchange
    this.owner = owner
    this.isScript = isScript
    this.given = {}
    this.status = 200
    this.isBegun = this.isUnread = false
    this.ended = this.piped = this.pieces = this.body = undefined
  }

  get headersSent(): boolean {
    return !this.exchange.isOpen
  }

  /**
   * Whether engine.io has begun to write it, and goes on after the app has answered: it compresses in the
   * background.
   */
  get isBeingWritten(): boolean {
    return this.isBegun && !this.writableEnded
  }

  /** Calls back once, when engine.io has done with it. */
  whenEnded(ended: () => void): void {
    ;(this.ended ??= []).push(ended)
  }

  writeHead(status: number, headers: Headers = {}): this {
    this.status = status
    this.isBegun = true
    for (const name in headers) {
      // These two are ours on all answers.
      if (name !== 'cache-control' && name !== 'Content-Length') this.given[name] = headers[name] as string
    }
    // A browser runs no script that it gets as plain text: every answer of ours has "nosniff".
    if (this.isScript && status === 200) this.given['Content-Type'] = 'text/javascript; charset=UTF-8'
    return this
  }

  end(body: string | Buffer = ''): this {
    if (this.writableEnded) return this
    this.writableEnded = true
    const { status, pieces, exchange } = this
    const whole = pieces === undefined ? body : Buffer.concat(pieces)
    this.pieces = undefined
    if (status === 200) this.body = whole
    if (!exchange.reply(status, this.given, whole)) this.failed()
    else if (status === 200 && this.sid !== '' && exchange.request.method === 'GET') {
      this.isUnread = true
      this.owner.answered(this)
    } else if (status === 413) {
      // Once engine.io has done with the request, which it would destroy.
      queueMicrotask(() => {
        this.owner.tooLarge(this.sid)
      })
    }
    // engine.io has done with its request now, and takes the next one.
    this.piped?.emit('finish')
    if (this.ended !== undefined) for (const ended of this.ended) ended()
    this.ended = undefined
    return this
  }

  // Only what is compressed comes in pieces, piped: to be its target takes the events of a stream, and no more.
  // It goes out in one piece, as all else does: what the app has pushed aside half-way could not be given to
  // the next poll.

  write(piece: Buffer): boolean {
    ;(this.pieces ??= []).push(piece)
    return true
  }

  // An emitter for each answer would be dear (bench: poll-echo).
  get #events(): Stream {
    this.piped ??= new Stream()
    return this.piped
  }

  on(event: string, listener: Listener): this {
    this.#events.on(event, listener)
    return this
  }

  once(event: string, listener: Listener): this {
    this.#events.once(event, listener)
    return this
  }

  prependListener(event: string, listener: Listener): this {
    this.#events.prependListener(event, listener)
    return this
  }

  removeListener(event: string, listener: Listener): this {
    this.#events.removeListener(event, listener)
    return this
  }

  listenerCount(event: string): number {
    return this.#events.listenerCount(event)
  }

  emit(event: string, ...args: unknown[]): boolean {
    return this.#events.emit(event, ...args)
  }

  // What becomes of it.

  /** It has gone out, or nobody waits for it any more. */
  over(): void {
    if (this.isUnread) this.owner.unread.over(this)
    this.isUnread = false
  }

  /** Its session has ended, and its client does not read it. */
  deadlinePassed(): void {
    this.exchange.abort()
  }

  /** The app has answered in its place: what it says to a poll is not lost. */
  failed(): void {
    const { body } = this
    this.body = undefined
    if (body === undefined || this.exchange.request.method !== 'GET') return
    this.owner.undelivered(this.sid, { headers: this.given, body })
  }

  /**
   * The app has answered. What engine.io goes on to write comes later; the client's next poll has to wait for
   * it.
   */
  pushAside(): void {
    this.owner.late(this.sid, this)
  }
}
