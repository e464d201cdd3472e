// Owns: the door for clients of Socket.IO 2 to 4: engine.io's server, fed with requests that have been through the app.
// Elsewhere: the door for 0.9 (door.ts), who is let in (handshake.ts), the transport (transports/engine.ts).
import type { Socket as EngineSocket } from 'engine.io'
import type { IncomingMessage } from 'node:http'
import { HandshakeError } from '../../support/errors.js'
import { randomId } from '../../support/ids.js'
import { logger } from '../../support/log.js'
import { within } from '../../support/promises.js'
import type { Deadlines } from '../../support/timers.js'
import { protocolRules } from '../../namespaces/protocol.js'
import { Client } from '../../clients/client.js'
import type { Application } from '../../clients/application.js'
import { EngineTransport, type EngineSettings } from '../../transports/engine.js'
import { dropFirstErrorListener, Engine, upgradeLean } from '../../transports/engine-internals.js'
import type { Wire } from '../../transports/transport.js'
import { plainText } from '../../transports/exchange.js'
import { tooLarge } from '../../transports/message-bound.js'
import type { SocketRegistry, SocketSettings } from '../../socket/owner.js'
import { VirtualSocket } from '../../socket/virtual-socket.js'
import { encodePacket, type Frame, type Revision } from '../../wire/v5/packet.js'
import type { Packet } from '../../wire/packet.js'
import { environOf } from '../../http/request-facts.js'
import { admit, closing, failedId, makeId, refusalHeaders } from '../../access/admission.js'
import type { Incoming, OpenExchange } from '../incoming.js'
import type { Settings } from '../settings.js'
import type { Sockets } from '../sessions.js'
import { EngineAnswer, type AnswerOwner, type Undelivered } from './engine-answer.js'
import { EngineRequest } from './engine-request.js'
import type { Route } from '../routes.js'
import { Websockets } from '../websockets.js'

const log = logger('engine')

const wires = {
  4: { encode: (packet: Packet) => encodePacket(packet, 4), sizeOf: ({ size }: Frame) => size },
  5: { encode: (packet: Packet) => encodePacket(packet, 5), sizeOf: ({ size }: Frame) => size },
} as const satisfies Record<Revision, Wire<Frame>>

export class EngineDoor implements SocketRegistry, AnswerOwner {
  readonly #settings: Settings
  // Made once: every socket of a revision keeps the same.
  readonly #socketSettings: Readonly<Record<Revision, SocketSettings>>
  readonly #engineSettings: EngineSettings
  readonly #application: Application
  readonly #deadlines: Deadlines
  readonly #sockets: Sockets
  readonly #engine: Engine
  // What clients get with their next poll, as the app has answered the one before in our place.
  readonly #undelivered = new Map<string, Undelivered>()

