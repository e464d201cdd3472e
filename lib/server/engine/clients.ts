// Owns: clients of Socket.IO 2 to 4: the virtual socket of each engine.io socket, and the client on it.
// Elsewhere: their requests (requests.ts), the transport (transports/engine.ts).
import type { Socket as EngineSocket } from 'engine.io'
import { protocolRules } from '../../namespaces/protocol.js'
import type { Application } from '../../clients/application.js'
import { Client } from '../../clients/client.js'
import { ReturningClient } from '../../clients/returning-client.js'
import { environOf } from '../../http/request-facts.js'
import type { VirtualSocket } from '../../socket/virtual-socket.js'
import { urlWithout, withoutResume } from '../../recovery/asked.js'
import { keeping } from '../../recovery/keeping-wire.js'
import type { RecoverableRegistry, RecoverableSettings } from '../../recovery/keeper.js'
import { OffsetWire } from '../../recovery/offset-wire.js'
import { ReturningSocket } from '../../recovery/returning-socket.js'
import { recoverableOf, type RecoverableSocket } from '../../recovery/recoverable-socket.js'
import type { SocketSettings } from '../../socket/owner.js'
import { isA } from '../../support/errors.js'
import { logFailure } from '../../support/log.js'
import type { Deadlines } from '../../support/timers.js'
import { EngineTransport } from '../../transports/engine.js'
import { MarkingEngineTransport } from '../../transports/marking-engine.js'
import type { EngineSettings } from '../../transports/engine-polling.js'
import { letProcessEnd, releaseUnused } from '../../transports/engine-internals.js'
import type { Wire } from '../../transports/transport.js'
import type { Packet } from '../../wire/packet.js'
import { encodePacket, type Frame, type Revision } from '../../wire/v5/packet.js'
import { closing, RefusalError, tell } from '../../access/refusals.js'
import type { Sessions } from '../sessions.js'
import type { Settings } from '../settings.js'
import type { Admitted, EngineRequest } from './engine-request.js'

/** How packets become frames for clients of Socket.IO 2, and of 3 and 4. */
export const wires = {
  4: { encode: (packet: Packet) => encodePacket(packet, 4), sizeOf: ({ size }: Frame) => size },
  5: { encode: (packet: Packet) => encodePacket(packet, 5), sizeOf: ({ size }: Frame) => size },
} as const satisfies Record<Revision, Wire<Frame>>

function offsetWire({ endpoints }: Application): Wire {
  return new OffsetWire(wires[5], (endpoint) => endpoints.find(endpoint)?.offsets)
}

export class EngineClients {
  // Made once: every socket of a revision keeps the same.
  readonly #socketSettings: Readonly<Record<Revision, SocketSettings>>
  readonly #engineSettings: EngineSettings
  readonly #application: Application
  readonly #deadlines: Deadlines
  readonly #sessions: Sessions
  readonly #registry: RecoverableRegistry

  /** @param registry called when a socket is over. */
  constructor(
    settings: Settings,
    application: Application,
    deadlines: Deadlines,
    sessions: Sessions,
    registry: RecoverableRegistry,
  ) {
    const { counts } = application
    const { recovery } = application
    const shared = { ...settings, counts, maxKeptBytes: settings.recovery?.maxBytes, keeper: recovery }
    this.#socketSettings = {
      4: { ...shared, wire: keeping(recovery, wires[4]) },
      5: { ...shared, wire: recovery === undefined ? wires[5] : offsetWire(application) },
    }
    this.#engineSettings = { ...settings, pausePatience: settings.pingTimeout / 2 }
    this.#application = application
    this.#deadlines = deadlines
    this.#sessions = sessions
    this.#registry = registry
  }

  /** engine.io has made a socket. Nobody catches what is thrown here. */
  connected(engineSocket: EngineSocket): void {
    const { admitted } = engineSocket.request as unknown as EngineRequest
    // Its id was being made while the server began to close: it begins anew. One that nobody has admitted
    // does not begin.
    if (this.#sessions.isShut || admitted === undefined) {
      if (admitted !== undefined) tell(admitted.incoming, closing())
      engineSocket.close()
      return
    }
    try {
      this.#open(engineSocket, admitted)
    } catch (error) {
      // The last place may have been taken while its id was being made.
      if (isA(error, RefusalError)) tell(admitted.incoming, error)
      else logFailure('a client could not be opened', error)
      engineSocket.close(true)
    }
  }

  #open(engineSocket: EngineSocket, admitted: Admitted): void {
    const { incoming, session, known, seen } = admitted
    const { exchange, route, facts, request, ctx } = incoming
    const { name } = engineSocket.transport
    engineSocket.request = exchange.request
    letProcessEnd(engineSocket)
    releaseUnused(engineSocket)
    exchange.keepRequest()
    const revision: Revision = engineSocket.protocol === 3 ? 4 : 5
    const sid = (engineSocket as unknown as { id: string }).id
    if (known !== undefined && revision === 4) {
      this.#registry.hold(sid, facts.address)
      const transport = new MarkingEngineTransport(engineSocket, known, this.#deadlines, this.#engineSettings)
      this.#application.recovery?.resume(known, transport, { sid, seen, request, address: facts.address })
      return
    }
    const settings = this.#socketSettings[revision]
    const { recovery } = this.#application
    const isReturning = recovery !== undefined && revision === 5
    const make = (): VirtualSocket =>
      isReturning
        ? new ReturningSocket(sid, settings as RecoverableSettings<RecoverableSocket>, this.#deadlines, this.#registry)
        : this.#sessions.make(sid, settings, this.#registry, seen)
    const socket = this.#sessions.register(facts, name === 'polling', make)
    const environ =
      recovery === undefined || revision === 5
        ? environOf(exchange.request, facts, route.search)
        : environOf(exchange.request, facts, withoutResume(route.search), urlWithout(facts.url))
    const rules = protocolRules[revision === 4 ? '2' : '4']
    const ClientClass = isReturning ? ReturningClient : Client
    const client = new ClientClass(this.#application, socket, { environ, request, ctx, session }, rules)
    const recoverable = recoverableOf(socket)
    recoverable?.serve(client)
    socket.attach(
      recoverable === undefined
        ? new EngineTransport(engineSocket, socket, this.#deadlines, this.#engineSettings)
        : new MarkingEngineTransport(engineSocket, recoverable, this.#deadlines, this.#engineSettings),
    )
  }
}
