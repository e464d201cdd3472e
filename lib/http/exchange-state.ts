// Owns: whether a request still waits for our answer. An app in front of us may lose its patience and answer
// in our place.
// Elsewhere: giving the answer (http-exchange.ts, koa-exchange.ts), its way to the client (answer-fate.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { logFailure } from '../support/log.js'
import type { Deadlines } from '../support/timers.js'
import type { ExchangeWatcher, ResetWatcher } from '../transports/exchange.js'
import { whenClosed, whenReset } from './answer-fate.js'
import { breakOff } from './http2.js'

/** `answered` is by us. `over`: the app has answered, our answer has failed, or the client is gone. */
type State = 'open' | 'answered' | 'over'

// Fields that a class defines cost a call for each object: these are set (bench: poll-echo).
export abstract class ExchangeState implements ExchangeWatcher {
  declare readonly request: IncomingMessage
  declare protected readonly response: ServerResponse
  declare protected readonly deadlines: Deadlines
  declare private state: State
  declare private watcher: ExchangeWatcher | undefined

  constructor(request: IncomingMessage, response: ServerResponse, deadlines: Deadlines) {
    this.request = request
    this.response = response
    this.deadlines = deadlines
    this.state = 'open'
    this.watcher = undefined
  }

  /** Whether somebody waits for an answer, and nobody has given one. */
  get isOpen(): boolean {
    const { response } = this
    return this.state === 'open' && !response.headersSent && !response.destroyed && !this.request.socket.destroyed
  }

  /** Whether the app has answered in our place. */
  get isAnsweredByApp(): boolean {
    return this.state !== 'answered' && this.response.headersSent
  }

  /** Whether a middleware in front of us has sent the headers of an answer, and left the rest to others. */
  get isBegunByApp(): boolean {
    return this.state === 'open' && this.response.headersSent && !this.response.writableEnded
  }

  /** Claims the answer; false when there is nothing left to answer. */
  protected take(): boolean {
    const { isOpen } = this
    this.state = isOpen ? 'answered' : 'over'
    return isOpen
  }

  /**
   * A request could not be served: if it still waits for an answer, the framework's own way with errors has
   * one.
   */
  fail(error: unknown): void {
    if (this.isOpen) this.answerFailed(error)
    else logFailure('a request failed after its answer', error)
  }

  /** The answer has not gone out, because a function threw that the app has put in its way. */
  protected answerFailed(error: unknown): void {
    this.state = 'over'
    this.refer(error)
  }

  /** Hands an error to the framework. It must not throw. */
  protected abstract refer(error: unknown): void

  abort(): void {
    breakOff(this.request)
  }

  whenOver(watcher: ExchangeWatcher): void {
    this.watcher = watcher
    whenClosed(this.response, this)
  }

  /** What went out is ours only if the answer was. */
  over(delivered: boolean): void {
    if (this.state === 'answered' && !this.isOurs) this.state = 'over'
    this.watcher?.over(delivered && this.state === 'answered')
  }

  /** Whether an answer that we have given is the one that went out. */
  protected get isOurs(): boolean {
    return true
  }

  whenReset(watcher: ResetWatcher): void {
    whenReset(this.request, watcher)
  }
}
