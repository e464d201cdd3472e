// Owns: the two forms in which a request names what it is for: `/path?query`, and with its host,
// `http://host/path?query`, as requests to proxies have it. RFC 9112, 3.2.2: every server takes both.

const slash = 0x2f
const absolute = /^[a-z][a-z\d+.-]*:\/\/([^/?#]*)/i

/** What of a target is path and query. Most are no more than that. */
export function withoutAuthority(target: string): string {
  if (target.charCodeAt(0) === slash) return target
  const [beginning = ''] = absolute.exec(target) ?? []
  return target.slice(beginning.length)
}

/** The host that a target names, whatever is in front of an `@` with it: that is nobody's origin. */
export function authorityOf(target: string): string | undefined {
  return target.charCodeAt(0) === slash ? undefined : absolute.exec(target)?.[1]
}
