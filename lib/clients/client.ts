// Owns: all namespaces of one client: which packet goes to which, and what each of them reports.
// Elsewhere: one namespace's life (seat.ts), the client's connection (socket/virtual-socket.ts).
import { ConnectError, type HandlerError } from '../support/errors.js'
import { randomId } from '../support/ids.js'
import { logFailure, logger } from '../support/log.js'
import { Deadline, type DeadlineOwner } from '../support/timers.js'
import { Member, type MemberOwner } from '../rooms/member.js'
import type { Environ } from '../socket/environ.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { SocketOwner } from '../socket/owner.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import type { ConnectPacket, Packet } from '../wire/packet.js'
import { askAll } from './admissions.js'
import type { Application } from './application.js'
import { refusalOf, type ProtocolRules } from '../namespaces/protocol.js'
import { accessDenied, noSuchNamespace, targetOf } from '../namespaces/dispatch.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import { checkFields } from '../namespaces/class-table.js'
import type { DeclaredNamespace } from '../namespaces/declarations.js'
import { constructedByOthers, constructFor } from '../namespaces/hosts.js'
import type { Origin } from './origin.js'
import { limited } from './rate-limit.js'
import { Seat } from './instance.js'
import { Seating } from './seating.js'
import { Socket } from '../namespaces/socket.js'

const log = logger('namespaces')

export class Client implements SocketOwner, MemberOwner, DeadlineOwner {
  readonly app: Application
  readonly rules: ProtocolRules
  readonly virtualSocket: VirtualSocket
  readonly origin: Origin
  readonly socket: Socket
  /** The public id. */
  readonly id = randomId()
  readonly seats = new Seating()
  // What a client sends to a namespace that it is leaving, from its next connect on.
  #returning: Map<string, Packet[]> | undefined
  #constructing: Seat | undefined
  #fullInboxes = 0
  // Until a client has asked for a namespace: before that it holds a place like a handshake that never opens.
  #askDeadline: Deadline | undefined

  constructor(app: Application, virtualSocket: VirtualSocket, origin: Origin, rules: ProtocolRules) {
    this.app = app
    this.rules = rules
    this.virtualSocket = virtualSocket
    this.origin = origin
    this.socket = new Socket(this)
    virtualSocket.belongTo(limited(this, app.rateLimit, app.deadlines.clock))
  }

  /** Those that are open, by endpoint. */
  get namespaces(): ReadonlyMap<string, AnyNamespace> {
    return this.seats.open
  }

  /** Clients of 0.9 and 2 are members of the global endpoint from the moment they open; the server itself says so. */
  opened(): void {
    if (this.rules.hasImplicitGlobal) {
      const declared = this.app.namespaces.find('') as DeclaredNamespace
      this.#seat(declared).member.confirm({ type: 'connect', endpoint: '', qs: '' })
    } else this.app.deadlines.arm((this.#askDeadline = new Deadline(this)), this.app.handshakeTimeout)
  }

  receive(packet: Packet): void {
    const { endpoint } = packet
    const seat = this.seats.get(endpoint)
    if (packet.type === 'disconnect') {
      if (endpoint === '' && this.rules.hasImplicitGlobal) this.virtualSocket.leave()
      else seat?.leave(packet)
      return
    }
    if (packet.type === 'ack' && (seat !== undefined || this.rules.packetBeforeConnect === 'connects')) return
    if (seat?.isLeft) this.#receiveLate(seat, packet)
    else if (packet.type === 'connect' && this.rules.packetBeforeConnect === 'closes' && seat?.state === 'open')
      this.virtualSocket.close('parse error')
    else if (seat !== undefined) seat.receive(packet)
    else this.#receiveFirst(packet)
  }

  #receiveFirst(packet: Packet): void {
    if (packet.type !== 'connect' && this.rules.packetBeforeConnect !== 'connects') {
      log('%s: a packet for "%s" before its connect', this.id, packet.endpoint)
      if (this.rules.packetBeforeConnect === 'closes') this.virtualSocket.close('parse error')
      return
    }
    const declared = this.app.namespaces.find(packet.endpoint)
    if (declared === undefined) {
      this.#refuseUnknown(packet)
    } else if (this.seats.size >= this.app.maxNamespacesPerSocket) {
      log('%s: more than %d namespaces', this.id, this.app.maxNamespacesPerSocket)
      this.virtualSocket.send(refusalOf(packet.endpoint, undefined))
    } else this.#seat(declared).receive(packet)
  }

  #refuseUnknown({ endpoint, id }: Packet): void {
    if (this.rules.protocol === '0.9') {
      const { errorName, message } = noSuchNamespace(endpoint)
      this.report(errorName, message, endpoint, id)
    } else {
      this.virtualSocket.send(refusalOf(endpoint, new ConnectError('Invalid namespace')))
    }
  }

