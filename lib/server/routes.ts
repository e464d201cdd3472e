// Owns: the one reader of URLs: which are ours, and what each asks for.
// Elsewhere: who serves them (router.ts), on which servers an upgrade is ours (http/server-tap.ts).
import { withoutAuthority } from '../http/request-target.js'
import { sharedName } from '../transports/transport.js'

/** What a URL asks for. */
export type RouteKind =
  | 'handshake'
  | 'transport'
  | 'disconnect'
  | 'engine'
  | 'client file'
  | 'seen file'
  | 'unknown version'

interface Parts {
  readonly transport?: string | undefined
  readonly sid?: string | undefined
  readonly revision?: string | undefined
  readonly callback?: string | undefined
  readonly isBase64?: boolean
}

/** One of our URLs, as it was read. Its claims are fields: they are asked for at each poll (bench: poll-echo). */
export class Route {
  readonly kind: RouteKind
  /** What is in front of `/{resource}`. */
  readonly mount: string
  /** The name of a transport; empty without one. */
  readonly transport: string
  /** The session id; empty without one. */
  readonly sid: string
  /** The value of `EIO`; empty without one. */
  readonly revision: string
  /** Which callback of a JSONP client waits for the answer, as it says; undefined when none does. */
  readonly callback: string | undefined
  /** Whether the answer is a script. Browsers name no Origin when they ask for one. */
  readonly isScript: boolean
  /** Whether a client of engine.io takes no binary answers, but base64. */
  readonly isBase64: boolean
  /** Whether this may be a poll or a POST of a connected client, which can be served before the app. */
  readonly maySkipApp: boolean
  /** What stands behind the question mark. */
  readonly search: string

  constructor(kind: RouteKind, mount: string, search: string, parts: Parts = {}) {
    this.kind = kind
    this.mount = mount
    this.search = search
    this.transport = sharedName(parts.transport ?? '')
    this.sid = parts.sid ?? ''
    this.revision = parts.revision ?? ''
    this.callback = parts.callback
    this.isScript = parts.callback !== undefined
    this.isBase64 = parts.isBase64 === true
    const isPolling =
      kind === 'engine' ? this.transport === 'polling' : kind === 'transport' && this.transport === 'xhr-polling'
    this.maySkipApp = isPolling && this.sid !== '' && !this.isScript
  }

  /** Whether an upgrade to a websocket on this URL may be ours. */
  get mayUpgrade(): boolean {
    if (this.kind === 'engine') return true
    const isWebsocket = this.transport === 'websocket' || this.transport === 'flashsocket'
    return isWebsocket && this.sid !== '' && (this.kind === 'transport' || this.kind === 'disconnect')
  }
}

// The URL that was read last. A server's tap reads it before the app, an upgrade's twice, and the middleware
// has need of it right behind that (bench: connect).
let lastResource = ''
let lastBetween = ''
let lastUrl = ''
let lastRoute: Route | undefined

/** Reads a URL below its mount; undefined when it is not ours. */
export function readRoute(resource: string, target: string): Route | undefined {
  const url = withoutAuthority(target)
  const isBelowMount = lastRoute !== undefined && lastRoute.mount.length + url.length === lastUrl.length
  if (isBelowMount && lastUrl.endsWith(url) && lastResource === resource) return lastRoute
  return url.startsWith(resource, 1) && url.startsWith('/') ? readAt(resource, url, 0) : undefined
}

/** Reads a URL under whatever mount, which only the app knows; undefined when it cannot be ours. */
export function findRoute(resource: string, target: string): Route | undefined {
  const url = target.charCodeAt(0) === slash ? target : withoutAuthority(target)
  if (url === lastUrl && lastResource === resource) return lastRoute
  if (lastResource !== resource) {
    lastResource = resource
    lastBetween = `/${resource}/`
  }
  const stop = endOfPath(url)
  const bare = stop - resource.length - 1
  // "/socket.io?EIO=4", of a client without a trailing slash.
  const isBare = bare >= 0 && url.startsWith('/', bare) && url.startsWith(resource, bare + 1)
  const at = isBare ? bare : url.lastIndexOf(lastBetween, stop)
  const route = at < 0 ? undefined : readAt(resource, url, at)
  lastUrl = url
  lastRoute = route
  return route
}

