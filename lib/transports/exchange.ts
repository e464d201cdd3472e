// Owns: what a transport needs of one HTTP request and its answer, whatever framework brought it.
// Elsewhere: Express's and Koa's way to answer (middleware.ts, server/…).
import type { IncomingMessage } from 'node:http'
import type { Writable } from 'node:stream'

export type Headers = Readonly<Record<string, string>>

/** The headers of an answer in plain text. */
export const plainText: Headers = { 'Content-Type': 'text/plain; charset=UTF-8' }

/** One request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage
  /** What a body parser in front of us made of the body; undefined when nobody has read it. */
  readonly parsedBody: unknown
  /** Answers with a whole body. */
  reply(status: number, headers: Headers, body: string | Buffer): void
  /** Begins an answer whose body is written as it comes. */
  stream(status: number, headers: Headers): Writable
  /** Breaks the connection: the answer does not get through. */
  abort(): void
  /** Tells once, when the whole answer has gone out or the connection was lost before. */
  whenOver(watcher: ExchangeWatcher): void
  /**
   * Tells when the connection is reset before anything more has come over it: TCP's way to say that some of
   * what was sent has not been read. To be asked for when the answer is given.
   */
  whenReset(watcher: ResetWatcher): void
}

/** Called at the end of an answer. */
export interface ExchangeWatcher {
  over(delivered: boolean): void
}

/** Called when an answer was not read. */
export interface ResetWatcher {
  reset(): void
}