  constructor(settings: Settings, application: Application, deadlines: Deadlines, sockets: Sockets) {
    this.#settings = settings
    this.#socketSettings = { 4: { ...settings, wire: wires[4] }, 5: { ...settings, wire: wires[5] } }
    this.#engineSettings = { ...settings, pausePatience: settings.pingTimeout / 2 }
    this.#application = application
    this.#deadlines = deadlines
    this.#sockets = sockets
    const { pingInterval, pingTimeout, maxHttpBufferSize, engine } = settings
    const options = { pingInterval, pingTimeout, maxHttpBufferSize, allowEIO3: true, ...engine }
    this.#engine = new Engine(options, engine.wsEngine ?? Websockets)
    this.#engine.generateId = (request: IncomingMessage) => {
      const { admitted } = request as unknown as EngineRequest
      return admitted === undefined ? randomId() : (admitted.id ?? this.#askForId(admitted.incoming))
    }
    this.#engine.on('connection', (engineSocket: EngineSocket) => {
      this.#connected(engineSocket)
    })
  }

  /** Serves a request on engine.io's URL. The first of a client is asked for as a 0.9 handshake is. */
  async serve(incoming: Incoming): Promise<void> {
    const { exchange, route } = incoming
    const request = new EngineRequest(exchange, route, this.#engine)
    const { websockets } = this.#engine
    // Without websockets an upgrade is a request like others, as for every server that does not know it.
    const isUpgrade = exchange.isUpgrade && websockets !== undefined
    try {
      // Clients that do not say are of Socket.IO 2, or older ones written for it: engine.io takes both for revision 3.
      if (route.revision !== '' && !/^[234]$/.test(route.revision)) {
        throw new HandshakeError('SIO_HANDSHAKE_VERSION', 400, 'Unsupported protocol version')
      }
      if (route.sid === '' && request.method === 'GET') await this.#admit(request, incoming, isUpgrade)
    } catch (error) {
      if (!(error instanceof HandshakeError)) throw error
      log('%s', error)
      const code = error.code === 'SIO_HANDSHAKE_VERSION' ? 5 : error.status === 403 ? 4 : 3
      exchange.reply(
        error.status,
        { 'Content-Type': 'application/json', ...refusalHeaders(error) },
        JSON.stringify({ code, message: error.message }),
      )
      return
    }
    // Nobody waits for the answer any more: a socket would only be missed.
    if (!exchange.isOpen) return
    if (!isUpgrade) {
      await this.#serveRequest(exchange, request, route)
      return
    }
    exchange.upgrade(websockets, (_request, socket, head) => {
      upgradeLean(socket, () => {
        this.#engine.handleUpgrade(request as never, socket, head)
      })
    })
  }

  async #admit(request: EngineRequest, incoming: Incoming, isUpgrade: boolean): Promise<void> {
    this.#checkRoom(incoming, isUpgrade)
    const session = await admit(this.#settings, this.#deadlines, this.#sockets, incoming.request)
    // The app could answer a poll while engine.io waits for its id. What follows an upgrade is no business of the app's.
    const id = isUpgrade ? undefined : await this.#askForId(incoming)
    if (this.#sockets.isShut) throw closing()
    // Others may have come while the application was asked.
    this.#checkRoom(incoming, isUpgrade)
    request.admitted = { incoming, session, id }
  }

  // A websocket is in use from the first moment on; a session id that is handed out on polling, with its next request.
  #checkRoom({ facts: { address } }: Incoming, isUpgrade: boolean): void {
    this.#sockets.checkRoom(address)
    if (!isUpgrade) this.#sockets.checkHandshakes(address)
  }

  async #askForId({ request }: Incoming): Promise<string> {
    const id = await makeId(this.#settings.engine, this.#deadlines, request)
    // engine.io would give it the place of the client that has it.
    if (this.#sockets.adopted(id) === undefined) return id
    throw failedId(new Error('expected engine.generateId to make a new id, got one that is in use'))
  }

  /** A poll or a POST of a client that is there. */
  servePoll(exchange: OpenExchange, route: Route): void {
    this.#pass(exchange, new EngineRequest(exchange, route, this.#engine), route)
  }

  /** Whether a request need not wait, and cannot be refused: a poll, or a POST of no more than may be. */
  isReady({ method, headers }: IncomingMessage, { sid }: Route): boolean {
    if (method !== 'POST') return true
    const length = Number(headers['content-length'] ?? NaN)
    return length <= this.#settings.maxHttpBufferSize && this.#sockets.adopted(sid)?.reading.isOpen === true
  }

  async #serveRequest(exchange: OpenExchange, request: EngineRequest, route: Route): Promise<void> {
    const socket = this.#sockets.adopted(route.sid)
    if (request.method === 'POST') {
      // engine.io would find out only by reading.
      if (Number(request.headers['content-length']) > this.#settings.maxHttpBufferSize) {
        socket?.reject(tooLarge())
        exchange.reply(413, plainText, tooLarge().message)
        return
      }
      if (socket?.reading.isOpen === false) await this.#hold(socket)
      const { destroyed, readableEnded } = exchange.request
      if (destroyed && !readableEnded) {
        // It was lost while it was held: as lost as one that engine.io reads.
        socket?.close('transport close')
        return
      }
      // The client has been told that this has failed.
      if (exchange.isAnsweredByApp) return
    }
    this.#pass(exchange, request, route)
  }

  #pass(exchange: OpenExchange, request: EngineRequest, { sid, isScript }: Route): void {
    const isGet = request.method === 'GET'
    const answer = isGet && this.#undelivered.size > 0 ? this.#undelivered.get(sid) : undefined
    if (answer === undefined) {
      request.answer = new EngineAnswer(exchange, this, sid, isScript && isGet)
      this.#engine.handleRequest(request as never, request.answer as never)
      return
    }
    this.#undelivered.delete(sid)
    exchange.reply(200, answer.headers, answer.body)
  }

  // How answers of engine.io's end.

  undelivered(sid: string, answer: Undelivered): void {
    if (this.#sockets.adopted(sid) !== undefined) this.#undelivered.set(sid, answer)
  }

  tooLarge(sid: string): void {
    this.#sockets.adopted(sid)?.reject(tooLarge())
  }

  // A POST waits unread while its client's reading is paused; but not for long, for it may carry a pong.
  #hold(socket: VirtualSocket): Promise<void> {
    const opened = new Promise<void>((resolve) => {
      socket.reading.whenOpen(resolve)
    })
    return within(this.#deadlines, this.#settings.pingTimeout / 2, opened).catch(() => {
      socket.endIfOverloaded()
    })
  }

  #connected(engineSocket: EngineSocket): void {
    const { admitted } = engineSocket.request as unknown as EngineRequest
    // Its id was being made while the server began to close: it begins anew. One that nobody has admitted does not begin.
    if (this.#sockets.isShut || admitted === undefined) {
      engineSocket.close()
      return
    }
    const { incoming, session } = admitted
    engineSocket.request = incoming.exchange.request
    if (engineSocket.transport.name === 'websocket') dropFirstErrorListener(engineSocket)
    const revision: Revision = engineSocket.protocol === 3 ? 4 : 5
    const sid = Reflect.get(engineSocket, 'id') as string
    const settings = this.#socketSettings[revision]
    const { exchange, route, facts, request, ctx } = incoming
    exchange.keepRequest()
    let socket: VirtualSocket
    try {
      const isHandshaken = engineSocket.transport.name === 'polling'
      const make = (): VirtualSocket => new VirtualSocket(sid, settings, this.#deadlines, this)
      socket = this.#sockets.adopt(facts.address, isHandshaken, make)
    } catch (error) {
      log('%s', error)
      engineSocket.close(true)
      return
    }
    const environ = environOf(exchange.request, facts, route.search)
    const rules = protocolRules[revision === 4 ? '2' : '4']
    new Client(this.#application, socket, { environ, request, ctx, session }, rules)
    socket.attach(new EngineTransport(engineSocket, socket, this.#deadlines, this.#engineSettings))
  }

  // What a socket tells of itself.

  opened(): void {}

  remove(sid: string): void {
    this.#undelivered.delete(sid)
    this.#sockets.remove(sid)
  }

  close(): void {
    this.#engine.close()
    this.#engine.stopWaiting()
  }
}
