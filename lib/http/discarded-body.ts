// Owns: a body over HTTP/2 that nobody wants: it is read and thrown away, for so long and so far.
// Elsewhere: refusals over HTTP/1.1, each of which is the last answer on its connection (http-exchange.ts,
// koa-exchange.ts).
import type { IncomingMessage } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { noError, streamOf } from './http2.js'

// How long a body may go on once its request is answered, how long it may pause, and how much of it is read.
const discardTurnMs = 200
const mostDiscardTurns = 25
const mostDiscarded = 16_000_000

/**
 * Reads what still comes of a body over HTTP/2, and throws it away: to be called when its request is
 * answered, which most of the time is a refusal, before the answer goes out. Over HTTP/1.1 a refusal is the
 * last answer on its connection instead.
 *
 * RFC 9113, 8.1: a server may end such a stream by RST_STREAM with NO_ERROR, once its answer is complete.
 * Only bodies that do not end soon are ended so: Node's clients go on counting what they had not sent of
 * them, and refuse all other requests of the session when that comes to 10 MB. By itself, Node would end the
 * stream of a body that nobody reads at once.
 */
export function discardBody(request: IncomingMessage, deadlines: Deadlines): void {
  const stream = streamOf(request)
  if (stream === undefined || stream.endAfterHeaders || request.complete) return
  const discarded = new DiscardedBody(request, stream, deadlines)
  request.on('data', discarded.read)
  request.resume()
  stream.once('finish', discarded.answered)
  stream.once('close', discarded.over)
}

class DiscardedBody implements DeadlineOwner {
  readonly #request: IncomingMessage
  readonly #stream: ServerHttp2Stream
  readonly #deadlines: Deadlines
  readonly #deadline = new Deadline(this)
  #bytes = 0
  #bytesBefore = 0
  #turns = 0

  constructor(request: IncomingMessage, stream: ServerHttp2Stream, deadlines: Deadlines) {
    this.#request = request
    this.#stream = stream
    this.#deadlines = deadlines
  }

  readonly read = ({ length }: Buffer | string): void => {
    this.#bytes += length
    if (this.#bytes <= mostDiscarded) return
    // Before the answer has gone out, its stream waits unread.
    if (this.#stream.state.localClose === 1) this.#stream.close(noError)
    else this.#request.pause()
  }

  readonly answered = (): void => {
    this.#bytesBefore = this.#bytes
    if (!this.#stream.destroyed) this.#deadlines.arm(this.#deadline, discardTurnMs)
  }

  readonly over = (): void => {
    this.#deadlines.disarm(this.#deadline)
  }

  deadlinePassed(): void {
    if (this.#bytes === this.#bytesBefore || ++this.#turns === mostDiscardTurns) this.#stream.close(noError)
    else this.answered()
  }
}
