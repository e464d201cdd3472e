// Owns: what a middleware is to a server, and which mounts on it are its own.
// Elsewhere: what is done about that (server-tap.ts), which servers a middleware knows (http-servers.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Deadlines } from '../support/timers.js'
import type { Via } from './beside.js'

/** What of a URL tells whose an upgrade on it is. */
export interface FoundRoute {
  /** What stands in front of the resource. */
  readonly mount: string
  /** The session id; empty without one. */
  readonly sid: string
  readonly mayUpgrade: boolean
  /** Whether it may be one of a request for which the app is not needed. */
  readonly maySkipApp: boolean
}

/** A middleware that is on servers. */
export interface Tapping {
  /** Reads a URL under whatever mount; undefined when it cannot be its own. */
  findRoute(url: string): FoundRoute | undefined
  /** Whether it knows the session of a URL. */
  hasSession(route: FoundRoute): boolean
  /**
   * Serves a request before the app, if it is one of those for which the app is not needed, and returns
   * whether it has.
   * @param show is to call what serves it, if given.
   */
  direct(
    route: FoundRoute,
    request: IncomingMessage,
    response: ServerResponse,
    show: ((serve: () => void) => void) | undefined,
  ): boolean
  readonly deadlines: Deadlines
}

/** Of mounts that a pattern makes, one for each tenant say, so many are known. */
const mostMounts = 1_000

// What a request asked for before an app took its mount off, where that mount is new.
const newUrls = new WeakMap<IncomingMessage, string>()

type Rewritten = IncomingMessage & { readonly originalUrl?: string }

/** An upgrade that the app has not answered yet. */
export interface PendingUpgrade {
  /** Ends it: its middleware is closed. */
  cut(): void
}

export class Registration {
  readonly tapping: Tapping
  readonly pending = new Set<PendingUpgrade>()
  /**
   * met: the server is one of this process, and has a connection.
   * reached: a request of the server has come to the middleware.
   * attached: the application has told of the server; requests may be served before its app.
   */
  relation: 'met' | 'reached' | 'attached' = 'met'
  // Under which mounts requests have come to the middleware.
  readonly #mounts = new Set<string>()
  // Those that the application has named, with what serves them beside the app, if anything does.
  readonly #paths = new Map<string, Via | undefined>()

  constructor(tapping: Tapping) {
    this.tapping = tapping
  }

  /** @param path what stands in front of the resource on this server, where the application says so. */
  attach(path: string | undefined, via: Via | undefined): void {
    this.relation = 'attached'
    if (path !== undefined) this.#paths.set(path, via)
  }

  /** Whether the application has named a mount. */
  get isNamed(): boolean {
    return this.#paths.size > 0
  }

  /**
   * Whether a URL is the middleware's, and nobody else's. On a server of which no request has come to it, a
   * session that it knows may be on its way through a proxy of this process.
   */
  owns(route: FoundRoute): boolean {
    if (this.#mounts.has(route.mount) || this.#paths.has(route.mount)) return true
    return this.relation !== 'met' && this.tapping.hasSession(route)
  }

  /** A request may come to the middleware, by the app or by what serves it beside that, which is returned. */
  expect(request: IncomingMessage, { mount }: FoundRoute): Via | undefined {
    if (!this.#mounts.has(mount)) newUrls.set(request, request.url ?? '')
    return this.#paths.get(mount)
  }

  /** A request has come to the middleware, on one of its URLs or on its way to something else. */
  reached(request: Rewritten, isOurs: boolean): void {
    if (this.relation === 'met') this.relation = 'reached'
    if (!isOurs) return
    const url = newUrls.get(request) ?? (this.#mounts.size === 0 ? (request.originalUrl ?? request.url) : undefined)
    const route = url === undefined ? undefined : this.tapping.findRoute(url)
    if (route === undefined) return
    this.#mounts.add(route.mount)
    for (const oldest of this.#mounts) {
      if (this.#mounts.size <= mostMounts) break
      this.#mounts.delete(oldest)
    }
  }
}
