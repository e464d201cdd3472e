// Owns: answering through Koa's context, so that what the chain does after `await next()` is still in time.
// Elsewhere: everybody else's way (http-exchange.ts), whether there is still something to answer
// (exchange-state.ts).
import { PassThrough, type Writable } from 'node:stream'
import type { Deadlines } from '../support/timers.js'
import type { Exchange, Headers } from '../transports/exchange.js'
import { discardBody } from './discarded-body.js'
import { ExchangeState } from './exchange-state.js'
import { forgive, isBodyDue, withOrigin } from './http-exchange.js'
import type { KoaContext } from './request-facts.js'
import type { Upgrade } from './upgrade.js'

export class KoaExchange extends ExchangeState implements Exchange {
  /** Headers that every answer gets. */
  headers: Record<string, string> = {}
  /**
   * Settles when the chain may unwind: the answer is known, it has failed, or nobody waits for it any more.
   */
  readonly answered: Promise<void>
  readonly #ctx: KoaContext
  readonly #upgrade: Upgrade | undefined
  #status = 0
  #resolve!: () => void
  #reject!: (error: unknown) => void

  constructor(ctx: KoaContext, deadlines: Deadlines, upgrade: Upgrade | undefined) {
    super(ctx.req, ctx.res, deadlines)
    this.#ctx = ctx
    this.#upgrade = upgrade
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    ctx.res.once('close', this.#resolve)
  }

  get parsedBody(): unknown {
    const { req, request } = this.#ctx
    return req.readableEnded ? (request.rawBody ?? request.body) : undefined
  }

  get isUpgrade(): boolean {
    return this.#upgrade !== undefined
  }

  reply(status: number, headers: Headers, body: string | Buffer): boolean {
    return this.#answer(status, headers, status === 204 ? undefined : body)
  }

  stream(status: number, headers: Headers): Writable {
    const page = new PassThrough()
    // Koa pipes it on, where nobody catches what the app's own functions throw.
    forgive(this.response)
    return this.#answer(status, headers, page) ? page : page.resume()
  }

  /** Leaves the answer to an upgrade, which has none of its own. */
  upgrade(...acceptance: Parameters<Upgrade['accept']>): void {
    if (!this.take()) return
    try {
      this.#upgrade?.accept(...acceptance)
      this.#ctx.body = null
      this.#ctx.status = 101
      this.#resolve()
    } catch (error) {
      this.answerFailed(error)
    }
  }

  // What hangs on it is what `ctx` is.
  keepRequest(): void {}

  protected refer(error: unknown): void {
    // Koa's way with errors sets headers, too.
    forgive(this.response)
    this.#reject(error)
  }

  // Koa gives the answer, and another one if that fails.
  protected override get isOurs(): boolean {
    return this.#status >= 400 || this.response.statusCode < 400
  }

  #answer(status: number, headers: Headers, body: unknown): boolean {
    if (!this.take()) return false
    const ctx = this.#ctx
    this.#status = status
    try {
      ctx.status = status
      ctx.set({ ...this.headers, ...headers, Vary: withOrigin(ctx.res.getHeader('Vary')) })
      if (status >= 400 && isBodyDue(ctx.req)) ctx.set({ Connection: 'close' })
      discardBody(ctx.req, this.deadlines)
      if (body !== undefined) ctx.body = body
      this.#resolve()
      return true
    } catch (error) {
      this.answerFailed(error)
      return false
    }
  }
}