/**
 * Reads a URL whose resource begins at `at`. A session id that is empty is none; of a parameter that comes
 * twice, the first counts; percent-encoding is taken off once.
 */
function readAt(resource: string, url: string, at: number): Route | undefined {
  const stop = endOfPath(url)
  const mount = url.slice(0, at)
  const search = url.slice(stop + 1)
  const begin = at + resource.length + 1
  // Compared whole: "/socket.iofoo" is not ours.
  if (begin < stop && !url.startsWith('/', begin)) return undefined
  if (begin + 1 >= stop) return readEngine(mount, search)
  // Three segments at most, but for one slash at the end: found by their slashes, not by split() (bench:
  // poll-echo).
  const end = url.startsWith('/', stop - 1) ? stop - 1 : stop
  const versionEnd = endOfSegment(url, begin + 1, end)
  const transportEnd = endOfSegment(url, versionEnd + 1, end)
  const sidEnd = endOfSegment(url, transportEnd + 1, end)
  const version = segmentOf(url, begin + 1, versionEnd)
  if (version === 'socket.io.js' && stop === begin + 13) return new Route('client file', mount, search)
  if (version === 'seen.js' && stop === begin + 8) return new Route('seen file', mount, search)
  if ((version !== '1' && !/^\d+$/.test(version)) || sidEnd < end) return undefined
  if (version !== '1') return new Route('unknown version', mount, search)
  const transport = segmentOf(url, versionEnd + 1, transportEnd)
  const sid = segmentOf(url, transportEnd + 1, sidEnd)
  if (transport === '' && sid === '') {
    return new Route('handshake', mount, search, { callback: parameterOf(search, 'jsonp') })
  }
  if (search.includes('disconnect') && parameterOf(search, 'disconnect') !== undefined) {
    // The client leaves the transport empty, "/1//SID/?disconnect=1", and some proxies make one slash of two.
    return new Route('disconnect', mount, search, sid === '' ? { sid: transport } : { transport, sid })
  }
  // It is answered with a script even when the number of the callback is missing.
  const callback = transport === 'jsonp-polling' ? (parameterOf(search, 'i') ?? '') : undefined
  return new Route('transport', mount, search, { transport, sid, callback })
}

function readEngine(mount: string, search: string): Route | undefined {
  const isEncoded = needsDecoding(search)
  const revision = parameterOf(search, 'EIO', isEncoded)
  const transport = parameterOf(search, 'transport', isEncoded)
  // Either will do: what is missing is answered in terms that a client of engine.io understands.
  if (revision === undefined && transport === undefined) return undefined
  const sid = parameterOf(search, 'sid', isEncoded)
  const callback = parameterOf(search, 'j', isEncoded)
  const isBase64 = (parameterOf(search, 'b64', isEncoded) ?? '') !== ''
  return new Route('engine', mount, search, { revision, transport, sid, callback, isBase64 })
}

function endOfPath(url: string): number {
  const mark = url.indexOf('?')
  return mark < 0 ? url.length : mark
}

function endOfSegment(url: string, from: number, end: number): number {
  const slash = url.indexOf('/', from)
  return slash < 0 || slash > end ? end : slash
}

function segmentOf(url: string, from: number, end: number): string {
  const segment = url.slice(from, end)
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const ampersand = 0x26
const slash = 0x2f
const equalsSign = 0x3d

/**
 * A parameter's first value, read without taking all others apart (bench: poll-echo); empty when it has none.
 */
function parameterOf(search: string, name: string, isEncoded = needsDecoding(search)): string | undefined {
  if (isEncoded) return new URLSearchParams(search).get(name) ?? undefined
  for (let at = search.indexOf(name); at >= 0; at = search.indexOf(name, at + 1)) {
    if (at > 0 && search.charCodeAt(at - 1) !== ampersand) continue
    const end = at + name.length
    const next = search.charCodeAt(end)
    const stop = search.indexOf('&', end)
    if (next === equalsSign) return search.slice(end + 1, stop < 0 ? undefined : stop)
    if (next === ampersand || end === search.length) return ''
  }
  return undefined
}

function needsDecoding(search: string): boolean {
  return search.includes('%') || search.includes('+')
}
