// Owns: that requests do not show by which name a client comes back, to handlers, hooks and logs that are
// written later.
// Elsewhere: reading the name (recovery/asked.ts); what is logged before a request comes to us (docs/proxies.md).
import { readUrls } from '../http/shortcuts.js'
import { urlWithout } from '../recovery/asked.js'
import type { Incoming } from './incoming.js'

/** Fields of Node's, Express's, Fastify's and Koa's requests that are URLs. */
const urls = ['url', 'originalUrl'] as const

/**
 * Takes `resume` and `seen` out of the URLs of a request of 0.9 or 2, and out of what has been read of them.
 * A name that is no secret is a parameter of the page's own, on clients of 4.
 */
export function hideResume({ exchange, request, ctx, route }: Incoming): void {
  if (!route.search.includes('resume') || (route.kind === 'engine' && route.revision === '4')) return
  const seen = new Set<unknown>([exchange.request, request, ctx, fieldOf(ctx, 'request')])
  for (const each of seen) if (typeof each === 'object' && each !== null) hide(each)
}

function hide(request: object): void {
  // Fastify keeps one by a symbol of its own.
  for (const name of [...urls, ...Object.getOwnPropertySymbols(request)]) {
    const url = fieldOf(request, name)
    // Some can only be read: they are made of others.
    if (typeof url === 'string') Reflect.set(request, name, urlWithout(url))
  }
  for (const name of readUrls) if (Object.hasOwn(request, name)) Reflect.set(request, name, undefined)
  // HTTP/2 has it among the headers.
  const headers = fieldOf(request, 'headers')
  const path = fieldOf(headers, ':path')
  if (typeof path === 'string') {
    Reflect.set(headers as object, ':path', urlWithout(path))
    // Those of frameworks need not have it.
    const lines = fieldOf(request, 'rawHeaders')
    if (Array.isArray(lines) && lines.includes(':path')) lines.splice(lines.indexOf(':path') + 1, 1, urlWithout(path))
  }
  // Elsewhere it is read again each time.
  const query: unknown = Object.getOwnPropertyDescriptor(request, 'query')?.value
  if (typeof query !== 'object' || query === null) return
  Reflect.deleteProperty(query, 'resume')
  Reflect.deleteProperty(query, 'seen')
}

function fieldOf(from: unknown, name: string | symbol): unknown {
  return typeof from === 'object' && from !== null ? Reflect.get(from, name) : undefined
}
