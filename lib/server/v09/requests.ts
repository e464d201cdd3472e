// Owns: the 0.9 transports' requests: each finds its socket, and is attached to it or read for it.
// Elsewhere: the transports themselves (transports/v09), handshakes (handshakes.ts).
import { plainText, type Exchange } from '../../transports/exchange.js'
import type { WebSocket } from 'ws'
import { isA, ProtocolError, UsageError } from '../../support/errors.js'
import { logFailure, logger } from '../../support/log.js'
import type { Deadlines } from '../../support/timers.js'
import { Htmlfile } from '../../transports/v09/htmlfile.js'
import { jsonpPolling } from '../../transports/v09/jsonp-polling.js'
import { tooLarge } from '../../transports/message-bound.js'
import { LongPoll, type PollFormat } from '../../transports/v09/long-poll.js'
import { readPayload, receivePayload } from '../../transports/v09/post.js'
import { MarkingHtmlfile } from '../../transports/v09/marking-htmlfile.js'
import { MarkingWebsocketTransport } from '../../transports/v09/marking-websocket.js'
import { WebsocketTransport } from '../../transports/v09/websocket.js'
import { xhrPolling } from '../../transports/v09/xhr-polling.js'
import { nobody, type TransportName } from '../../transports/transport.js'
import { RecoverableSocket } from '../../recovery/recoverable-socket.js'
import type { ReadGate } from '../../socket/read-gate.js'
import type { VirtualSocket } from '../../socket/virtual-socket.js'
import { FrameWire } from '../../wire/v09/frame.js'
import { closing, noUpgrade, wrongTransport } from '../../access/refusals.js'
import type { Incoming, OpenExchange } from '../incoming.js'
import type { Settings } from '../settings.js'
import type { Sessions } from '../sessions.js'
import { Websockets } from '../websockets.js'

const log = logger('requests')

// [17] A client that receives this makes a new handshake.
const notHandshaken = new FrameWire().encode({
  type: 'error',
  endpoint: '',
  reason: 'client not handshaken',
  advice: 'reconnect',
})

export class V09Requests {
  readonly #settings: Settings
  readonly #deadlines: Deadlines
  readonly #sessions: Sessions
  readonly #websockets: Websockets
  // The POSTs whose bodies are being read.
  readonly #reading = new Set<OpenExchange>()
  #isClosed = false

