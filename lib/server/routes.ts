// Owns: which URLs are ours, and what each asks for.

/** What a URL asks for; `sid` is whatever stands in its place. */
export type Route =
  | { readonly kind: 'handshake' }
  | { readonly kind: 'transport'; readonly name: string; readonly sid: string }
  | { readonly kind: 'disconnect'; readonly sid: string }
  | { readonly kind: 'engine' }
  | { readonly kind: 'client' }
  | { readonly kind: 'unknown version' }

const parts = /^\/([^/]+)(?:\/([^/]*)(?:\/([^/]+))?)?\/?$/

/** Reads a path below the mount; undefined when it is not ours. */
export function readRoute(resource: string, path: string, query: URLSearchParams): Route | undefined {
  const rest = below(resource, path)
  // Without its version it is answered all the same, in terms that a client of engine.io understands.
  if (rest === '/' && (query.has('EIO') || query.has('transport'))) return { kind: 'engine' }
  if (rest === '/socket.io.js') return { kind: 'client' }
  const match = rest === undefined ? null : parts.exec(rest)
  if (match === null) return undefined
  const [, version = '', transport = '', sid = ''] = match
  if (!/^\d+$/.test(version)) return undefined
  if (version !== '1') return { kind: 'unknown version' }
  if (transport === '' && sid === '') return { kind: 'handshake' }
  // The 0.9 client leaves the transport empty: /1//SID/?disconnect=1; others keep it.
  if (query.has('disconnect')) return { kind: 'disconnect', sid }
  return { kind: 'transport', name: transport, sid }
}

/** Whether an upgrade is for us, under whatever mount: only the app knows those. */
export function isUpgradePath(resource: string, url: string): boolean {
  const [path = '', query = ''] = url.split('?', 2)
  if (path.endsWith(`/${resource}/`) && /(?:^|&)EIO=/.test(query)) return true
  const at = path.lastIndexOf(`/${resource}/1/`)
  return at >= 0 && /^(?:websocket|flashsocket)\//.test(path.slice(at + resource.length + 4))
}

/** A poll or a POST of a client that has its sid, under whatever mount. */
export type LivePoll = { readonly kind: 'xhr-polling'; readonly sid: string } | EnginePoll

export interface EnginePoll {
  readonly kind: 'engine'
  readonly sid: string
  readonly revision: string
}

const engineSid = /(?:^|&)sid=([^&]+)/
const engineRevision = /(?:^|&)EIO=(\d)(?:&|$)/
const enginePolling = /(?:^|&)transport=polling(?:&|$)/
const jsonp = /(?:^|&)j=/

/**
 * Reads a URL that may be one of those that come most often, without taking it apart (bench: poll-echo). What it does not
 * know goes the way of all requests: scripts, which are judged in another way; `disconnect`; all that is no poll.
 */
export function readLivePoll(resource: string, url: string): LivePoll | undefined {
  const mark = url.indexOf('?')
  const stop = mark < 0 ? url.length : mark
  const at = url.lastIndexOf(`/${resource}/`, stop)
  if (at < 0) return undefined
  const start = at + resource.length + 2
  if (url.startsWith('1/xhr-polling/', start)) {
    const sid = url.slice(start + 14, url.charAt(stop - 1) === '/' ? stop - 1 : stop)
    return url.includes('disconnect', stop) ? undefined : { kind: 'xhr-polling', sid }
  }
  if (start !== stop || mark < 0) return undefined
  const query = url.slice(mark + 1)
  const sid = engineSid.exec(query)?.[1]
  const revision = engineRevision.exec(query)?.[1]
  if (sid === undefined || revision === undefined || !enginePolling.test(query) || jsonp.test(query)) return undefined
  return { kind: 'engine', sid, revision }
}

// Compared whole: "/socket.iofoo" is not ours.
function below(resource: string, path: string): string | undefined {
  if (!path.startsWith(`/${resource}/`)) return undefined
  return path.slice(resource.length + 1)
}
