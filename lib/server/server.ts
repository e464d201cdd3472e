// Owns: one middleware's state, and the way of a request from its URL to whoever answers it.
// Elsewhere: each framework's function (middleware.ts), the transports' requests (door.ts).
import type { IncomingMessage, ServerResponse } from 'node:http'
import { plainText } from '../transports/exchange.js'
import { HandshakeError, UsageError, quote } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import { isPromiseLike, within } from '../support/promises.js'
import { checkDuration } from '../support/options.js'
import { Deadline, Deadlines } from '../support/timers.js'
import { encodeFrame, type Frame } from '../wire/v09/frame.js'
import type { Packet } from '../wire/packet.js'
import { makeAdapter } from '../rooms/adapter.js'
import { Backplane } from '../rooms/backplane.js'
import type { EndpointOperator } from '../rooms/endpoint-operator.js'
import { Endpoints } from '../rooms/endpoints.js'
import { findOperator } from '../rooms/find-operator.js'
import type { PatternOperator } from '../rooms/pattern-operator.js'
import type { Admission } from '../clients/admissions.js'
import type { Application } from '../clients/application.js'
import type { CloseOptions, Io } from '../namespaces/io.js'
import type { NamespaceDeclarations } from '../namespaces/declarations.js'
import { readNamespaces } from '../namespaces/namespace-map.js'
import { upgradeOf } from '../http/server-tap.js'
import { Attachments } from '../http/http-servers.js'
import { ClientFile } from './client-files.js'
import { DirectExchange } from '../http/direct-exchange.js'
import { Door } from './v09/requests.js'
import { EngineDoor } from './engine/requests.js'
import { patienceMs, refuseHandshake } from '../access/admission.js'
import type { Incoming } from './incoming.js'
import { corsHeaders, judgeOrigin, type Verdict } from '../access/origins.js'
import { reportOutage } from '../clients/outage.js'
import { Reception } from './v09/handshakes.js'
import { findRoute } from './routes.js'
import { readSettings, type Options, type Settings } from './settings.js'
import { Sockets } from './sessions.js'
import { standsLike } from '../access/standing.js'

const preflight = {
  'Access-Control-Allow-Methods': 'GET, POST, OPTIONS',
  'Access-Control-Allow-Headers': 'Content-Type',
  'Access-Control-Max-Age': '3600',
}

export class Server {
  readonly settings: Settings
  readonly attachments: Attachments
  readonly #application: Application
  readonly #admissions: Admission[] = []
  readonly #deadlines: Deadlines
  readonly #backplane: Backplane
  readonly #sockets: Sockets
  readonly #door: Door
  readonly #engineDoor: EngineDoor
  readonly #reception: Reception
  readonly #clientFile: ClientFile | undefined
  #closing: Promise<void> | undefined

