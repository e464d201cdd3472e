// Owns: which pages may talk to us, what CORS says of it, and how a polling client's page was judged the last
// time.
// Elsewhere: what the framework says of proxies (http/request-facts.ts), who keeps judgements
// (server/sessions.ts).
import type { IncomingMessage } from 'node:http'
import { wrongOption } from '../support/options.js'
import { adopt, isPromiseLike } from '../support/promises.js'
import { commonHeaders, type CommonHeaders } from '../http/common-headers.js'
import type { RequestFacts } from '../http/request-facts.js'

type OriginTest = (origin: string, request: IncomingMessage) => boolean | PromiseLike<boolean>

export type Origins = string | RegExp | readonly (string | RegExp)[] | OriginTest

/** The option `origins`, read: open to all, or a test beside or instead of the same origin. */
export type OriginRule =
  | { readonly kind: 'open' }
  | { readonly kind: 'listed'; readonly test: (origin: string) => boolean; readonly hasNull: boolean }
  | { readonly kind: 'asked'; readonly test: OriginTest }

export interface Verdict {
  readonly isAllowed: boolean
  /** The page's origin, if the request shows it. */
  readonly origin: string | undefined
  readonly isSameOrigin: boolean
}

/** @throws UsageError SIO_USAGE_OPTION for anything but an origin. */
export function readOrigins(origins: Origins | undefined): OriginRule {
  // The 0.9 server's spelling of "all".
  if (origins === '*' || origins === '*:*') return { kind: 'open' }
  if (typeof origins === 'function') return { kind: 'asked', test: origins }
  const list = origins === undefined ? [] : Array.isArray(origins) ? (origins as unknown[]) : [origins]
  const exact = new Set<string>()
  const patterns: RegExp[] = []
  for (const entry of list) {
    if (entry instanceof RegExp) patterns.push(new RegExp(entry.source, entry.flags.replaceAll(/[gy]/g, '')))
    else exact.add(readOrigin(entry))
  }
  const test = (origin: string): boolean =>
    exact.has(withoutDefaultPort(origin)) || patterns.some((pattern) => pattern.test(origin))
  return { kind: 'listed', test, hasNull: exact.has('null') }
}

