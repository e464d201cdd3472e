// Owns: ending a response with its body as one piece for the connection.
// Elsewhere: what is answered (http-exchange.ts, engine-door.ts).
import { ServerResponse } from 'node:http'

// As Node has made them: what compresses or records answers puts functions of its own in their place.
const nodesEnd: unknown = Reflect.get(ServerResponse.prototype, 'end')
const nodesWrite: unknown = Reflect.get(ServerResponse.prototype, 'write')

type Headed = ServerResponse & { _header?: unknown }

/**
 * Ends a response whose head is made. Node gives the connection two pieces, the second of them empty, and a gathered write
 * costs more than a plain one: a body in ASCII goes behind the head instead (bench: poll-echo). Not where somebody else
 * waits for the body to come by, or Node for its length, or sends none at all.
 */
export function endInOnePiece(response: ServerResponse, body: string | Buffer): void {
  const isNodes = response.end === nodesEnd && response.write === nodesWrite
  if (isNodes && typeof body === 'string' && join(response, body)) response.end()
  else response.end(body)
}

/** Has whoever answers next end the response in one piece: one that has come from Node to us, and to nobody between. */
export function prepareOnePiece(response: ServerResponse): void {
  if (response.end === nodesEnd) response.end = endJoined
}

function endJoined(this: ServerResponse, ...args: unknown[]): ServerResponse {
  const [body] = args
  const isJoined = args.length === 1 && typeof body === 'string' && join(this, body)
  return (nodesEnd as (...rest: unknown[]) => ServerResponse).apply(this, isJoined ? [] : args)
}

function join(response: Headed, body: string): boolean {
  const { _header: head, strictContentLength, chunkedEncoding, req } = response
  if (typeof head !== 'string' || strictContentLength || chunkedEncoding || req.method === 'HEAD') return false
  if (Buffer.byteLength(body) !== body.length) return false
  response._header = head + body
  return true
}