  constructor(declarations: NamespaceDeclarations, options: Options, io: Io) {
    const settings = readSettings(options)
    const namespaces = readNamespaces(declarations)
    this.settings = settings
    this.#deadlines = new Deadlines(settings.clock)
    const wire = {
      encode: (packet: Packet) => encodeFrame(packet, settings.json),
      sizeOf: ({ text }: Frame) => text.length,
    }
    this.#sockets = new Sockets({ ...settings, wire }, this.#deadlines, settings)
    this.#door = new Door(settings, this.#deadlines, this.#sockets)
    this.#clientFile = settings.serveClient === undefined ? undefined : new ClientFile(settings.serveClient)
    // A function of origins is asked about each request, and may have changed its mind.
    const isDirect = settings.directPolls && settings.origins.kind !== 'asked'
    this.attachments = new Attachments({
      isOurs: ({ url = '' }) => findRoute(settings.resource, url)?.mayUpgrade === true,
      mayBeOurs: ({ url = '' }) => url.includes(`/${settings.resource}/`),
      deadlines: this.#deadlines,
      serve: isDirect ? (request, response) => this.serveDirectly(request, response) : () => false,
    })
    this.#backplane = new Backplane(this.#deadlines, (error, endpoint) => {
      reportOutage(settings.errorHandler, error, endpoint)
    })
    const endpoints = new Endpoints(
      {
        maxRoomsPerSocket: settings.maxRoomsPerSocket,
        maxHeldPackets: settings.maxBufferedPackets,
        ackTimeout: settings.ackTimeout,
        deadlines: this.#deadlines,
        backplane: this.#backplane,
        makeAdapter: (endpoint) => makeAdapter(endpoint, settings.adapter, this.#backplane),
      },
      namespaces.names,
      (name) => namespaces.has(name),
    )
    this.#application = {
      ...settings,
      namespaces,
      endpoints,
      admissions: this.#admissions,
      deadlines: this.#deadlines,
      io,
    }
    this.#reception = new Reception(settings, this.#application, this.#deadlines, this.#sockets)
    this.#engineDoor = new EngineDoor(settings, this.#application, this.#deadlines, this.#sockets)
  }

  /** @throws UsageError SIO_USAGE_ENDPOINT when it is not declared. */
  of(name: unknown): EndpointOperator | PatternOperator {
    return findOperator(this.#application, name)
  }

  use(admission: Admission): void {
    if (typeof admission !== 'function') {
      throw new UsageError('SIO_USAGE_ADMISSION', `expected io.use() to get a function, got ${quote(admission)}`)
    }
    this.#admissions.push(admission)
  }

  /** Serves a request on one of our URLs. It never throws nor rejects. */
  serve(incoming: Incoming): void {
    const { facts, route } = incoming
    const { isScript } = route
    const failed = (error: unknown): void => {
      logFailure('origins() failed', error)
      this.#serveJudged(incoming, { isAllowed: false, origin: undefined, isSameOrigin: false }, isScript)
    }
    try {
      const verdict = judgeOrigin(this.settings.origins, incoming.request, facts, isScript)
      if (!isPromiseLike(verdict)) this.#serveJudged(incoming, verdict, isScript)
      else {
        void within(this.#deadlines, patienceMs, verdict).then((judged) => {
          this.#serveJudged(incoming, judged, isScript)
        }, failed)
      }
    } catch (error) {
      failed(error)
    }
  }

  #serveJudged(incoming: Incoming, verdict: Verdict, isScript: boolean): void {
    const { exchange, route } = incoming
    const isPreflight = exchange.request.method === 'OPTIONS' && exchange.request.headers.origin !== undefined
    exchange.headers = corsHeaders(
      verdict,
      exchange.request.headers.origin,
      isScript && exchange.request.method === 'GET',
    )
    if (route.kind === 'client file') {
      // A script that any page may include, and that knows nothing.
      this.#clientFile?.answer(exchange)
    } else if (isScript && !this.settings.jsonp) {
      // Before all else: even a refusal would be a script.
      exchange.reply(400, plainText, 'JSONP is switched off')
    } else if (!verdict.isAllowed) {
      this.#refuseOrigin(incoming)
    } else if (isPreflight || (exchange.request.method === 'OPTIONS' && route.kind !== 'handshake')) {
      exchange.reply(204, preflight, '')
    } else if (route.kind === 'unknown version') {
      const message = 'Protocol version not supported.'
      refuseHandshake(incoming, new HandshakeError('SIO_HANDSHAKE_VERSION', 500, message))
    } else if (route.kind === 'handshake') void this.#reception.shakeHands(incoming)
    else if (route.kind === 'engine') {
      if (route.sid !== '') this.#sockets.judged(route.sid, verdict)
      void this.#engineDoor.serve(incoming)
    } else if (route.kind === 'disconnect') this.#door.disconnect(incoming, route.sid)
    else if (this.#reception.mayKnow(route.sid)) void this.#serveToken(incoming, route.transport, route.sid)
    else {
      const isPoll = route.transport === 'xhr-polling' && this.settings.transports.includes(route.transport)
      if (isPoll) this.#sockets.judged(route.sid, verdict)
      this.#door.serve(incoming, route.transport, route.sid)
    }
  }

  /**
   * Serves a poll or a POST of a client whose last one has come through the app and named the same origin. False for all
   * else, which goes on to the app.
   */
  serveDirectly(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'GET' && request.method !== 'POST') return false
    const route = findRoute(this.settings.resource, request.url ?? '')
    if (route?.maySkipApp !== true || upgradeOf(request) !== undefined) return false
    const standing = this.#sockets.standingOf(route.sid)
    if (standing === undefined || !standsLike(request, standing)) return false
    if (route.kind === 'engine') return this.#engineDoor.servePoll(request, response, route, standing)
    this.#door.servePoll(new DirectExchange(request, response, standing), route.sid)
    return true
  }

  async #serveToken(incoming: Incoming, name: string, sid: string): Promise<void> {
    if (await this.#reception.openByToken(incoming, sid)) this.#door.serve(incoming, name, sid)
  }

  #refuseOrigin(incoming: Incoming): void {
    const { exchange, route } = incoming
    const error = new HandshakeError('SIO_HANDSHAKE_ORIGIN', 403, 'handshake bad origin')
    if (route.kind === 'handshake') refuseHandshake(incoming, error)
    else exchange.reply(403, plainText, 'bad origin')
  }

  /** Whether a client's script is served. */
  get servesClient(): boolean {
    return this.#clientFile !== undefined
  }

  /**
   * Ends all sockets, lets go of the servers, and leaves them as they are. Clients come back when there is a server again.
   * With `drain`, each client is served to the end first, for so many milliseconds at most. A second call is the first one.
   * @throws UsageError SIO_USAGE_DURATION when `drain` is no duration.
   */
  close({ drain = 0 }: CloseOptions = {}): Promise<void> {
    checkDuration('close({ drain })', drain)
    return (this.#closing ??= this.#close(drain))
  }

  async #close(drainMs: number): Promise<void> {
    this.#sockets.shut()
    if (drainMs > 0) await this.#drain(drainMs)
    this.attachments.close()
    this.#sockets.closeAll('server shutting down')
    this.#engineDoor.close()
    this.#backplane.close()
    this.#application.endpoints.close()
  }

  // Over when the last client has gone, and the last recv_disconnect is done: it may have something to tell other processes.
  async #drain(drainMs: number): Promise<void> {
    // A deadline keeps no process alive, and neither does a client between two polls; what comes at the end must be done.
    const hold = setInterval(() => {}, 2 ** 31 - 1)
    await new Promise<void>((resolve) => {
      const deadline = new Deadline({ deadlinePassed: resolve })
      this.#deadlines.arm(deadline, drainMs)
      this.#sockets.drain(() => {
        this.#application.endpoints.whenEmpty(() => {
          this.#deadlines.disarm(deadline)
          resolve()
        })
      })
    })
    clearInterval(hold)
  }
}
