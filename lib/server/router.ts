// Owns: a request's way from its URL to its answer: its origin is judged once, and what fails is caught here.
// Elsewhere: each framework's function (middleware.ts), reading URLs (routes.ts), the answers (v09, engine).
//
// The way of a poll or a POST. Each name hands the request on to the next; what they ask on the way hands nothing on.
//   through the app: Interception #wrapped > ServerTap.request > the app > middleware.ts serve > serveHttp (serveKoa)
//     > Router.serve > #serveJudged > V09Requests.serve > #serveGet (#servePost), or EngineRequests.serve > #serveRequest > servePoll
//   directly: Interception #wrapped > ServerTap.request > Router.direct > #serveDirectly
//     > V09Requests.servePoll > #serveGet (#servePost), or EngineRequests.servePoll
//   the answer: LongPoll.send > #respond, or EngineAnswer.end; then reply > write of the exchange > endInOnePiece
// Its URL is read by the tap, and found again by the middleware (routes.ts); 0.9 and engine.io are given what was read.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { patienceMs } from '../access/admission.js'
import { corsHeaders, judgeOrigin, namesJudged, preflightHeaders, type Verdict } from '../access/origins.js'
import { jsonpOff, refuse, RefusalError, wrongMethod, wrongOrigin, wrongVersion } from '../access/refusals.js'
import { DirectExchange } from '../http/direct-exchange.js'
import type { Tapping } from '../http/tapping.js'
import { isA } from '../support/errors.js'
import { logFailure, logTurnedAway } from '../support/log.js'
import { isPending, within } from '../support/promises.js'
import type { Deadlines } from '../support/timers.js'
import type { ClientFiles } from './client-files.js'
import type { EngineRequests } from './engine/requests.js'
import type { Incoming } from './incoming.js'
import { hideResume } from './hide-resume.js'
import { findRoute, type Route } from './routes.js'
import type { Sessions } from './sessions.js'
import type { Settings } from './settings.js'
import type { V09Handshakes } from './v09/handshakes.js'
import type { V09Requests } from './v09/requests.js'

/** Who answers. */
interface Answering {
  readonly v09: V09Requests
  readonly handshakes: V09Handshakes
  readonly engine: EngineRequests
  readonly clientFiles: ClientFiles
}

export class Router implements Tapping {
  readonly #settings: Settings
  readonly deadlines: Deadlines
  readonly #sessions: Sessions
  readonly #answering: Answering
  // A function of origins is called for each request, as its answer may change.
  readonly #isDirect: boolean

  constructor(settings: Settings, deadlines: Deadlines, sessions: Sessions, answering: Answering) {
    this.#settings = settings
    this.deadlines = deadlines
    this.#sessions = sessions
    this.#answering = answering
    this.#isDirect = settings.directPolls && settings.origins.kind !== 'asked'
  }

