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

// Compared whole: "/socket.iofoo" is not ours.
function below(resource: string, path: string): string | undefined {
  if (!path.startsWith(`/${resource}/`)) return undefined
  return path.slice(resource.length + 1)
}
