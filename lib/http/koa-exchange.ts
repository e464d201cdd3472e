// Owns: answering through Koa's context, so that what the chain does after `await next()` is still in time.
// Elsewhere: everybody else's way (http-exchange.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { PassThrough, type Writable } from 'node:stream'
import type { Exchange, ExchangeWatcher, Headers, ResetWatcher } from '../transports/exchange.js'
import type { KoaContext } from './request-facts.js'
import { whenClosed, whenReset } from './answer-fate.js'
import { isBodyDue, refuseBody, withOrigin } from './http-exchange.js'
import { breakOff } from './http2.js'

export class KoaExchange implements Exchange {
  /** Headers that every answer gets. */
  headers: Headers = {}
  /** Resolves when the chain may unwind: the answer is known, or nobody waits for it any more. */
  readonly answered: Promise<void>
  readonly #ctx: KoaContext
  #resolve!: () => void

  constructor(ctx: KoaContext) {
    this.#ctx = ctx
    this.answered = new Promise((resolve) => {
      this.#resolve = resolve
    })
    ctx.res.once('close', this.#resolve)
  }

  get request(): IncomingMessage {
    return this.#ctx.req
  }

  get parsedBody(): unknown {
    const { req, request } = this.#ctx
    return req.readableEnded ? (request.rawBody ?? request.body) : undefined
  }

  reply(status: number, headers: Headers, body: string | Buffer): void {
    this.#begin(status, headers)
    if (status !== 204) this.#ctx.body = body
    this.#resolve()
  }

  stream(status: number, headers: Headers): Writable {
    const page = new PassThrough()
    this.#begin(status, headers)
    this.#ctx.body = page
    this.#resolve()
    return page
  }

  /** Leaves the answer to an upgrade, which has none of its own. */
  upgrade(): void {
    this.#ctx.body = null
    this.#ctx.status = 101
    this.#resolve()
  }

  /** Koa ends a response without a body when its chain is through: that is the moment. */
  passOn(answer: (response: ServerResponse) => void): void {
    const { res } = this.#ctx
    this.#ctx.body = null
    this.#begin(200, {})
    Object.defineProperty(res, 'end', {
      configurable: true,
      value: () => {
        Reflect.deleteProperty(res, 'end')
        // Koa has set one of 0, for a response without a body.
        res.removeHeader('Content-Length')
        answer(res)
        return res
      },
    })
    this.#resolve()
  }

  // What hangs on it is what `ctx` is.
  keepRequest(): void {}

  abort(): void {
    breakOff(this.#ctx.req)
  }

  whenOver(watcher: ExchangeWatcher): void {
    whenClosed(this.#ctx.res, watcher)
  }

  whenReset(watcher: ResetWatcher): void {
    whenReset(this.#ctx.req, watcher)
  }

  #begin(status: number, headers: Headers): void {
    const ctx = this.#ctx
    ctx.status = status
    ctx.set({ ...this.headers, ...headers, Vary: withOrigin(ctx.res.getHeader('Vary')) })
    if (status < 400) return
    if (isBodyDue(ctx.req)) ctx.set({ Connection: 'close' })
    refuseBody(ctx.res)
  }
}
