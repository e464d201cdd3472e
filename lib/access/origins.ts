// Owns: which pages may talk to us, and what CORS says of it.
// Elsewhere: what the framework says of proxies (facts.ts).
import type { IncomingMessage } from 'node:http'
import { wrongOption } from '../support/options.js'
import { isPromiseLike } from '../support/promises.js'
import type { RequestFacts } from '../http/request-facts.js'

type OriginTest = (origin: string, request: IncomingMessage) => boolean | PromiseLike<boolean>

export type Origins = string | RegExp | readonly (string | RegExp)[] | OriginTest

/** The option `origins`, read: open to all, or a test beside or instead of the same origin. */
export type OriginRule =
  | { readonly kind: 'open' }
  | { readonly kind: 'listed'; readonly test: (origin: string) => boolean }
  | { readonly kind: 'asked'; readonly test: OriginTest }

export interface Verdict {
  readonly isAllowed: boolean
  /** The page's origin, if the request shows it. */
  readonly origin: string | undefined
  readonly isSameOrigin: boolean
}

/** @throws UsageError SIO_USAGE_OPTION for what is no origin. */
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
  return { kind: 'listed', test: (origin) => exact.has(origin) || patterns.some((pattern) => pattern.test(origin)) }
}

function readOrigin(entry: unknown): string {
  const origin = typeof entry === 'string' ? originOf(entry) : undefined
  if (origin !== undefined && origin === (entry as string).replace(/\/$/, '').toLowerCase()) return origin
  throw wrongOption('origins', "'*', origins like https://example.com, RegExps or a function", entry)
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
): Verdict | PromiseLike<Verdict> {
  const { origin: header, referer, 'sec-fetch-site': site } = request.headers
  const origin = header ?? (isScript && referer !== undefined ? originOf(referer) : undefined)
  const isSameOrigin = origin === undefined ? isScript && site === 'same-origin' : isSame(origin, facts)
  const verdict = (isAllowed: boolean): Verdict => ({ isAllowed, origin, isSameOrigin })
  if (rule.kind === 'open') return verdict(true)
  if (origin === undefined) return verdict(!isScript || isSameOrigin)
  if (rule.kind === 'listed') return verdict(isSameOrigin || rule.test(origin))
  const answer: unknown = rule.test(origin, request)
  // Only true lets in, as for authorize: a check that forgets to answer must not.
  return isPromiseLike(answer) ? answer.then((settled) => verdict(settled === true)) : verdict(answer === true)
}

/** The headers that say so to a browser, whose request named `origin`; every answer of ours has them. */
export function corsHeaders(verdict: Verdict, origin: string | undefined, isScript: boolean): Record<string, string> {
  const headers: Record<string, string> = { 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' }
  if (!verdict.isAllowed) return headers
  // [2] A script is not read by another page, it is run.
  if (origin !== undefined && !isScript) {
    headers['Access-Control-Allow-Origin'] = origin
    headers['Access-Control-Allow-Credentials'] = 'true'
  }
  // helmet's same-origin policy would keep scripts from the pages that we have just allowed.
  if (!verdict.isSameOrigin && verdict.origin !== undefined) headers['Cross-Origin-Resource-Policy'] = 'cross-origin'
  return headers
}

// Without a trusted proxy the scheme is unknown: TLS may have ended in front of us. Host and port must be the same.
function isSame(origin: string, facts: RequestFacts): boolean {
  if (!URL.canParse(origin) || facts.host === undefined) return false
  const page = new URL(origin)
  const own = `${page.protocol}//${facts.host}`
  if (!URL.canParse(own) || new URL(own).host !== page.host) return false
  // Neither header may hold more: "https://own.example@x", "own.example/path".
  if (![page, new URL(own)].every(({ href, protocol, host }) => href === `${protocol}//${host}/`)) return false
  return facts.scheme === undefined || `${facts.scheme}:` === page.protocol
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).origin : undefined
}