// A scheme, and what browsers name as its host: "https://example.com", "capacitor://localhost", "file://".
// Pages that are not to be known, those in sandboxed frames say, have the origin "null".
const originShape = /^([a-z][a-z\d+.-]*):\/\/([^/?#@\s*]*)\/?$/i

function readOrigin(entry: unknown): string {
  if (entry === 'null') return entry
  const [, scheme = '', host = ''] = (typeof entry === 'string' && originShape.exec(entry)) || []
  const origin = `${scheme.toLowerCase()}://${host}`
  // Of the web's own schemes URL knows how browsers spell hosts and ports. Others it takes as they are.
  if (/^(?:https?|wss?)$/i.test(scheme) && URL.canParse(origin)) return new URL(origin).origin
  if (scheme !== '' && !/^(?:https?|wss?)$/i.test(scheme)) return origin
  throw wrongOption('origins', "'*', origins like https://example.com, RegExps or a function", entry)
}

// Browsers leave it out, others need not.
function withoutDefaultPort(origin: string): string {
  return origin.replace(/^(http:\/\/[^/]*):80$|^(https:\/\/[^/]*):443$/, '$1$2')
}

/**
 * Judges a request by its Origin. A script tag sends none: `isScript` requests are judged by Referer or
 * Sec-Fetch-Site then, and refused without either.
 */
export function judgeOrigin(
  rule: OriginRule,
  request: IncomingMessage,
  facts: RequestFacts,
  isScript: boolean,
): Verdict | Promise<Verdict> {
  const { headers, method } = request
  const { referer, 'sec-fetch-site': site } = headers
  // Websockets of draft 8 have a header of their own.
  const named = headers.origin ?? (headers['sec-websocket-origin'] as string | undefined)
  // A form is posted without its origin where the page's referrer policy hides that, as helmet's does; what the
  // browser says of its site is as good for it as for the script tags of that page.
  const isHidden = named === 'null' && isScript && method === 'POST' && site === 'same-origin'
  const referring = isScript && referer !== undefined ? originOf(referer) : undefined
  const origin = named === undefined || isHidden ? referring : named
  const isSameOrigin = origin === undefined ? isScript && site === 'same-origin' : isSame(origin, facts)
  if (rule.kind === 'asked') return askAbout(rule.test, request, facts, { origin, isScript, isSameOrigin })
  const isListed = isSameOrigin || (origin === undefined ? !isScript : rule.kind === 'listed' && rule.test(origin))
  return { isAllowed: rule.kind === 'open' || isListed, origin, isSameOrigin }
}

interface Shown {
  readonly origin: string | undefined
  readonly isScript: boolean
  readonly isSameOrigin: boolean
}

// The application's function is also called for the same origin.
function askAbout(
  test: OriginTest,
  request: IncomingMessage,
  facts: RequestFacts,
  { origin: shown, isScript, isSameOrigin }: Shown,
): Verdict | Promise<Verdict> {
  const origin = shown ?? (isSameOrigin ? ownOrigin(facts) : undefined)
  if (origin === undefined) return { isAllowed: !isScript, origin, isSameOrigin }
  const answer: unknown = test(origin, request)
  // Only true lets in, as for authorize: a check that forgets to answer must not.
  if (!isPromiseLike(answer)) return { isAllowed: answer === true, origin, isSameOrigin }
  return adopt(answer).then((settled) => ({ isAllowed: settled === true, origin, isSameOrigin }))
}

/** The headers that say so to a browser, whose request named `origin`; every answer of ours has them. */
export function corsHeaders(verdict: Verdict, origin: string | undefined, isScript: boolean): Record<string, string> {
  const headers: Record<string, string> = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' }
  if (!verdict.isAllowed) return headers
  // [2] A script is not read by another page, it is run.
  if (origin !== undefined && origin === verdict.origin && !isScript) {
    headers['Access-Control-Allow-Origin'] = origin
    headers['Access-Control-Allow-Credentials'] = 'true'
  }
  // helmet's same-origin policy would keep scripts from the pages that we have just allowed.
  if (!verdict.isSameOrigin && verdict.origin !== undefined) headers['Cross-Origin-Resource-Policy'] = 'cross-origin'
  return headers
}

const headerNames = /^[\w!#$%&'*+.^`|~-]+(?:\s*,\s*[\w!#$%&'*+.^`|~-]+)*$/
const mostHeaderNames = 1_024

/**
 * What a preflight of an allowed page is answered: it may send the headers that it asks for, as
 * `extraHeaders` of its client, say. Whether a page of the public network may reach a private one is nothing
 * that we would know.
 */
export function preflightHeaders({ headers }: IncomingMessage): Record<string, string> {
  const asked = headers['access-control-request-headers'] ?? ''
  const isList = asked.length <= mostHeaderNames && headerNames.test(asked)
  return {
    'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
    'Access-Control-Allow-Headers': isList ? asked : 'Content-Type',
    'Access-Control-Max-Age': '3600',
  }
}

// Without a trusted proxy the scheme is unknown: TLS may have ended in front of us. Host and port must be the
// same.
function isSame(origin: string, facts: RequestFacts): boolean {
  if (!URL.canParse(origin) || facts.host === undefined) return false
  const page = new URL(origin)
  // "capacitor://localhost" is the page of an app, whatever is served at localhost.
  if (page.protocol !== 'http:' && page.protocol !== 'https:') return false
  const own = `${page.protocol}//${facts.host}`
  if (!URL.canParse(own) || new URL(own).host !== page.host) return false
  // Neither header may hold more: "https://own.example@x", "own.example/path".
  if (![page, new URL(own)].every(({ href, protocol, host }) => href === `${protocol}//${host}/`)) return false
  return facts.scheme === undefined || `${facts.scheme}:` === page.protocol
}

// As the browser sees it that has said "same-origin": it says so only over TLS, which may have ended in front
// of us, or to the machine that it runs on.
function ownOrigin({ scheme, host }: RequestFacts): string | undefined {
  if (host === undefined) return undefined
  const isLocal = /^(?:(?:[^:]*\.)?localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?$/i.test(host)
  return originOf(`${scheme ?? (isLocal ? 'http' : 'https')}://${host}`)
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}

/**
 * How the page of a polling client was judged: its next requests name the same origin, and get the same
 * headers.
 */
export interface JudgedOrigin {
  readonly origin: string | undefined
  readonly headers: CommonHeaders
}

/** The judgement of a client that was let in. */
export function judgedOrigin(verdict: Verdict): JudgedOrigin {
  return verdict.origin === undefined ? withoutOrigin : makeJudged(verdict)
}

function makeJudged(verdict: Verdict): JudgedOrigin {
  const headers = { ...corsHeaders(verdict, verdict.origin, false), Vary: 'Origin' }
  return { origin: verdict.origin, headers: commonHeaders(headers) }
}

// All clients that name no origin are judged alike.
const withoutOrigin = makeJudged({ isAllowed: true, origin: undefined, isSameOrigin: false })

/**
 * Whether a request names the origin that was judged, and no other. Its list of headers is not made an object
 * for that.
 */
export function namesJudged({ rawHeaders }: IncomingMessage, { origin }: JudgedOrigin): boolean {
  let named: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length !== 6 || name.toLowerCase() !== 'origin') continue
    if (named !== undefined) return false
    named = rawHeaders[at + 1]
  }
  return named === origin
}
