// Owns: how the page of a polling client was judged, and what every answer to it says of that.
// Elsewhere: the judging (origins.ts), who keeps it (sockets.ts).
import type { IncomingMessage } from 'node:http'
import { corsHeaders, type Verdict } from './origins.js'

/** Made once for a client: its polls name the same origin, and are answered with the same headers. */
export interface Standing {
  readonly origin: string | undefined
  /** Name by name and value by value, as `writeHead()` takes them with the least work. */
  readonly headerList: readonly string[]
}

function makeStanding(verdict: Verdict): Standing {
  const headers = { ...corsHeaders(verdict, verdict.origin, false), Vary: 'Origin' }
  return { origin: verdict.origin, headerList: Object.entries(headers).flat() }
}

// Whoever names no origin stands like all others who name none.
const withoutOrigin = makeStanding({ isAllowed: true, origin: undefined, isSameOrigin: false })

/** Whether a request names the origin of a standing, and no other. Its list of headers is not made an object for that. */
export function standsLike({ rawHeaders }: IncomingMessage, { origin }: Standing): boolean {
  let named: string | undefined
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string
    if (name.length !== 6 || name.toLowerCase() !== 'origin') continue
    if (named !== undefined) return false
    named = rawHeaders[at + 1]
  }
  return named === origin
}

/** The standing of a client that was let in. */
export function standingOf(verdict: Verdict): Standing {
  return verdict.origin === undefined ? withoutOrigin : makeStanding(verdict)
}
