// Owns: the door for clients of Socket.IO 2 to 4: engine.io's server, fed with requests that have been through the app.
// Elsewhere: the door for 0.9 (door.ts), who is let in (handshake.ts), the transport (transports/engine.ts).
import { Server as EngineServer, type Socket as EngineSocket } from 'engine.io'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WebSocketServer } from 'ws'
import { HandshakeError } from '../../support/errors.js'
import { logger } from '../../support/log.js'
import { within } from '../../support/promises.js'
import type { Deadlines } from '../../support/timers.js'
import { protocolRules } from '../../namespaces/protocol.js'
import { Client } from '../../clients/client.js'
import type { Application } from '../../clients/application.js'
import { EngineTransport, type EngineSettings } from '../../transports/engine.js'
import { stopWaiting } from '../../transports/engine-polling.js'
import type { Wire } from '../../transports/transport.js'
import { plainText } from '../../transports/exchange.js'
import { tooLarge } from '../../transports/message-bound.js'
import type { SocketRegistry, SocketSettings } from '../../socket/owner.js'
import { VirtualSocket } from '../../socket/virtual-socket.js'
import { encodePacket, type Frame, type Revision } from '../../wire/v5/packet.js'
import type { Packet } from '../../wire/packet.js'
import { breakOffWhenDestroyed, isLost, stopReading, whenSent } from '../../http/http2.js'
import { environOf } from '../../http/request-facts.js'
import { admit, refusalHeaders } from '../../access/admission.js'
import type { Incoming } from '../incoming.js'
import type { Settings } from '../settings.js'
import type { Sockets } from '../sessions.js'
import { dropFirstErrorListener, upgradeLean } from './engine-leftovers.js'
import {
  dressAnswers,
  ofUpgrade,
  parametersOf,
  prepared,
  replayed,
  standingHeaders,
  type EngineRequest,
} from './engine-request.js'
import type { Standing } from '../../access/standing.js'
import { prepareOnePiece } from '../../http/shortcuts/one-piece.js'
import type { Route } from '../routes.js'
import { Websockets } from '../websockets.js'

const log = logger('engine')

/** A request that may begin a socket, and the session that was made for it. */
interface Admitted {
  readonly incoming: Incoming
  readonly session: object
}

const wires = {
  4: { encode: (packet: Packet) => encodePacket(packet, 4), sizeOf: ({ size }: Frame) => size },
  5: { encode: (packet: Packet) => encodePacket(packet, 5), sizeOf: ({ size }: Frame) => size },
} as const satisfies Record<Revision, Wire<Frame>>

export class EngineDoor implements SocketRegistry {
  readonly #settings: Settings
  // Made once: every socket of a revision keeps the same.
  readonly #socketSettings: Readonly<Record<Revision, SocketSettings>>
  readonly #engineSettings: EngineSettings
  readonly #application: Application
  readonly #deadlines: Deadlines
  readonly #sockets: Sockets
  readonly #engine: EngineServer
  readonly #admitted = new WeakMap<IncomingMessage, Admitted>()

