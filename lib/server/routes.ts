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
  /** Whether an upgrade to a websocket on this URL may be ours. */
  readonly mayUpgrade: boolean
  /** What stands behind the question mark. */
  readonly search: string

  constructor(kind: RouteKind, mount: string, search: string, parts: Parts = {}) {
    const transport = parts.transport === undefined ? '' : sharedName(parts.transport)
    const { sid = '', revision = '', callback, isBase64 = false } = parts
    const isEngine = kind === 'engine'
    const isPolling = isEngine ? transport === 'polling' : kind === 'transport' && transport === 'xhr-polling'
    const isWebsocket = transport === 'websocket' || transport === 'flashsocket'
    this.kind = kind
    this.mount = mount
    this.search = search
    this.transport = transport
    this.sid = sid
    this.revision = revision
    this.callback = callback
    this.isScript = callback !== undefined
    this.isBase64 = isBase64
    this.maySkipApp = isPolling && sid !== '' && callback === undefined
    this.mayUpgrade = isEngine || (isWebsocket && sid !== '' && (kind === 'transport' || kind === 'disconnect'))
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
  const isBelowMount = lastRoute !== undefined && lastRoute.mount.length + target.length === lastUrl.length
  if (isBelowMount && lastUrl.endsWith(target) && lastResource === resource) return lastRoute
  const url = withoutAuthority(target)
  return url.startsWith(resource, 1) && url.startsWith('/') ? readAt(resource, url, 0, endOfPath(url)) : undefined
}

/** Reads a URL under whatever mount, which only the app knows; undefined when it cannot be ours. */
export function findRoute(resource: string, target: string): Route | undefined {
  if (target === lastUrl && lastResource === resource) return lastRoute
  const url = target.charCodeAt(0) === slash ? target : withoutAuthority(target)
  if (lastResource !== resource) {
    lastResource = resource
    lastBetween = `/${resource}/`
  }
  const stop = endOfPath(url)
  const bare = stop - resource.length - 1
  // "/socket.io?EIO=4", of a client without a trailing slash.
  const isBare = bare >= 0 && url.startsWith('/', bare) && url.startsWith(resource, bare + 1)
  const at = isBare ? bare : url.lastIndexOf(lastBetween, stop)
  const route = at < 0 ? undefined : readAt(resource, url, at, stop)
  lastUrl = url
  lastRoute = route
  return route
}

/**
 * Reads a URL whose resource begins at `at`, and whose path ends at `stop`. A session id that is empty is
 * none; of a parameter that comes twice, the first counts; percent-encoding is taken off once.
 */
function readAt(resource: string, url: string, at: number, stop: number): Route | undefined {
  const mount = url.slice(0, at)
  const search = url.slice(stop + 1)
  const begin = at + resource.length + 1
  // Compared whole: "/socket.iofoo" is not ours.
  if (begin < stop && !url.startsWith('/', begin)) return undefined
  if (begin + 1 >= stop) return readEngine(mount, search)
  // Three segments at most, but for one slash at the end: found by their slashes, not by split() (bench:
  // poll-echo). With three more slashes behind them, each has an end.
  const path = url.slice(begin + 1, url.startsWith('/', stop - 1) ? stop - 1 : stop)
  const segments = `${path}///`
  const versionEnd = segments.indexOf('/')
  const transportEnd = segments.indexOf('/', versionEnd + 1)
  const sidEnd = segments.indexOf('/', transportEnd + 1)
  let version = segments.slice(0, versionEnd)
  let transport = segments.slice(versionEnd + 1, transportEnd)
  let sid = segments.slice(transportEnd + 1, sidEnd)
  if (path.includes('%')) {
    version = decoded(version)
    transport = decoded(transport)
    sid = decoded(sid)
  }
  if (version === 'socket.io.js' && stop === begin + 13) return new Route('client file', mount, search)
  if (version === 'seen.js' && stop === begin + 8) return new Route('seen file', mount, search)
  if ((version !== '1' && !/^\d+$/.test(version)) || sidEnd < path.length) return undefined
  if (version !== '1') return new Route('unknown version', mount, search)
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

function decoded(segment: string): string {
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
