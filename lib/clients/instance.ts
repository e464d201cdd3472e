// Owns: the life of one namespace of one client: opened by a packet, fed in order, ended once.
// Elsewhere: the steps of opening and ending (opening.ts, ending.ts), who is seated where (host.ts).
import { ConnectError, DispatchError } from '../support/errors.js'
import { Deadline, type DeadlineOwner } from '../support/timers.js'
import { Inbox, type InboxOwner } from '../socket/inbox.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { Member } from '../rooms/member.js'
import type { ConnectPacket, DisconnectPacket, Packet } from '../wire/packet.js'
import { unrestricted } from '../namespaces/acl.js'
import { Caller } from './calls.js'
import { endNamespace } from './ending.js'
import { handle } from '../namespaces/handling.js'
import { Jobs } from '../namespaces/jobs.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { DeclaredNamespace } from '../namespaces/declarations.js'
import { openNamespace, type Refusal } from './opening.js'
import type { SeatOwner } from './instance-owner.js'

//   vacant ─(first packet)─▶ opening ─accept─▶ open ─end─▶ ending ─▶ ended
//                               └─refuse, end─────────────▶ ending ─▶ ended
// Only the global endpoint of a 0.9 client is ever vacant: it is a member from the start, its namespace is lazy.
export type SeatState = 'vacant' | 'opening' | 'open' | 'ending' | 'ended'

export class Seat implements DeadlineOwner, InboxOwner<Packet> {
  readonly host: SeatOwner<Seat>
  readonly declared: DeclaredNamespace
  readonly endpoint: string
  readonly member: Member
  acl = unrestricted
  /** Why it has ended, or is ending. */
  endReason: DisconnectReason = 'client namespace disconnect'
  #state: SeatState = 'vacant'
  /** What the connect was refused with; then only another connect asks again. */
  refusal: Refusal | undefined
  // The client's own disconnect, from its arrival on.
  #farewell: DisconnectPacket | undefined
  /** The client's own connect, until it is confirmed: there is none when some other packet asked. */
  connect: ConnectPacket | undefined
  /** disconnect(), where applications clean up, has run or is running. */
  isCleaned = false
  // Made when they are needed: a seat may stay vacant, and most namespaces spawn nothing.
  #inbox: Inbox<Packet> | undefined
  #caller: Caller | undefined
  #jobs: Jobs | undefined
  #deadline: Deadline | undefined

  constructor(host: SeatOwner<Seat>, declared: DeclaredNamespace, member: Member) {
    this.host = host
    this.declared = declared
    this.endpoint = declared.endpoint
    this.member = member
  }

