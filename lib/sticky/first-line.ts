// Owns: the first line of a connection's first request, as far as it has been read: whose client it is of.
// Elsewhere: reading it (arrival.ts), what a URL says (server/routes.ts).
import { findRoute } from '../server/routes.js'

const lineFeed = 0x0a

// Of empty lines in front. Each piece that comes is read from the first byte on: more of them are the
// worker's.
const mostEmptyBytes = 64

/**
 * What is known by the bytes that have come: the target of the first request, that it is not HTTP, or nothing
 * yet.
 */
export type FirstLine = { readonly url: string } | 'not http' | undefined

export function readFirstLine(bytes: Buffer): FirstLine {
  let start = 0
  // RFC 9112, 2.2: an empty line in front is ignored.
  while (start < mostEmptyBytes && (bytes[start] === 0x0d || bytes[start] === lineFeed)) start++
  const first = bytes[start]
  // TLS, say: the worker ends it, and nobody in front of that sees a URL.
  if (first !== undefined && (first < 0x41 || first > 0x5a)) return 'not http'
  const end = bytes.indexOf(lineFeed, start)
  if (end < 0) return undefined
  const [, url, version] = bytes.toString('latin1', start, end).split(' ')
  return url === undefined || version === undefined ? 'not http' : { url }
}

/**
 * The name of the process in the sid of a URL, if there is one; in the path of 0.9, or the query of newer
 * clients.
 */
export function processNameOf(resource: string, url: string): string | undefined {
  // A proxy asks by the whole URL.
  const path = url.startsWith('/') ? url : url.replace(/^[a-z]+:\/\/[^/?]*/i, '')
  const { sid = '' } = findRoute(resource, path) ?? {}
  const dot = sid.indexOf('.')
  return dot > 0 ? sid.slice(0, dot) : undefined
}
