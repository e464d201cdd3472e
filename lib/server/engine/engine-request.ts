// Owns: requests on their way to engine.io, and what its answers say beside what it says itself.
// Elsewhere: which requests these are (engine-door.ts).
import type { Server as EngineServer } from 'engine.io'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import type { Headers } from '../../transports/exchange.js'
import type { Route } from '../routes.js'

/** The headers of an answer on whose response nobody has set them. */
export const standingHeaders = Symbol('headers')

/** What engine.io looks at of a URL. */
interface EngineParameters {
  readonly EIO: string
  readonly transport: string
  readonly sid: string | undefined
  readonly j: string | undefined
  readonly b64: string | undefined
}

/** What engine.io looks at of a request, beside what Node gives it. */
export interface EngineRequest extends IncomingMessage {
  _query?: EngineParameters
  [standingHeaders]?: Headers
}

/** A URL as we have read it: engine.io has no reading of its own. */
export function parametersOf({ revision, transport, sid, callback, isBase64 }: Route): EngineParameters {
  return {
    EIO: revision,
    transport,
    sid: sid === '' ? undefined : sid,
    j: callback,
    b64: isBase64 ? '1' : undefined,
  }
}

const given = ['_query', 'res', 'cleanup']

/** Gives a request the query that engine.io goes by, and room for what else it puts there: its class may have accessors. */
export function prepared(request: EngineRequest, query: EngineParameters): EngineRequest {
  for (const name of given) {
    if (!(name in request) || Object.hasOwn(request, name)) continue
    Object.defineProperty(request, name, { value: undefined, writable: true, configurable: true })
  }
  request._query = query
  return request
}

/** Gives engine.io's answers our headers, where nobody has set them before. */
export function dressAnswers(engine: EngineServer): void {
  engine.on('headers', (headers: Record<string, string>, request: EngineRequest) => {
    const { method, _query: query } = request
    if (request[standingHeaders] !== undefined) {
      // Its own spelling of a header that we have, too.
      delete headers['cache-control']
      Object.assign(headers, request[standingHeaders])
    }
    // A browser runs no script that it gets as plain text: every answer of ours has "nosniff".
    if (method === 'GET' && query?.j !== undefined) headers['Content-Type'] = 'text/javascript; charset=UTF-8'
  })
  // What it refuses has no headers that it would tell of.
  engine.on('connection_error', ({ req: request }: { req: EngineRequest & { res?: ServerResponse } }) => {
    for (const [name, value] of Object.entries(request[standingHeaders] ?? {})) request.res?.setHeader(name, value)
  })
}

// A form of JSONP clients of version 2 is all that engine.io takes beside text. What else a parser made of a body, a list
// say or an object of any depth, is nothing that it could read.
function textOf(parsedBody: unknown): string {
  if (typeof parsedBody === 'string') return parsedBody
  const field: unknown = typeof parsedBody === 'object' && parsedBody !== null && Reflect.get(parsedBody, 'd')
  return typeof field === 'string' ? new URLSearchParams({ d: field }).toString() : ''
}

// engine.io reads a POST's body itself. Where a parser in front of us has read it, it is given once more.
export function replayed(request: EngineRequest, parsedBody: unknown): EngineRequest {
  if (request.method !== 'POST' || parsedBody === undefined) return request
  const body = Buffer.isBuffer(parsedBody) ? parsedBody : Buffer.from(textOf(parsedBody))
  return Object.assign(Readable.from([body]), recordOf(request)) as never
}

/**
 * What engine.io gets of an upgrade in the request's place. It puts a field on it and deletes that again, which makes a
 * slow object of a request that has another prototype, of 1.8 KB instead of 0.3 (bench: memory).
 */
export function ofUpgrade(request: EngineRequest): EngineRequest {
  return recordOf(request) as never
}

function recordOf({ headers, method, url, socket, _query }: EngineRequest) {
  return { headers, method, url, socket, connection: socket, _query }
}
