// Owns: one client: which of its packets goes to which of its namespaces, and what each of them reports.
// Elsewhere: one namespace's life (instance.ts), the client's connection (socket/virtual-socket.ts).
// A packet's way in: write, readFrame (transports/websocket-line.ts) ▶ readText (transports/v09/websocket.ts or engine.ts), which
// decodes it (wire/v09/packet.ts or wire/v5) ▶ receive (socket/virtual-socket.ts) ▶ receive (here) ▶ receive (instance.ts) ▶ push
// (socket/inbox.ts) ▶ work (instance-parts.ts) ▶ handle (calls.ts) ▶ dispatchPlainly (namespaces/dispatch.ts) ▶ the handler.
import type { ReportedError } from '../support/errors.js'
import { randomId } from '../support/ids.js'
import { logger } from '../support/log.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import { endAtLimit } from '../socket/full.js'
import type { SocketOwner } from '../socket/owner.js'
import type { VirtualSocket } from '../socket/virtual-socket.js'
import type { ConnectPacket, Packet } from '../wire/packet.js'
import type { AnyNamespace, DeclaredNamespace } from '../namespaces/any-namespace.js'
import { callErrorHandler } from '../namespaces/error-handler.js'
import { refusalOf, type ProtocolRules } from '../namespaces/protocol.js'
import { Socket } from '../namespaces/socket.js'
import { askAll } from './admissions.js'
import type { Application, Origin } from './application.js'
import { Backlog } from './backlog.js'
import { EntryDeadline } from './entry-deadline.js'
import { Instance } from './instance.js'
import type { ClientInstance, InstanceClient } from './instance-client.js'
import { Instances } from './instances.js'
import { socketClosed, socketOpened } from './presence.js'
import { limited } from './rate-limit.js'
import { deny, refuseConnect, refuseForAdapter, refuseUnknown } from './refusals.js'

const log = logger('client')

export class Client implements SocketOwner, InstanceClient {
  readonly app: Application
  readonly rules: ProtocolRules
  readonly virtualSocket: VirtualSocket
  readonly origin: Origin
  readonly socket: Socket
  readonly id = randomId()
  readonly instances = new Instances()
  // Made when something waits.
  #backlog: Backlog | undefined
  // Until it is in a namespace.
  protected entryDeadline: EntryDeadline | undefined

  constructor(app: Application, virtualSocket: VirtualSocket, origin: Origin, rules: ProtocolRules) {
    this.app = app
    this.rules = rules
    this.virtualSocket = virtualSocket
    this.origin = origin
    this.socket = new Socket(this)
    virtualSocket.belongTo(limited(this, app.rateLimit, app.deadlines.clock))
    log('%s: a client of Socket.IO %s has come from %s', this.id, rules.protocol, origin.environ.address)
  }

  /** Those that are open, by endpoint. */
  get namespaces(): ReadonlyMap<string, AnyNamespace> {
    return this.instances.open
  }

  get backlog(): Backlog {
    return (this.#backlog ??= new Backlog(this.virtualSocket, this.app))
  }

  // In.

  /** Clients of 0.9 and 2 are members of the global endpoint from the moment they open; the server itself says so. */
  opened(): void {
    socketOpened(this)
    if (!this.virtualSocket.isConnected) return
    if (this.rules.hasImplicitGlobal) {
      this.#add(this.app.namespaces.find('') as DeclaredNamespace, 'idle')?.confirm()
      return
    }
    this.entryDeadline = new EntryDeadline(this)
  }

  get isAsking(): boolean {
    return this.instances.size > 0
  }

  /** Whether a connect to that endpoint would ask, and not be confirmed once more. */
  wouldAsk(endpoint: string): boolean {
    return this.instances.get(endpoint)?.isOver ?? true
  }

  receive(packet: Packet, bytes: number): void {
    const instance = this.instances.get(packet.endpoint)
    if (packet.type === 'disconnect') {
      if (packet.endpoint === '' && this.rules.hasImplicitGlobal) this.virtualSocket.leave()
      else instance?.leave(packet)
    } else if (instance === undefined) this.#receiveFirst(packet, bytes)
    // An ack that nobody waits for any more.
    else if (packet.type !== 'ack') instance.receive(packet, bytes)
  }

  #receiveFirst(packet: Packet, bytes: number): void {
    if (!this.virtualSocket.isConnected) return
    const { endpoint, type } = packet
    const { packetBeforeConnect } = this.rules
    if (type !== 'connect') {
      const fate = this.instances.fateOf(endpoint)
      if (fate === 'refused') deny(this, packet)
      if (fate !== undefined || (type === 'ack' && packetBeforeConnect === 'connects')) return
      if (packetBeforeConnect !== 'connects') {
        log('%s: a packet for "%s" before its connect', this.id, endpoint.slice(0, 80))
        if (packetBeforeConnect === 'closes') this.brokeProtocol()
        return
      }
    }
    // A name that is too long is not even held against the patterns.
    const declared = endpoint.length > this.app.maxNamespaceLength ? undefined : this.app.namespaces.find(endpoint)
    if (declared === undefined) refuseUnknown(this, packet)
    else if (this.instances.size >= this.app.maxNamespacesPerSocket) {
      log('%s: more than %d namespaces', this.id, this.app.maxNamespacesPerSocket)
      this.tell(refusalOf(endpoint, undefined))
    } else this.#add(declared, 'connecting')?.begin(packet, bytes)
  }

