// Owns: what we know of how Node writes an answer: what we gain by it, and what is done without it.
// Elsewhere: the rest of Node's HTTP, and Express (shortcuts.ts).
import { ServerResponse } from 'node:http'
import { usesShortcuts } from '../support/environment.js'

// As Node has made them: what compresses or records answers puts functions of its own in their place.
const nodesEnd: unknown = Reflect.get(ServerResponse.prototype, 'end')
const nodesWrite: unknown = Reflect.get(ServerResponse.prototype, 'write')

const nodesWriteHead: unknown = Reflect.get(ServerResponse.prototype, 'writeHead')
const nodesGetHeader: unknown = Reflect.get(ServerResponse.prototype, 'getHeader')
const nodesImplicitHeader: unknown = Reflect.get(ServerResponse.prototype, '_implicitHeader')

type Headed = ServerResponse & { _header?: unknown; _headerSent?: boolean; _implicitHeader?: unknown; getRawHeaderNames(): string[] }

// A tool that was loaded before us may have put functions of its own in place of Node's: these would be taken
// for Node's.
const areNodesOwn = [
  [nodesEnd, '_implicitHeader'],
  [nodesWriteHead, '_storeHeader'],
  [nodesImplicitHeader, 'writeHead'],
].every(([own, part]) => typeof own === 'function' && Function.prototype.toString.call(own).includes(part as string))

/**
 * The headers of a response that is not to be written, as the lines that Node would write; undefined where
 * somebody would see that it is written, or has a say in it, or where Node would write them otherwise.
 *
 * Known: that Node writes a response by these functions and no others, and which headers it puts together:
 * without it, or where one of them is not Node's, the response is written, and read again.
 */
export function unwrittenHeaders(answer: ServerResponse): string[] | undefined {
  const response = answer as Headed
  if (!usesShortcuts || !areNodesOwn || response.headersSent) return undefined
  if (response.end !== nodesEnd || response.write !== nodesWrite || response.writeHead !== nodesWriteHead)
    return undefined
  if (response.getHeader !== nodesGetHeader || response._implicitHeader !== nodesImplicitHeader) return undefined
  if (response._header !== null) return undefined
  const lines: string[] = []
  for (const name of response.getRawHeaderNames()) {
    const value = response.getHeader(name)
    if (!Array.isArray(value)) lines.push(`${name}: ${value}`)
    else if (name.toLowerCase() === 'cookie') return undefined
    else for (const each of value) lines.push(`${name}: ${each}`)
  }
  return lines
}

/**
 * Has a response that is not written be over all the same: its listeners are called soon after. Known:
 * `_header` and `_headerSent`, by which Node says that nothing of it is left to write.
 */
export function endUnwritten(response: ServerResponse): void {
  const headed = response as Headed
  headed._header = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'
  headed._headerSent = true
  headed.end()
}

/**
 * Ends a response whose head is made. Node gives the connection two pieces, the second of them empty, and a
 * gathered write costs more than a plain one: a body in ASCII goes behind the head instead (bench:
 * poll-echo). Not where somebody else waits for the body to come by, or Node for its length, or sends none at
 * all.
 *
 * Known: `_header`, the head as a text. Without it the body is given to Node: as bytes, for with a text Node
 * writes the head in the text's encoding and not in its own, latin1.
 */
export function endInOnePiece(response: ServerResponse, body: string | Buffer): void {
  const isNodes = usesShortcuts && response.end === nodesEnd && response.write === nodesWrite
  if (isNodes && typeof body === 'string' && join(response, body)) response.end()
  else response.end(Buffer.from(body))
}

function join(answer: ServerResponse, body: string): boolean {
  const response = answer as Headed
  const { _header: head, strictContentLength, chunkedEncoding, req } = response
  if (typeof head !== 'string' || strictContentLength || chunkedEncoding || req.method === 'HEAD') return false
  if (Buffer.byteLength(body) !== body.length) return false
  response._header = head + body
  return true
}