  // After its end only a connect asks for a namespace again. What else comes was sent before the client knew.
  #receiveLate(seat: Seat, packet: Packet): void {
    const returning = this.#returning?.get(seat.endpoint)
    if (returning !== undefined) {
      if (returning.push(packet) > this.app.maxQueuedEvents) this.virtualSocket.close('limit exceeded')
    } else if (packet.type === 'connect') {
      if (seat.state === 'ended') this.#seat(seat.declared).receive(packet)
      else (this.#returning ??= new Map()).set(seat.endpoint, [packet])
    } else if (seat.refusal !== undefined && this.rules.packetBeforeConnect === 'connects') {
      const { errorName, message } = accessDenied(targetOf(packet))
      this.report(errorName, message, seat.endpoint, packet.id)
    }
  }

  reject(error: Error): void {
    if (this.rules.onBadGrammar === 'told') this.report('invalid_packet', error.message, '')
    else this.virtualSocket.close('parse error')
  }

  finish(done: () => void): void {
    this.seats.whenIdle(done)
  }

  closed(reason: DisconnectReason): void {
    this.#returning = undefined
    this.#expectNothing()
    for (const seat of this.seats) seat.lose(reason)
    this.socket.jobs.end()
  }

  deadlinePassed(): void {
    this.virtualSocket.close('close timeout')
  }

  #expectNothing(): void {
    if (this.#askDeadline !== undefined) this.app.deadlines.disarm(this.#askDeadline)
    this.#askDeadline = undefined
  }

  #seat(declared: DeclaredNamespace): Seat {
    this.#expectNothing()
    const endpoint = this.app.endpoints.obtain(declared.endpoint)
    const seat = new Seat(this, declared, new Member(this.id, this.virtualSocket, endpoint, this))
    this.seats.add(seat)
    return seat
  }

  get handshake(): Environ {
    return this.origin.environ
  }

  disconnectMember(endpoint: string, closeSocket: boolean): void {
    if (closeSocket || (endpoint === '' && this.rules.hasImplicitGlobal)) this.disconnect(false)
    else this.seats.get(endpoint)?.namespace?.disconnect()
  }

  construct(seat: Seat): AnyNamespace {
    this.#constructing = seat
    try {
      const { environ, request } = this.origin
      const { namespaceClass } = seat.declared
      const namespace = constructFor(this, () => new namespaceClass(environ, seat.endpoint, request as never))
      checkFields(namespace)
      return namespace
    } finally {
      this.#constructing = undefined
    }
  }

  /** The seat whose namespace is being constructed. */
  takeSeat(nsName: string): Seat {
    const seat = this.#constructing
    if (seat?.endpoint !== nsName) throw constructedByOthers()
    return seat
  }

  /** Asks the functions of io.use(), if there are any. */
  admit(connect: ConnectPacket): Promise<void> | undefined {
    const { admissions, deadlines } = this.app
    return admissions.length === 0 ? undefined : askAll(admissions, this.socket, connect, deadlines)
  }

  seatOpened(seat: Seat): void {
    this.seats.opened(seat)
  }

  /** The gate of the global endpoint is `authorize`; an initialize() that throws there ends the socket. */
  seatRefused(seat: Seat): void {
    if (seat.endpoint === '' && this.rules.hasImplicitGlobal) {
      // Its seat is left by now; a client of 2 that is not told comes back.
      if (this.rules.protocol === '2') this.virtualSocket.send({ type: 'disconnect', endpoint: '' })
      this.disconnect(false)
    } else this.virtualSocket.send(refusalOf(seat.endpoint, seat.refusal?.error))
  }

  seatEnded(seat: Seat): void {
    this.seats.ended(seat)
    this.app.endpoints.release(seat.member.endpoint)
    const returning = this.#returning?.get(seat.endpoint)
    this.#returning?.delete(seat.endpoint)
    for (const packet of returning ?? []) this.receive(packet)
  }

  // Not all can stop reading at once, or for long.
  inboxOverflowed(): void {
    this.virtualSocket.close('limit exceeded')
  }

  inboxFilled(isFull: boolean): void {
    this.#fullInboxes += isFull ? 1 : -1
    if (isFull && this.#fullInboxes === 1) this.virtualSocket.pauseReading()
    else if (this.#fullInboxes === 0) this.virtualSocket.resumeReading()
  }

  /** Sends a packet in its endpoint's place: it waits as all do for a connect to be confirmed. */
  send(packet: Packet): void {
    const seat = this.seats.get(packet.endpoint)
    if (seat?.isLive) seat.member.send(packet)
    else if (seat === undefined || !seat.isLeft || seat.refusal !== undefined) this.virtualSocket.send(packet)
  }

  disconnect(silent: boolean): void {
    if (silent) this.virtualSocket.close('server namespace disconnect')
    else if (this.rules.protocol === '0.9') this.virtualSocket.kick()
    else {
      // No packet ends a newer client's session: each of its namespaces is told, which keeps it from coming back.
      for (const { isLeft, member, endpoint } of this.seats) {
        if (!isLeft) member.sendLast({ type: 'disconnect', endpoint })
      }
      this.virtualSocket.close('server namespace disconnect')
    }
  }

  report(name: string, message: string, endpoint: string, msgId?: string, quiet = false, error?: HandlerError): void {
    try {
      this.app.errorHandler(this.socket, name, message, endpoint, msgId, quiet, error)
    } catch (failure) {
      logFailure('errorHandler failed', failure)
    }
  }
}