  /** Serves a request on one of our URLs. It never throws nor rejects. */
  serve(incoming: Incoming): void {
    if (incoming.exchange.isBegunByApp) {
      logTurnedAway(
        'headers sent',
        'a request is not served, as a middleware in front of io has sent the headers of its response (flushHeaders())',
      )
      incoming.exchange.abort()
      return
    }
    if (this.#settings.recovery !== undefined) hideResume(incoming)
    try {
      const verdict = this.#judge(incoming)
      const done = isPending(verdict)
        ? verdict.then((judged) => this.#serveJudged(incoming, judged))
        : this.#serveJudged(incoming, verdict)
      if (isPending(done)) failLater(incoming, done)
    } catch (error) {
      fail(incoming, error)
    }
  }

  /**
   * Serves a poll or a POST of a client whose last one has come through the app and named the same origin, and
   * returns whether it has: all else goes on to the app.
   */
  direct(
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
    show?: (serve: () => void) => void,
  ): boolean {
    // Frameworks that close refuse requests by themselves; those of connected clients are still served.
    if (!this.#isDirect && !this.#sessions.isShut) return false
    const isPost = request.method === 'POST'
    if (!isPost && request.method !== 'GET') return false
    const judged = this.#sessions.judgedOriginOf(route.sid)
    if (judged === undefined || !namesJudged(request, judged)) return false
    if (isPost && route.kind === 'engine' && !this.#answering.engine.isReady(request, route)) return false
    const exchange = new DirectExchange(request, response, this.deadlines, judged.headers)
    // Judged once: what is called in between may have ended the client, or changed the request.
    if (show === undefined) this.#serveDirectly(exchange, route)
    else {
      show(() => {
        this.#serveDirectly(exchange, route)
      })
    }
    return true
  }

  #serveDirectly(exchange: DirectExchange, route: Route): void {
    try {
      if (route.kind === 'engine') this.#answering.engine.servePoll(exchange, route)
      else {
        const done = this.#answering.v09.servePoll(exchange, route.sid)
        if (isPending(done)) failLater({ exchange, route }, done)
      }
    } catch (error) {
      fail({ exchange, route }, error)
    }
  }

  findRoute(url: string): Route | undefined {
    return findRoute(this.#settings.resource, url)
  }

  /** Whether the session of a URL is one of ours, or one that another process has made a token for. */
  hasSession({ sid }: Route): boolean {
    if (sid === '') return false
    return this.#sessions.has(sid) || this.#answering.handshakes.mayKnow(sid)
  }

  // A function that fails lets nobody in.
  #judge({ request, facts, route: { isScript } }: Incoming): Verdict | Promise<Verdict> {
    const failed = (error: unknown): Verdict => {
      logFailure('origins() failed', error)
      return { isAllowed: false, origin: request.headers.origin, isSameOrigin: false }
    }
    try {
      const verdict = judgeOrigin(this.#settings.origins, request, facts, isScript)
      return isPending(verdict) ? within(this.deadlines, patienceMs, verdict).catch(failed) : verdict
    } catch (error) {
      return failed(error)
    }
  }

  #serveJudged(incoming: Incoming, verdict: Verdict): void | Promise<void> {
    const { exchange, route } = incoming
    const { isScript } = route
    const { v09, handshakes, engine, clientFiles } = this.#answering
    const { method, headers } = exchange.request
    const isPreflight = method === 'OPTIONS' && headers.origin !== undefined
    exchange.headers = corsHeaders(verdict, headers.origin, isScript && method === 'GET')
    // A script that any page may include, and that knows nothing.
    const file = clientFiles.get(route.kind)
    if (file !== undefined) return file.answer(exchange)
    // Before all else: even a refusal would be a script.
    if (isScript && !this.#settings.jsonp) throw jsonpOff()
    if (!verdict.isAllowed) throw wrongOrigin(this.#settings.origins, verdict.origin, incoming.facts.host)
    if (isPreflight) {
      exchange.reply(204, preflightHeaders(exchange.request), '')
      return undefined
    }
    if (method !== 'GET' && method !== 'POST' && !isServed(method, route)) throw wrongMethod()
    if (route.kind === 'unknown version') throw wrongVersion()
    if (route.kind === 'handshake') return handshakes.serve(incoming)
    if (route.kind === 'engine') {
      // Not of any session: one of 0.9 is still to come by a URL of its own.
      if (this.#sessions.ofEngine(route.sid) !== undefined) {
        this.#sessions.opened(route.sid)
        this.#sessions.rememberOrigin(route.sid, verdict)
      }
      return engine.serve(incoming)
    }
    if (route.kind === 'disconnect') return v09.disconnect(incoming, route.sid)
    if (handshakes.mayKnow(route.sid)) return this.#serveToken(incoming, route.transport, route.sid)
    const isPoll = route.transport === 'xhr-polling' && this.#settings.transports.includes(route.transport)
    if (isPoll && this.#sessions.reachedBy(route.sid) !== undefined) this.#sessions.rememberOrigin(route.sid, verdict)
    return v09.serve(incoming, route.transport, route.sid)
  }

  async #serveToken(incoming: Incoming, name: string, sid: string): Promise<void> {
    const { v09, handshakes } = this.#answering
    await handshakes.openByToken(incoming, sid)
    if (incoming.exchange.isOpen) await v09.serve(incoming, name, sid)
  }
}

// engine.io has words of its own for other methods, PUT say.
function isServed(method: string | undefined, { kind }: Route): boolean {
  return kind === 'engine' && method !== 'HEAD' && method !== 'DELETE' && method !== 'OPTIONS'
}

type Failing = Pick<Incoming, 'exchange' | 'route'>

// All that is thrown on a request's way comes here.
function fail(incoming: Failing, error: unknown): void {
  if (isA(error, RefusalError)) refuse(incoming, error)
  else incoming.exchange.fail(error)
}

function failLater(incoming: Failing, done: Promise<void>): void {
  done.then(undefined, (error: unknown) => {
    fail(incoming, error)
  })
}