  constructor(settings: Settings, deadlines: Deadlines, sessions: Sessions) {
    this.#settings = settings
    this.#deadlines = deadlines
    this.#sessions = sessions
    this.#websockets = new Websockets({
      noServer: true,
      clientTracking: false,
      // No 0.9 client knows extensions or subprotocols.
      perMessageDeflate: false,
      handleProtocols: () => false,
      maxPayload: settings.maxHttpBufferSize,
    })
  }

  /** A request on a transport's URL. @throws RefusalError when it is not one that is served there. */
  serve(incoming: Incoming, name: string, sid: string): void | Promise<void> {
    const { exchange } = incoming
    const { transports } = this.#settings
    if (!(transports as readonly string[]).includes(name)) throw wrongTransport(transports)
    const transport = name as TransportName
    if (transport === 'websocket' || transport === 'flashsocket') {
      this.#serveWebsocket(incoming, transport, sid)
      return
    }
    if (exchange.request.method === 'POST') return this.#servePost(exchange, transport, sid)
    this.#serveGet(exchange, transport, sid, incoming.route.callback)
  }

  /** A GET or a POST of xhr-polling, through the app or in front of it. */
  servePoll(exchange: OpenExchange, sid: string): void | Promise<void> {
    if (exchange.request.method === 'POST') return this.#servePost(exchange, 'xhr-polling', sid)
    this.#serveGet(exchange, 'xhr-polling', sid)
  }

  /**
   * The client leaves without opening anything: a page that is being unloaded. It works between two polls as
   * well.
   */
  disconnect({ exchange }: Incoming, sid: string): void {
    this.#sessions.spokenTo(sid)?.leave()
    exchange.reply(200, plainText, '')
  }

  /** The server is closed: nobody waits for the rest of a body. */
  close(): void {
    this.#isClosed = true
    for (const exchange of this.#reading) if (!exchange.request.complete) exchange.abort()
  }

  #serveWebsocket(incoming: Incoming, name: 'websocket' | 'flashsocket', sid: string): void {
    if (!incoming.exchange.isUpgrade) throw this.#sessions.isShut ? closing() : noUpgrade(name)
    const opened = (websocket: WebSocket): void => {
      const socket = this.#sessions.reachedBy(sid)
      const transport =
        socket instanceof RecoverableSocket
          ? new MarkingWebsocketTransport(name, websocket, this.#settings, socket)
          : new WebsocketTransport(name, websocket, this.#settings, socket ?? nobody)
      if (socket !== undefined) {
        this.#sessions.attach(socket, transport, sid, incoming.request)
        return
      }
      transport.send([notHandshaken])
      transport.close()
    }
    incoming.exchange.upgrade(this.#websockets, (request, socket, head) => {
      this.#websockets.handleUpgrade(request, socket, head, opened)
    })
  }

  #serveGet(exchange: Exchange, name: TransportName, sid: string, callback?: string): void {
    const socket = this.#sessions.reachedBy(sid)
    if (name === 'htmlfile') {
      const { maxBufferedBytes } = this.#settings
      const page =
        socket instanceof RecoverableSocket
          ? new MarkingHtmlfile(exchange, socket, maxBufferedBytes, this.#deadlines)
          : new Htmlfile(exchange, socket ?? nobody, maxBufferedBytes, this.#deadlines)
      if (socket !== undefined) {
        this.#sessions.attach(socket, page, sid, exchange.request)
        return
      }
      page.send([notHandshaken])
      page.close()
      return
    }
    const format: PollFormat = name === 'jsonp-polling' ? jsonpPolling(callback ?? null) : xhrPolling
    if (socket === undefined) {
      exchange.reply(200, format.headers, format.body([notHandshaken]))
      return
    }
    const poll = new LongPoll(exchange, format, socket, this.#deadlines)
    poll.hold(this.#settings.pollingDuration)
    this.#sessions.attach(socket, poll, sid, exchange.request)
  }

  async #servePost(exchange: OpenExchange, name: TransportName, sid: string): Promise<void> {
    const socket = this.#sessions.spokenTo(sid)
    if (socket === undefined && this.#sessions.isShut) {
      // Its socket has ended: a client that receives "1" would take packets for delivered that nobody reads
      // any more.
      throw closing()
    }
    const reading = socket?.reading
    reading?.begin()
    try {
      if (reading?.isOpen === false) {
        // It waits unread, on its connection, while reading is paused.
        await opening(reading)
        // The client has received an error for it.
        if (exchange.isAnsweredByApp) return
      }
      this.#reading.add(exchange)
      // It was held, unread, while the server was closed.
      if (this.#isClosed && !exchange.request.complete) exchange.abort()
      const payload = await readPayload(exchange, name, this.#settings.maxHttpBufferSize)
      if (socket !== undefined && reading !== undefined) {
        // A client that does not wait for the answer of one POST before the next waits here. Each may shut
        // the gate anew.
        while (!reading.isOpen) await opening(reading)
        if (exchange.isAnsweredByApp) return
        if (!socket.isConnected) socket.open()
        receivePayload(payload, socket, this.#settings.json, this.#settings.maxPacketsPerPayload)
      }
    } catch (error) {
      this.#refusePost(exchange, socket, error)
      return
    } finally {
      this.#reading.delete(exchange)
      reading?.end()
    }
    acknowledgePost(exchange, reading)
  }

  #refusePost(exchange: OpenExchange, socket: VirtualSocket | undefined, error: unknown): void {
    if (isA(error, ProtocolError)) {
      const isTooMuch = error.code === 'SIO_PROTOCOL_LIMIT'
      socket?.open()
      // Its body: a payload beyond a bound is reported by receivePayload().
      socket?.reject(isTooMuch ? tooLarge() : error)
      if (isTooMuch) exchange.reply(413, plainText, error.message)
      else acknowledgePost(exchange, socket?.reading)
    } else if (isA(error, UsageError)) {
      logFailure('a POST could not be read', error)
      exchange.reply(500, plainText, error.message)
    } else if (exchange.isOpen) exchange.fail(error)
    // The connection was lost before the body had come; there is nobody to answer.
    else log('%s', error)
  }
}

function acknowledgePost(exchange: Exchange, reading: ReadGate | undefined): void {
  // A namespace that has more to do than it may keep waiting holds its client back by a late answer.
  if (reading?.isOpen === false) {
    reading.whenOpen(() => {
      acknowledgePost(exchange, undefined)
    })
    return
  }
  const isForeign = exchange.request.headers.origin !== undefined
  exchange.reply(200, isForeign ? { ...plainText, 'X-XSS-Protection': '0' } : plainText, '1')
}

function opening(gate: ReadGate): Promise<void> {
  return new Promise((resolve) => {
    gate.whenOpen(resolve)
  })
}
