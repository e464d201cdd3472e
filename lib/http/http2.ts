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

/** Calls back once an answer has gone out. The `finish` of a response over HTTP/2 waits for the end of the request, too. */
export function whenSent(response: ServerResponse, sent: () => void): void {
  const stream = streamOf(response.req)
  if (stream === undefined) response.once('finish', sent)
  else stream.once('finish', sent)
}

/** Stops reading a request whose answer has gone out. */
export function stopReading(request: IncomingMessage): void {
  const stream = streamOf(request)
  if (stream !== undefined) stream.close(noError)
  else request.socket.destroySoon()
}

/** Whether all of an answer went out, as far as our side of the connection knows, now that it is over. */
export function isDelivered(response: ServerResponse): boolean {
  const { req: request, writableEnded, writableFinished } = response
  const stream = streamOf(request)
  if (stream !== undefined) return writableEnded && writableFinished && stream.rstCode === noError
  // A response finishes as well when its connection breaks under it: only that shows what has not gone out.
  return writableFinished && !request.socket.destroyed && !request.socket.errored
}
