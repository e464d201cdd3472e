// Owns: requests of clients of Socket.IO 2 to 4: engine.io's server, fed with requests that have been through
// the app.
// Elsewhere: requests of 0.9 (v09/requests.ts), who is let in (access/), the clients (clients.ts).
import type { Socket as EngineSocket } from 'engine.io'
import type { IncomingMessage } from 'node:http'
import { randomId } from '../../support/ids.js'
import { whenDone, within } from '../../support/promises.js'
import type { Deadlines } from '../../support/timers.js'
import type { Application } from '../../clients/application.js'
import { Engine, upgradeLean } from '../../transports/engine-internals.js'
import { plainText } from '../../transports/exchange.js'
import { tooLarge } from '../../transports/message-bound.js'
import type { RecoverableRegistry } from '../../recovery/keeper.js'
import type { VirtualSocket } from '../../socket/virtual-socket.js'
import { admit, makeId } from '../../access/admission.js'
import { closing, failedId, toldByEngine, wrongRevision } from '../../access/refusals.js'
import type { Recovery } from '../../recovery/recovery.js'
import type { Incoming, OpenExchange } from '../incoming.js'
import type { Settings } from '../settings.js'
import type { Sessions } from '../sessions.js'
import { EngineClients } from './clients.js'
import { EngineAnswer, type AnswerOwner, type Undelivered } from './engine-answer.js'
import { EngineRequest } from './engine-request.js'
import { findKnown } from './known.js'
import { UnreadAnswers, type UnreadAnswer } from './unread-answers.js'
import type { Route } from '../routes.js'
import { Websockets } from '../websockets.js'

export class EngineRequests implements RecoverableRegistry, AnswerOwner {
  readonly #settings: Settings
  readonly #recovery: Recovery | undefined
  readonly #deadlines: Deadlines
  readonly #sessions: Sessions
  readonly #engine: Engine
  // What clients get with their next poll, as the app has answered the one before in our place.
  readonly #undelivered = new Map<string, Undelivered>()
  // Such answers that engine.io is still compressing.
  readonly #late = new Map<string, EngineAnswer>()
  readonly unread: UnreadAnswers