  // After it has left or been ended, only a connect asks again. Other packets were sent before the client knew.
  receiveLate({ endpoint, declared, isRefused }: ClientInstance, packet: Packet, bytes: number): void {
    const next = this.instances.nextOf(endpoint)
    if (next !== undefined) next.receive(packet, bytes)
    else if (packet.type === 'connect' && this.virtualSocket.isConnected) {
      const waiting = new Instance(this, declared, 'waiting')
      this.instances.keepNext(waiting)
      waiting.keepConnect(packet, bytes)
    } else if (isRefused) deny(this, packet)
  }

  dropNext(endpoint: string): boolean {
    return this.instances.dropNext(endpoint)
  }

  reject(error: Error): void {
    if (this.rules.onBadGrammar === 'told') this.report('invalid_packet', error.message, '')
    else this.brokeProtocol()
  }

  brokeProtocol(): void {
    this.virtualSocket.close('parse error')
  }

  get isOverloaded(): boolean {
    return this.#backlog?.isHeavy === true
  }

  left(): void {
    for (const instance of this.instances) instance.leave()
  }

  finish(done: () => void): void {
    this.instances.whenIdle(done)
  }

  closed(reason: DisconnectReason): void {
    log('%s: has ended, %s', this.id, reason)
    this.entered()
    for (const instance of this.instances) instance.lose(reason)
    this.socket.endJobs()
    socketClosed(this, reason)
  }

  // Instances.

  /** Adds one; an adapter that cannot be made for its endpoint refuses it. */
  #add(declared: DeclaredNamespace, state: 'idle' | 'connecting'): Instance | undefined {
    try {
      const instance = new Instance(this, declared, state)
      this.instances.add(instance)
      return instance
    } catch (error) {
      refuseForAdapter(this, declared.endpoint, error)
      return undefined
    }
  }

  /** Asks the functions of io.use(), if there are any. */
  admit(connect: ConnectPacket): Promise<void> | undefined {
    const { admissions, deadlines } = this.app
    return admissions.length === 0 ? undefined : askAll(admissions, this.socket, connect, deadlines)
  }

  keepsAuth(instance: ClientInstance, bytes: number): void {
    if (this.instances.keepAuth(instance, bytes) > 4 * this.app.maxHttpBufferSize)
      endAtLimit(this.virtualSocket, 'expected auths of at most 4 × maxHttpBufferSize to be kept')
  }

  instanceOpened(instance: ClientInstance): void {
    this.entered()
    this.instances.opened(instance)
  }

  /** The gate of the global endpoint is `authorize`; an initialize() that throws there ends the socket. */
  instanceRefused({ endpoint, isWholeSocket }: ClientInstance, error: unknown): void {
    if (isWholeSocket) {
      // A client of 2 that is not told comes back.
      if (this.rules.protocol === '2') this.tell({ type: 'disconnect', endpoint: '' })
      this.disconnect(false)
    } else refuseConnect(this, endpoint, error)
  }

  instanceEnded(instance: ClientInstance): void {
    this.instances.ended(instance, this.virtualSocket.isOver ? 0 : this.app.maxNamespacesPerSocket)
    const next = this.instances.takeNext(instance.declared.endpoint)
    if (next !== undefined) this.#beginNext(next)
    this.entryDeadline?.look()
  }

  #beginNext(next: Instance): void {
    this.instances.add(next)
    try {
      next.beginLate()
    } catch (error) {
      next.drop()
      this.instances.ended(next, this.app.maxNamespacesPerSocket)
      refuseForAdapter(this, next.endpoint, error)
    }
  }

  protected entered(): void {
    this.entryDeadline?.disarm()
    this.entryDeadline = undefined
  }

  // Out.

  tell(packet: Packet): void {
    this.virtualSocket.send(packet)
  }

  /** Sends a packet in its endpoint's place: it waits as all do for a connect to be confirmed. */
  send(packet: Packet): void {
    const instance = this.instances.get(packet.endpoint)
    if (instance === undefined ? this.instances.fateOf(packet.endpoint) !== 'left' : instance.isRefused)
      this.tell(packet)
    else instance?.member.sendOwn(packet)
  }

  disconnect(silent: boolean, reason: DisconnectReason = 'server namespace disconnect'): void {
    if (!silent && this.rules.protocol === '0.9') this.virtualSocket.kick(reason)
    else {
      // No packet ends a newer client's session: each of its namespaces is told, which keeps it from coming back.
      if (!silent) for (const instance of this.instances) instance.tellEnd(true)
      this.virtualSocket.close(reason)
    }
  }

  report(name: string, message: string, endpoint: string, msgId?: string, quiet = false, error?: ReportedError): void {
    callErrorHandler(this.app, this.socket, name, message, endpoint, msgId, quiet, error)
  }
}
