// Owns: what a request says of its client when proxies are trusted as far as the framework trusts them.
import type { IncomingMessage } from 'node:http'
import type { Environ } from '../socket/environ.js'
import { sharedName } from '../transports/transport.js'
import { headersOf, hostOf } from './http2.js'
import { authorityOf } from './request-target.js'

/** A request as the framework has it: `express.Request`, or under Koa `ctx.req`. */
export type FrameworkRequest = IncomingMessage

export interface RequestFacts {
  /** Known through a proxy that the framework trusts, or where the connection itself is encrypted. */
  readonly scheme: string | undefined
  readonly host: string | undefined
  readonly address: string
  readonly isSecure: boolean
  /** The URL as the client asked for it, in front of every mount. */
  readonly url: string
}

/** What we use of Express's request; on others these are missing. */
interface ExpressLike {
  readonly app?: { get?(name: string): unknown }
  readonly originalUrl?: string
  readonly ip?: string
  readonly protocol?: string
}

/** What we use of Fastify's request. */
interface FastifyLike {
  readonly originalUrl: string
  /** With the option trustProxy: the addresses that it trusts, and the one behind the last of them. */
  readonly ips?: readonly string[]
  readonly ip: string
  readonly host: string
  readonly protocol: string
}

/** What we use of Koa's context. */
export interface KoaContext {
  readonly req: IncomingMessage
  readonly res: import('node:http').ServerResponse
  readonly app: { readonly proxy?: boolean }
  readonly request: { readonly body?: unknown; readonly rawBody?: unknown }
  readonly originalUrl: string
  readonly protocol: string
  readonly host: string
  readonly ip: string
  status: number
  body: unknown
  set(headers: Record<string, string>): void
}

/** @param bound the framework's request, where that is another object (support/framework-request.ts). */
export function factsOfRequest(request: IncomingMessage, bound: object | undefined): RequestFacts {
  if (bound !== undefined) return factsOfFastify(request, bound as FastifyLike)
  // Express's own ip and protocol are worked out when they are read.
  const express = request as IncomingMessage & ExpressLike
  const { app, originalUrl } = express
  const url = originalUrl ?? request.url ?? '/'
  if (typeof app?.get !== 'function' || app.get('trust proxy') === false) return new PlainFacts(request, url)
  const trusts: unknown = app.get('trust proxy fn')
  const remote = request.socket.remoteAddress ?? ''
  if (typeof trusts !== 'function' || !trusts(remote, 0)) return new PlainFacts(request, url)
  const forwarded = request.headers['x-forwarded-host']
  const host = (typeof forwarded === 'string' ? forwarded.split(',', 1)[0]?.trim() : undefined) ?? hostOf(request, url)
  const { ip, protocol } = express
  return { scheme: protocol, host, address: ip ?? remote, isSecure: protocol === 'https', url }
}

function factsOfFastify(raw: IncomingMessage, request: FastifyLike): RequestFacts {
  const { originalUrl: url, ips = [] } = request
  // Alone, the address of the connection is that of no proxy that is trusted.
  if (ips.length < 2) return new PlainFacts(raw, url)
  const { protocol, host, ip } = request
  return { scheme: protocol, host, address: ip, isSecure: protocol === 'https', url }
}

export function factsOfContext(ctx: KoaContext): RequestFacts {
  if (ctx.app.proxy !== true) return new PlainFacts(ctx.req, ctx.originalUrl)
  return {
    scheme: ctx.protocol,
    host: hostOfContext(ctx),
    address: ctx.ip,
    isSecure: ctx.protocol === 'https',
    url: ctx.originalUrl,
  }
}

// Koa does not look at the target for it.
function hostOfContext({ req, originalUrl, host }: KoaContext): string {
  return (req.headers['x-forwarded-host'] === undefined ? authorityOf(originalUrl) : undefined) ?? host
}

// Without a trusted proxy. The address of a connection is asked for with a system call: most requests need
// none.
class PlainFacts implements RequestFacts {
  readonly url: string
  readonly #request: IncomingMessage

  constructor(request: IncomingMessage, url: string) {
    this.#request = request
    this.url = url
  }

  /** TLS that ends here is known; in front of us it may have ended before. */
  get scheme(): string | undefined {
    return this.isSecure ? 'https' : undefined
  }

  get host(): string | undefined {
    return hostOf(this.#request, this.url)
  }

  get address(): string {
    return this.#request.socket.remoteAddress ?? ''
  }

  get isSecure(): boolean {
    return (this.#request.socket as { encrypted?: unknown }).encrypted === true
  }
}

/** The record of a request that outlives its connection. */
export function environOf(request: IncomingMessage, facts: RequestFacts, search: string, url = facts.url): Environ {
  const issued = Date.now()
  // Object.assign(), not a spread: frozen, that would have a hidden class of its own for every request.
  return Object.freeze({
    method: request.method ?? 'GET',
    url,
    headers: Object.freeze(headersOf(request)),
    query: parametersOf(search),
    address: facts.address,
    secure: facts.isSecure,
    xdomain: request.headers.origin !== undefined,
    issued,
    time: timeText(issued),
  })
}

// Spelled once a second: it says no more, and is dear (bench: connect).
let spelled = { second: NaN, text: '' }

function timeText(ms: number): string {
  const second = Math.floor(ms / 1000)
  if (second !== spelled.second) spelled = { second, text: new Date(ms).toString() }
  return spelled.text
}

// A name from the wire is an own property of an object that inherits nothing, whatever it is. It has a
// prototype all the same: an object with none is a hash table.
const nothing: object = Object.freeze(Object.create(null))
const noParameters: Environ['query'] = Object.freeze(Object.create(nothing) as Record<string, string>)

// All websockets of newer clients come with the same query, which is frozen: it is read once (bench: connect,
// memory).
let lastSearch = ''
let lastParameters = noParameters

function parametersOf(search: string): Environ['query'] {
  if (search !== lastSearch) {
    lastParameters = readParameters(search)
    lastSearch = search
  }
  return lastParameters
}

function readParameters(search: string): Environ['query'] {
  const parameters = Object.create(nothing) as Record<string, string>
  if (isEncoded.test(search)) {
    for (const [name, value] of new URLSearchParams(search)) parameters[name] = sharedName(value)
  } else readPlainly(search, parameters)
  return Object.freeze(parameters)
}

const isEncoded = /^\?|[%+\x80-\uffff]/

// What is not encoded is the same text, found by its separators (bench: connect).
function readPlainly(search: string, parameters: Record<string, string>): void {
  for (let at = 0; at < search.length;) {
    const separator = search.indexOf('&', at)
    const end = separator < 0 ? search.length : separator
    const equals = search.indexOf('=', at)
    if (equals >= at && equals < end) parameters[search.slice(at, equals)] = sharedName(search.slice(equals + 1, end))
    else if (end > at) parameters[search.slice(at, end)] = ''
    at = end + 1
  }
}