  constructor(settings: Settings, application: Application, deadlines: Deadlines, sessions: Sessions) {
    this.#settings = settings
    this.#recovery = application.recovery
    this.#deadlines = deadlines
    this.#sessions = sessions
    this.unread = new UnreadAnswers(deadlines)
    const { pingInterval, pingTimeout, maxHttpBufferSize, engine } = settings
    const options = { pingInterval, pingTimeout, maxHttpBufferSize, allowEIO3: true, ...engine }
    this.#engine = new Engine(options, engine.wsEngine ?? Websockets)
    this.#engine.generateId = (request: IncomingMessage) => {
      const { admitted } = request as unknown as EngineRequest
      return admitted === undefined ? randomId() : this.#unused(admitted.id)
    }
    const clients = new EngineClients(settings, application, deadlines, sessions, this)
    this.#engine.on('connection', (engineSocket: EngineSocket) => {
      clients.connected(engineSocket)
    })
    this.#engine.on('connection_error', ({ req, code }: { req: unknown; code: number }) => {
      const { incoming } = req as EngineRequest
      if (incoming !== undefined) toldByEngine(incoming, code)
    })
  }

  /**
   * Serves a request on engine.io's URL. The first of a client is asked for as a 0.9 handshake is.
   * @throws RefusalError.
   */
  serve(incoming: Incoming): void | Promise<void> {
    const { exchange, route } = incoming
    // Clients that do not say are of Socket.IO 2, or older ones written for it: engine.io takes both for
    // revision 3.
    if (route.revision !== '' && !/^[234]$/.test(route.revision)) throw wrongRevision()
    const request = new EngineRequest(exchange, route, this.#engine)
    request.incoming = incoming
    // Without websockets an upgrade is a request like others, as for every server that does not know it.
    const isUpgrade = exchange.isUpgrade && this.#engine.websockets !== undefined
    if (route.sid !== '' || request.method !== 'GET') return this.#serveAdmitted(request, incoming, isUpgrade)
    return whenDone(this.#admit(request, incoming, isUpgrade), () => this.#serveAdmitted(request, incoming, isUpgrade))
  }

  #serveAdmitted(request: EngineRequest, { exchange, route }: Incoming, isUpgrade: boolean): void | Promise<void> {
    // Nobody waits for the answer any more: a socket would only be missed.
    if (!exchange.isOpen) return undefined
    const { websockets } = this.#engine
    if (!isUpgrade || websockets === undefined) return this.#serveRequest(exchange, request, route)
    exchange.upgrade(websockets, (_request, socket, head) => {
      upgradeLean(socket, () => {
        this.#engine.handleUpgrade(request as never, socket, head)
      })
    })
  }

  #admit(request: EngineRequest, incoming: Incoming, isUpgrade: boolean): void | Promise<void> {
    this.#checkRoom(incoming, isUpgrade)
    const admitted = admit(this.#settings, this.#deadlines, this.#sessions, incoming.request)
    return whenDone(admitted, (session) =>
      // The app could answer a poll while engine.io waits for its id, and an upgrade is accepted before
      // engine.io asks for one.
      whenDone(makeId(this.#settings, this.#deadlines, incoming.request), (id) =>
        whenDone(findKnown(this.#recovery, incoming), ({ known, seen }) => {
          this.#unused(id)
          if (this.#sessions.isShut) throw closing()
          // Others may have come meanwhile.
          this.#checkRoom(incoming, isUpgrade)
          request.admitted = { incoming, session, id, known, seen }
        }),
      ),
    )
  }

  // A websocket is in use from the first moment on; a session id that is handed out on polling, with its next
  // request.
  #checkRoom({ facts }: Incoming, isUpgrade: boolean): void {
    this.#sessions.checkRoom(facts)
    if (!isUpgrade) this.#sessions.checkHandshakes(facts)
  }

  #unused(id: string): string {
    // engine.io would give it the place of the client that has it.
    if (this.#sessions.ofEngine(id) === undefined) return id
    throw failedId(new Error('expected engine.generateId to make a new id, got one that is in use'))
  }

  /** Whether a POST need not wait, and cannot be refused. */
  isReady({ headers }: IncomingMessage, { sid }: Route): boolean {
    const length = Number(headers['content-length'] ?? NaN)
    return length <= this.#settings.maxHttpBufferSize && this.#sessions.ofEngine(sid)?.reading.isOpen === true
  }

  #serveRequest(exchange: OpenExchange, request: EngineRequest, route: Route): void | Promise<void> {
    const socket = request.method === 'POST' ? this.#sessions.ofEngine(route.sid) : undefined
    if (socket !== undefined) {
      // engine.io would find out only by reading. A sid that it does not know is refused by itself.
      if (Number(request.headers['content-length']) > this.#settings.maxHttpBufferSize) {
        socket.reject(tooLarge())
        exchange.reply(413, plainText, tooLarge().message)
        return undefined
      }
      if (!socket.reading.isOpen) {
        return this.#hold(socket, route).then(() => {
          this.#passPost(exchange, request, route)
        })
      }
    }
    if (request.method === 'POST') this.#passPost(exchange, request, route)
    else this.servePoll(exchange, route, request)
  }

  #passPost(exchange: OpenExchange, request: EngineRequest, route: Route): void {
    const { destroyed, readableEnded } = exchange.request
    // It was lost while it was held: as lost as one that engine.io reads. Its client may have come back on another connection.
    if (destroyed && !readableEnded) this.#sessions.ofEngine(route.sid)?.lost('transport close')
    // The client has received an error for it.
    else if (!exchange.isAnsweredByApp) this.servePoll(exchange, route, request)
  }

  /** Hands a request to engine.io: a poll or a POST of a connected client, or one that may begin a client. */
  servePoll(exchange: OpenExchange, route: Route, request = new EngineRequest(exchange, route, this.#engine)): void {
    const { sid, isScript } = route
    const isGet = request.method === 'GET'
    const late = isGet && this.#late.size > 0 ? this.#late.get(sid) : undefined
    if (late !== undefined) {
      late.whenEnded(() => {
        if (exchange.isOpen) this.servePoll(exchange, route, request)
      })
      return
    }
    const answer = new EngineAnswer(exchange, this, sid, isScript && isGet)
    request.answer = answer
    const undelivered = isGet && this.#undelivered.size > 0 ? this.#undelivered.get(sid) : undefined
    if (undelivered === undefined) {
      this.#engine.handleRequest(request as never, answer as never)
      return
    }
    this.#undelivered.delete(sid)
    // The app may answer this one in our place as well.
    exchange.whenOver(request)
    answer.writeHead(200, undelivered.headers).end(undelivered.body)
  }

  // How answers of engine.io's end.

  undelivered(sid: string, answer: Undelivered): void {
    if (this.#sessions.ofEngine(sid) !== undefined) this.#undelivered.set(sid, answer)
  }

  answered(answer: UnreadAnswer): void {
    this.unread.add(answer, this.#sessions.ofEngine(answer.sid) === undefined)
  }

  late(sid: string, answer: EngineAnswer): void {
    this.#late.set(sid, answer)
    answer.whenEnded(() => {
      this.#late.delete(sid)
    })
  }

  tooLarge(sid: string): void {
    this.#sessions.ofEngine(sid)?.reject(tooLarge())
  }

  // A POST waits unread while its client's reading is paused; but not for long, for it may carry a pong.
  #hold(socket: VirtualSocket, { sid }: Route): Promise<void> {
    const opened = new Promise<void>((resolve) => {
      socket.reading.whenOpen(resolve)
    })
    return within(this.#deadlines, this.#settings.pingTimeout / 2, opened).catch(() => {
      // Its client may have come back on another connection, of which nothing more is read.
      if (this.#sessions.ofEngine(sid) === socket) socket.endIfOverloaded()
    })
  }

  // Events of a socket.

  opened(): void {}

  hasRoom(address: string): boolean {
    return this.#sessions.hasRoom(address)
  }

  hold(sid: string, address: string): void {
    this.#sessions.hold(sid, address)
  }

  adopt(socket: VirtualSocket, address: string): void {
    this.#sessions.adoptOfEngine(socket, address)
  }

  remove(sid: string): void {
    this.#undelivered.delete(sid)
    this.#sessions.remove(sid)
    this.unread.part(sid)
  }

  close(): void {
    this.#engine.close()
    this.#engine.stopWaiting()
  }
}
