// Owns: what a client of 0.9 or 2 says of the connection that it has lost, and why it is not let have it.
// Elsewhere: what clients of 4 say (pid.ts).
import type { Counts } from '../socket/counts.js'

/**
 * Why a client that wants to come back is a new one. `namespace`: its namespaces cannot be moved, or
 * recv_resume refused.
 */
export type RefusalReason = keyof Counts['resumesRefused']

/** The parameters `resume` and `seen` of a request. */
export interface Asked {
  /** The session id of the connection that was lost. */
  readonly resume: string | undefined
  /** In place of that, its mark: a token carries no session id. */
  readonly mark?: string | undefined
  /** How many packets the client has counted. */
  readonly seen: number | undefined
  readonly isMalformed: boolean
}

/**
 * Where a client that comes back stands: it lacks what is still there, or what is not, or it has more than
 * there was.
 */
export type Standing = 'known' | 'behind' | 'ahead'

const longestName = 512

/** Reads them from a query; of several of one name the first counts. */
export function readResume(search: string): Asked {
  if (!search.includes('resume=') && !search.includes('seen=')) {
    return { resume: undefined, seen: undefined, isMalformed: false }
  }
  const parameters = new URLSearchParams(search)
  const resume = parameters.get('resume') ?? undefined
  const seen = parameters.get('seen') ?? undefined
  const isCount = seen === undefined || /^\d{1,15}$/.test(seen)
  const isName = resume === undefined || (resume.length > 0 && resume.length <= longestName)
  return {
    resume: isName ? resume : undefined,
    seen: isCount && seen !== undefined ? Number(seen) : undefined,
    isMalformed: !isCount || !isName,
  }
}

/** A query without them: they are as secret as a session id. */
export function withoutResume(search: string): string {
  if (!search.includes('resume') && !search.includes('seen')) return search
  return search
    .split('&')
    .filter((part) => !/^(?:resume|seen)(?:=|$)/.test(decoded(part)))
    .join('&')
}

/** The same for a URL. One that has none of them is kept as it is: a copy would stay with each client. */
export function urlWithout(url: string): string {
  const mark = url.indexOf('?')
  if (mark < 0) return url
  const given = url.slice(mark + 1)
  const search = withoutResume(given)
  if (search === given) return url
  return search === '' ? url.slice(0, mark) : `${url.slice(0, mark)}?${search}`
}

// A name may be written with escapes.
function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '))
  } catch {
    return part
  }
}