  constructor(settings: Settings, application: Application, deadlines: Deadlines, sockets: Sockets) {
    this.#settings = settings
    this.#socketSettings = { 4: { ...settings, wire: wires[4] }, 5: { ...settings, wire: wires[5] } }
    this.#engineSettings = { ...settings, pausePatience: settings.pingTimeout / 2 }
    this.#application = application
    this.#deadlines = deadlines
    this.#sockets = sockets
    const { pingInterval, pingTimeout, maxHttpBufferSize, engine } = settings
    this.#engine = new EngineServer({
      pingInterval,
      pingTimeout,
      maxHttpBufferSize,
      allowEIO3: true,
      wsEngine: Websockets,
      ...engine,
    })
    const { generateId } = engine
    if (generateId !== undefined) {
      this.#engine.generateId = (request: IncomingMessage) =>
        generateId(this.#admitted.get(request)?.incoming.request ?? request)
    }
    this.#engine.on('connection', (engineSocket: EngineSocket) => {
      this.#connected(engineSocket)
    })
    dressAnswers(this.#engine)
  }

  /** Serves a request on engine.io's URL. The first of a client is asked for as a 0.9 handshake is. */
  async serve(incoming: Incoming): Promise<void> {
    const { exchange, route } = incoming
    const asked: EngineRequest = incoming.upgrade === undefined ? exchange.request : ofUpgrade(exchange.request)
    const request = prepared(asked, parametersOf(route))
    try {
      // Clients that do not say are of Socket.IO 2, or older ones written for it: engine.io takes both for revision 3.
      if (route.revision !== '' && !/^[234]$/.test(route.revision)) {
        throw new HandshakeError('SIO_HANDSHAKE_VERSION', 400, 'Unsupported protocol version')
      }
      if (route.sid === '') {
        this.#sockets.checkRoom(incoming.facts.address)
        const session = await admit(this.#settings, this.#deadlines, this.#sockets, incoming.request)
        // Others may have come while the application was asked.
        this.#sockets.checkRoom(incoming.facts.address)
        // Nobody waits for the answer any more: a socket would only be missed.
        if (isLost(exchange.request)) return
        this.#admitted.set(request, { incoming, session })
      }
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
    if (incoming.upgrade === undefined) {
      await this.#serveRequest(exchange, request)
      return
    }
    const websockets = Reflect.get(this.#engine, 'ws') as WebSocketServer
    incoming.upgrade(websockets, (_request, socket, head) => {
      upgradeLean(socket, () => {
        this.#engine.handleUpgrade(request, socket, head)
      })
    })
  }

  /** A poll or a POST of a client that is there. False for a POST that may have to wait, or be refused: that takes longer. */
  servePoll(request: EngineRequest, response: ServerResponse, route: Route, { headers }: Standing): boolean {
    prepared(request, parametersOf(route))
    if (request.method === 'POST') {
      const length = Number(request.headers['content-length'] ?? NaN)
      if (!(length <= this.#settings.maxHttpBufferSize)) return false
      if (this.#socketOf(request)?.reading.isOpen !== true) return false
    }
    request[standingHeaders] = headers
    prepareOnePiece(response)
    this.#engine.handleRequest(request, response)
    return true
  }

  async #serveRequest(exchange: Incoming['exchange'], request: EngineRequest): Promise<void> {
    const socket = this.#socketOf(request)
    if (request.method === 'POST') {
      // engine.io would find out only by reading.
      if (Number(request.headers['content-length']) > this.#settings.maxHttpBufferSize) {
        socket?.reject(tooLarge())
        exchange.reply(413, plainText, tooLarge().message)
        return
      }
      if (socket?.reading.isOpen === false) await this.#hold(socket)
      if (request.destroyed && !request.readableEnded) {
        // It was lost while it was held: as lost as one that engine.io reads.
        socket?.close('transport close')
        return
      }
    }
    exchange.passOn((response) => {
      breakOffWhenDestroyed(request)
      whenSent(response, () => {
        if (response.statusCode !== 413) return
        // The rest of a body that came in chunks is not waited for.
        if (!request.complete) stopReading(request)
        socket?.reject(tooLarge())
      })
      this.#engine.handleRequest(replayed(request, exchange.parsedBody), response)
    })
  }

  // A POST waits unread while its client's reading is paused; but not for long, for it may carry a pong.
  #hold({ reading }: VirtualSocket): Promise<void> {
    const opened = new Promise<void>((resolve) => {
      reading.whenOpen(resolve)
    })
    return within(this.#deadlines, this.#settings.pingTimeout / 2, opened).catch(() => {})
  }

  #socketOf({ _query: query }: EngineRequest): VirtualSocket | undefined {
    const sid = query?.sid
    return sid === undefined ? undefined : this.#sockets.adopted(sid)
  }

  #connected(engineSocket: EngineSocket): void {
    const admitted = this.#admitted.get(engineSocket.request)
    if (admitted === undefined) throw new Error('a client came past the door')
    // Its id was being made while the server began to close: it begins anew.
    if (this.#sockets.isShut) {
      engineSocket.close()
      return
    }
    this.#admitted.delete(engineSocket.request)
    const { incoming, session } = admitted
    engineSocket.request = incoming.exchange.request
    if (engineSocket.transport.name === 'websocket') dropFirstErrorListener(engineSocket.transport)
    const revision: Revision = engineSocket.protocol === 3 ? 4 : 5
    const sid = Reflect.get(engineSocket, 'id') as string
    const settings = this.#socketSettings[revision]
    const { exchange, route, facts, request, ctx } = incoming
    exchange.keepRequest()
    let socket: VirtualSocket
    try {
      socket = this.#sockets.adopt(facts.address, () => new VirtualSocket(sid, settings, this.#deadlines, this))
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
    this.#sockets.remove(sid)
  }

  close(): void {
    this.#engine.close()
    const { clients } = this.#engine as unknown as { clients: Record<string, EngineSocket> }
    for (const { transport } of Object.values(clients)) stopWaiting(transport)
  }
}