  get caller(): Caller {
    return (this.#caller ??= new Caller(this.declared, this.host))
  }

  get jobs(): Jobs {
    return (this.#jobs ??= new Jobs(this.caller, this.host.app.deadlines))
  }

  get state(): SeatState {
    return this.#state
  }

  get namespace(): AnyNamespace | undefined {
    return this.#caller?.namespace
  }

  /** Whether its namespace may send, join and spawn. */
  get isLive(): boolean {
    return this.#state === 'opening' || this.#state === 'open'
  }

  /** Whether the client is no longer in it, or has said that it leaves. */
  get isLeft(): boolean {
    return this.#farewell !== undefined || this.#state === 'ending' || this.#state === 'ended'
  }

  // In.

  receive(packet: Packet): void {
    // [09:ack-1] An id without "+" is answered by us on receipt, before the handler.
    if (packet.ack === true && packet.id !== undefined) this.sendAck(packet.id, [])
    if (packet.type !== 'connect') {
      if (this.#state === 'vacant') void this.#open()
      this.#inbox?.push(packet)
    } else if (this.#state === 'open') {
      this.#confirm(packet)
    } else {
      this.connect = packet
      if (this.#state === 'vacant') void this.#open()
    }
  }

  // What the inbox needs.

  get concurrency(): number {
    return this.declared.table.concurrency
  }

  get maxWaiting(): number {
    return this.host.app.maxQueuedEvents
  }

  get mostWaiting(): number {
    return this.host.app.maxQueuedEvents + this.host.app.maxPacketsPerPayload
  }

  work(packet: Packet): void | Promise<void> {
    return handle(this, packet)
  }

  inboxFilled(isFull: boolean): void {
    this.host.inboxFilled(isFull)
  }

  inboxOverflowed(): void {
    this.host.inboxOverflowed()
  }

  processPacket(packet: Packet): unknown {
    return this.caller.process(packet, this.acl, this.host.app.maxEventNameLength)
  }

  sendAck(id: string, args: readonly unknown[]): void {
    this.member.send({ type: 'ack', endpoint: this.endpoint, ackId: id, args })
  }

  // [17] The query of a connect is not echoed.
  #confirm({ endpoint }: ConnectPacket): void {
    const confirmation = { type: 'connect', endpoint, qs: '', sid: this.member.id } as const
    if (this.member.isConfirmed) this.member.send(confirmation)
    else this.member.confirm(confirmation)
  }

  /** Calls back when everything received so far is done; at once where there is no namespace. */
  whenIdle(callback: () => void): void {
    if (this.isLive) this.#inbox?.whenIdle(callback)
    else callback()
  }

  // Opening.

  async #open(): Promise<void> {
    this.#state = 'opening'
    this.#inbox = new Inbox(this)
    const refusal = await openNamespace(this, this.connect)
    if (refusal !== undefined) this.#refuse(refusal)
    else if (this.#state === 'opening') this.#accept()
  }

  isOpening(): boolean {
    return this.#state === 'opening'
  }

  construct(): AnyNamespace {
    return (this.caller.namespace = this.host.construct(this))
  }

  #accept(): void {
    this.#state = 'open'
    this.caller.opened()
    this.host.seatOpened(this)
    if (this.connect !== undefined) this.#confirm(this.connect)
    else if (!this.member.isConfirmed) this.member.confirm()
    this.connect = undefined
    this.#inbox?.open()
  }

  #refuse(refusal: Refusal): void {
    const { step, error } = refusal
    if (!(error instanceof ConnectError || error instanceof DispatchError)) this.caller.failed(step, error)
    if (this.#state !== 'opening') return
    this.refusal = refusal
    this.end('server namespace disconnect')
    this.host.seatRefused(this)
  }

  // Ending, in one direction.

  /** The client leaves this namespace: what it sent before is done first, for `closeTimeout` at most. */
  leave(packet: DisconnectPacket): void {
    if (this.isLeft) return
    this.#farewell = packet
    this.#deadline = new Deadline(this)
    this.host.app.deadlines.arm(this.#deadline, this.host.app.closeTimeout)
    this.whenIdle(this.deadlinePassed.bind(this))
  }

  /** The connection is lost: what a client sent before it left is done all the same. */
  lose(reason: DisconnectReason): void {
    if (this.#farewell === undefined || reason !== 'transport close') this.end(reason)
  }

  deadlinePassed(): void {
    this.end('client namespace disconnect')
  }

  /** What `disconnect()` comes to: for the global namespace the end of the socket, for others theirs. */
  disconnect(silent: boolean): void {
    this.isCleaned = true
    if (!this.isLive) return
    if (this.endpoint === '' && this.host.rules.hasImplicitGlobal) {
      this.host.disconnect(silent)
      return
    }
    if (!silent) this.member.sendLast({ type: 'disconnect', endpoint: this.endpoint })
    this.end('server namespace disconnect')
  }

  /** Runs an application's own `disconnect()` once, and ends the namespace even if that throws or forgets super. */
  runDisconnect(silent: boolean, disconnect: (silent: boolean) => unknown): void {
    if (this.isCleaned) return
    this.isCleaned = true
    this.caller.attempt('disconnect', () => disconnect(silent))
    this.disconnect(silent)
  }

  end(reason: DisconnectReason): void {
    if (this.#state === 'ending' || this.#state === 'ended') return
    const wasAccepted = this.#state === 'open'
    this.#state = 'ending'
    this.endReason = reason
    if (this.#deadline !== undefined) this.host.app.deadlines.disarm(this.#deadline)
    this.#inbox?.discard()
    this.member.silence()
    void this.#endInOrder(wasAccepted)
  }

  async #endInOrder(wasAccepted: boolean): Promise<void> {
    const { deadlines, closeTimeout: patienceMs } = this.host.app
    await endNamespace({
      endpoint: this.endpoint,
      namespace: this.namespace,
      wasAccepted,
      farewell: this.#farewell,
      reason: this.endReason,
      deadlines,
      patienceMs,
      isCleaned: () => this.isCleaned,
      caller: this.caller,
    })
    this.jobs.end()
    this.member.remove()
    this.#state = 'ended'
    this.host.seatEnded(this)
  }
}
