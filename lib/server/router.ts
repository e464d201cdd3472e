// Owns: a request's way from its URL to whoever answers it: its origin is judged once, and what fails is caught here.
// Elsewhere: each framework's function (middleware.ts), reading URLs (routes.ts), the answers (v09, engine).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { patienceMs, refuseHandshake } from '../access/admission.js'
import { corsHeaders, judgeOrigin, preflightHeaders, type Verdict } from '../access/origins.js'
import { standsLike } from '../access/standing.js'
import { DirectExchange } from '../http/direct-exchange.js'
import { upgradeOf } from '../http/server-tap.js'
import { HandshakeError } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import { isPromiseLike, within } from '../support/promises.js'
import type { Deadlines } from '../support/timers.js'
import { plainText } from '../transports/exchange.js'
import type { ClientFile } from './client-files.js'
import type { EngineDoor } from './engine/requests.js'
import type { Incoming, OpenExchange } from './incoming.js'
import type { Route } from './routes.js'
import type { Sockets } from './sessions.js'
import type { Settings } from './settings.js'
import type { Reception } from './v09/handshakes.js'
import type { Door } from './v09/requests.js'

/** Who answers. */
interface Answering {
  readonly v09: Door
  readonly handshakes: Reception
  readonly engine: EngineDoor
  readonly clientFile: ClientFile | undefined
}

const refused: Verdict = { isAllowed: false, origin: undefined, isSameOrigin: false }

export class Router {
  readonly #settings: Settings
  readonly #deadlines: Deadlines
  readonly #sockets: Sockets
  readonly #answering: Answering

  constructor(settings: Settings, deadlines: Deadlines, sockets: Sockets, answering: Answering) {
    this.#settings = settings
    this.#deadlines = deadlines
    this.#sockets = sockets
    this.#answering = answering
  }

  /** Serves a request on one of our URLs. It never throws nor rejects. */
  serve(incoming: Incoming): void {
    const { exchange } = incoming
    try {
      const verdict = this.#judge(incoming)
      caught(
        exchange,
        isPromiseLike(verdict)
          ? verdict.then((judged) => this.#serveJudged(incoming, judged))
          : this.#serveJudged(incoming, verdict),
      )
    } catch (error) {
      exchange.fail(error)
    }
  }

  /**
   * Gives what serves a poll or a POST of a client whose last one has come through the app and named the same origin.
   * Undefined for all else, which goes on to the app.
   */
  direct(route: Route, request: IncomingMessage, response: ServerResponse): (() => void) | undefined {
    if ((request.method !== 'GET' && request.method !== 'POST') || !route.maySkipApp) return undefined
    if (upgradeOf(request) !== undefined) return undefined
    const standing = this.#sockets.standingOf(route.sid)
    if (standing === undefined || !standsLike(request, standing)) return undefined
    const { engine, v09 } = this.#answering
    if (route.kind === 'engine' && !engine.isReady(request, route)) return undefined
    return () => {
      const exchange = new DirectExchange(request, response, standing.headerList)
      try {
        if (route.kind === 'engine') engine.servePoll(exchange, route)
        else caught(exchange, v09.servePoll(exchange, route.sid))
      } catch (error) {
        exchange.fail(error)
      }
    }
  }

  /** Whether the session of a URL is one of ours, or one that another process has made a token for. */
  hasSession({ sid }: Route): boolean {
    if (sid === '') return false
    return this.#sockets.has(sid) || this.#answering.handshakes.mayKnow(sid)
  }

  // A function that fails lets nobody in.
  #judge({ request, facts, route: { isScript } }: Incoming): Verdict | PromiseLike<Verdict> {
    const failed = (error: unknown): Verdict => {
      logFailure('origins() failed', error)
      return refused
    }
    try {
      const verdict = judgeOrigin(this.#settings.origins, request, facts, isScript)
      return isPromiseLike(verdict) ? within(this.#deadlines, patienceMs, verdict).catch(failed) : verdict
    } catch (error) {
      return failed(error)
    }
  }

  #serveJudged(incoming: Incoming, verdict: Verdict): void | Promise<void> {
    const { exchange, route } = incoming
    const { isScript } = route
    const { v09, handshakes, engine, clientFile } = this.#answering
    const { method, headers } = exchange.request
    const isPreflight = method === 'OPTIONS' && headers.origin !== undefined
    exchange.headers = corsHeaders(verdict, headers.origin, isScript && method === 'GET')
    // A script that any page may include, and that knows nothing.
    if (route.kind === 'client file') return clientFile?.answer(exchange)
    // Before all else: even a refusal would be a script.
    if (isScript && !this.#settings.jsonp) return exchange.reply(400, plainText, 'JSONP is switched off')
    if (!verdict.isAllowed) return refuseOrigin(incoming)
    if (isPreflight) return exchange.reply(204, preflightHeaders(exchange.request), '')
    if (!isServed(method, route)) {
      return exchange.reply(405, { ...plainText, Allow: 'GET, POST, OPTIONS' }, 'expected GET or POST')
    }
    if (route.kind === 'unknown version') {
      const message = 'Protocol version not supported.'
      return refuseHandshake(incoming, new HandshakeError('SIO_HANDSHAKE_VERSION', 500, message))
    }
    if (route.kind === 'handshake') return handshakes.shakeHands(incoming)
    if (route.kind === 'engine') {
      if (route.sid !== '') {
        this.#sockets.opened(route.sid)
        this.#sockets.judged(route.sid, verdict)
      }
      return engine.serve(incoming)
    }
    if (route.kind === 'disconnect') return v09.disconnect(incoming, route.sid)
    if (handshakes.mayKnow(route.sid)) return this.#serveToken(incoming, route.transport, route.sid)
    const isPoll = route.transport === 'xhr-polling' && this.#settings.transports.includes(route.transport)
    if (isPoll) this.#sockets.judged(route.sid, verdict)
    return v09.serve(incoming, route.transport, route.sid)
  }

  async #serveToken(incoming: Incoming, name: string, sid: string): Promise<void> {
    const { v09, handshakes } = this.#answering
    if (await handshakes.openByToken(incoming, sid)) await v09.serve(incoming, name, sid)
  }
}

// engine.io has words of its own for other methods, PUT say.
function isServed(method: string | undefined, { kind }: Route): boolean {
  if (method === 'GET' || method === 'POST') return true
  return kind === 'engine' && method !== 'HEAD' && method !== 'DELETE' && method !== 'OPTIONS'
}

function caught(exchange: OpenExchange, done: void | PromiseLike<void>): void {
  if (!isPromiseLike(done)) return
  done.then(undefined, (error: unknown) => {
    exchange.fail(error)
  })
}

function refuseOrigin(incoming: Incoming): void {
  const { exchange, route } = incoming
  const error = new HandshakeError('SIO_HANDSHAKE_ORIGIN', 403, 'handshake bad origin')
  if (route.kind === 'handshake') refuseHandshake(incoming, error)
  else exchange.reply(403, plainText, 'bad origin')
}
