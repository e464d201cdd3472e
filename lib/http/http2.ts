// Owns: what is different about a request over HTTP/2, by Node's compatibility API: it is one stream of a connection that
// carries many, so that whatever ends a request must end its stream and leave the connection alone.
// Elsewhere: requests over HTTP/1.1, for which each function here does what is usual there.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'

// RFC 9113, 7.
const noError = 0
const cancel = 8

/** The stream that a request is; undefined over HTTP/1.1. */
export function streamOf(request: IncomingMessage): ServerHttp2Stream | undefined {
  return request.httpVersionMajor < 2 ? undefined : (request as { stream?: ServerHttp2Stream }).stream
}

/** What carries a request's bytes; undefined once that is over. A stream of HTTP/2 has a `socket` that hides it. */
export function connectionOf(request: IncomingMessage): Socket | undefined {
  const stream = streamOf(request)
  if (stream === undefined) return request.socket
  const { session } = stream
  return session === undefined || session.destroyed ? undefined : session.socket
}

/** The host that a request names. RFC 9113, 8.3.1: where there is `:authority`, Host does not count. */
export function hostOf({ httpVersionMajor, headers }: IncomingMessage): string | undefined {
  const authority = httpVersionMajor < 2 ? undefined : headers[':authority']
  return typeof authority === 'string' ? authority : headers.host
}

/** The headers of a request as HTTP/1.1 would have brought them: without pseudo headers, and with a Host. */
export function headersOf(request: IncomingMessage): IncomingMessage['headers'] {
  if (request.httpVersionMajor < 2) return Object.assign({}, request.headers)
  const named = Object.entries(request.headers).filter(([name]) => !name.startsWith(':'))
  return { ...Object.fromEntries(named), host: hostOf(request) }
}

/** Breaks a request off: the client notices that its answer is not whole. */
export function breakOff(request: IncomingMessage): void {
  const stream = streamOf(request)
  if (stream !== undefined) stream.close(cancel)
  // Not the response: behind another one, that has no connection of its own yet.
  else request.socket.destroy()
}

// How long a body may go on once its request is answered, how long it may pause, and how much of it is read.
const discardTurnMs = 200
const mostDiscardTurns = 25
const mostDiscarded = 16_000_000

/**
 * Reads what still comes of a body over HTTP/2, and throws it away: to be called when its request is answered, which most of
 * the time is a refusal, before the answer goes out. Over HTTP/1.1 a refusal is the last answer on its connection instead.
 *
 * RFC 9113, 8.1: a server may end such a stream by RST_STREAM with NO_ERROR, once its answer is complete. Only bodies that
 * do not end soon are ended so: Node's clients go on counting what they had not sent of them, and refuse all other requests
 * of the session when that comes to 10 MB. By itself, Node would end the stream of a body that nobody reads at once.
 */
export function discardBody(request: IncomingMessage): void {
  const stream = streamOf(request)
  if (stream === undefined || stream.endAfterHeaders || request.complete) return
  let bytes = 0
  request.on('data', ({ length }: Buffer | string) => {
    bytes += length
    if (bytes <= mostDiscarded) return
    // Before the answer has gone out, its stream waits unread.
    if (stream.state.localClose === 1) stream.close(noError)
    else request.pause()
  })
  request.resume()
  stream.once('finish', () => {
    let bytesBefore = bytes
    let turns = 0
    const turn = setInterval(() => {
      if (bytes === bytesBefore || ++turns === mostDiscardTurns) stream.close(noError)
      bytesBefore = bytes
    }, discardTurnMs)
    turn.unref()
    stream.once('close', () => {
      clearInterval(turn)
    })
  })
}

/** Whether all of an answer went out, as far as our side of the connection knows, now that it is over. */
export function isDelivered(response: ServerResponse): boolean {
  const { req: request, writableEnded, writableFinished } = response
  const stream = streamOf(request)
  if (stream !== undefined) return writableEnded && writableFinished && stream.rstCode === noError
  // A response finishes as well when its connection breaks under it: only that shows what has not gone out.
  return writableFinished && !request.socket.destroyed && !request.socket.errored
}
