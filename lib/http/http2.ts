// Owns: what is different about a request over HTTP/2, by Node's compatibility API: it is one stream of a
// connection that carries many, so that whatever ends a request must end its stream and leave the connection
// alone; and which host it is for.
// Elsewhere: requests over HTTP/1.1, for which each function here does what is usual there.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { authorityOf } from './request-target.js'

// RFC 9113, 7.
export const noError = 0
const cancel = 8

/** The stream that a request is; undefined over HTTP/1.1. */
export function streamOf(request: IncomingMessage): ServerHttp2Stream | undefined {
  return request.httpVersionMajor < 2 ? undefined : (request as { stream?: ServerHttp2Stream }).stream
}

/**
 * What carries a request's bytes; undefined once that is over. A stream of HTTP/2 has a `socket` that hides
 * it.
 */
export function connectionOf(request: IncomingMessage): Socket | undefined {
  const stream = streamOf(request)
  if (stream === undefined) return request.socket
  const { session } = stream
  return session === undefined || session.destroyed ? undefined : session.socket
}

/**
 * The host that a request names. RFC 9113, 8.3.1, and RFC 9112, 3.2.2: where there is `:authority`, or the
 * target names a host, the header Host does not count.
 * @param target what the client asked for, before frameworks take mounts off it.
 */
export function hostOf({ httpVersionMajor, headers, url = '' }: IncomingMessage, target = url): string | undefined {
  if (httpVersionMajor < 2) return authorityOf(target) ?? headers.host
  const authority = headers[':authority']
  return typeof authority === 'string' ? authority : headers.host
}

/**
 * The headers of a request as HTTP/1.1 usually has them: without pseudo headers, and with the Host that
 * counts.
 */
export function headersOf(request: IncomingMessage): IncomingMessage['headers'] {
  if (request.httpVersionMajor < 2) {
    const headers = Object.assign({}, request.headers)
    const host = authorityOf(request.url ?? '')
    return host === undefined ? headers : Object.assign(headers, { host })
  }
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

/** Whether all of an answer went out, as far as our side of the connection knows, now that it is over. */
export function isDelivered(response: ServerResponse): boolean {
  const { req: request, writableEnded, writableFinished } = response
  const stream = streamOf(request)
  if (stream !== undefined) return writableEnded && writableFinished && stream.rstCode === noError
  // A response finishes as well when its connection breaks under it: only that shows what has not gone out.
  return writableFinished && !request.socket.destroyed && !request.socket.errored
}
