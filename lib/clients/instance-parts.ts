// Owns: the parts of one instance: what its namespace, its inbox and its membership find in it.
// Elsewhere: its life, from one state to the next (instance.ts).
import { quote } from '../support/errors.js'
import { logger } from '../support/log.js'
import type { NamespaceCounts } from '../socket/counts.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { Deadlines } from '../support/timers.js'
import { Inbox, type InboxOwner } from '../socket/inbox.js'
import { Member, type MemberOwner } from '../rooms/member.js'
import type { Environ } from '../socket/environ.js'
import type { ConnectPacket, Packet } from '../wire/packet.js'
import { Acl } from '../namespaces/acl.js'
import type { AnyNamespace, DeclaredNamespace } from '../namespaces/any-namespace.js'
import { Jobs } from '../namespaces/jobs.js'
import type { Asking, NamespaceContext } from '../namespaces/namespace-context.js'
import type { Socket } from '../namespaces/socket.js'
import { InstanceCalls } from './calls.js'
import type { ClientInstance, InstanceClient } from './instance-client.js'
import { stages, type Stage, type State } from './instance-life.js'

const log = logger('client')

/** What a connect may have without being weighed. */
const lightBytes = 1_024

export abstract class InstanceParts implements NamespaceContext, MemberOwner, InboxOwner<Packet>, ClientInstance {
  readonly client: InstanceClient
  readonly declared: DeclaredNamespace
  standing: Stage
  /** Set by enter(): one that waits is no member yet. */
  member!: Member
  /** Why it has ended, or is ending. */
  endReason: DisconnectReason = 'client namespace disconnect'
  #asked: { readonly packet: ConnectPacket; readonly bytes: number } | undefined
  /** What the schema of its class has made of what came with its connect. */
  checked: { readonly auth: unknown } | undefined
  /** Whether disconnect(), where applications clean up, has run or is running. */
  isCleaned = false
  /** Its connect was refused: only another connect asks again. */
  isRefused = false
  // Made when they are needed: an instance may stay idle, and most namespaces spawn nothing (bench: memory).
  protected inbox: Inbox<Packet> | undefined
  protected spawned: Jobs | undefined
  #calls: InstanceCalls | undefined
  /** None where nothing has ever asked for it: nothing is restricted. */
  restrictions: Acl | undefined

  constructor(client: InstanceClient, declared: DeclaredNamespace, state: State) {
    this.client = client
    this.declared = declared
    this.standing = stages[state]
  }

  protected become(state: State): void {
    const before = this.standing
    this.standing = stages[state]
    if (this.standing.isListed !== before.isListed) this.#counts.sockets += before.isListed ? -1 : 1
    if (!log.enabled) return
    const reason = state === 'ended' ? `, ${this.endReason}` : ''
    log('%s: the namespace %s is %s%s', this.client.id, quote(this.endpoint), state, reason)
  }

  get endpoint(): string {
    return this.declared.endpoint
  }

  get state(): State {
    return this.standing.state
  }

  get calls(): InstanceCalls {
    return (this.#calls ??= new InstanceCalls(this))
  }

  get namespace(): AnyNamespace | undefined {
    return this.#calls?.namespace
  }

  /** The client's own connect, until it is confirmed: there is none when some other packet asked. */
  get connect(): ConnectPacket | undefined {
    return this.#asked?.packet
  }

  /** Keeps the client's own connect, the latest one, and weighs it for as long. */
  keepConnect(packet: ConnectPacket, bytes: number): void {
    this.forgetConnect()
    // So few, of so many namespaces as there may be, are not worth a client's backlog of its own (bench: memory).
    const weight = bytes > lightBytes ? bytes : 0
    this.#asked = { packet, bytes: weight }
    if (weight === 0) return
    this.client.backlog.weighs(weight)
    if (packet.auth !== undefined) this.client.keepsAuth(this, weight)
  }

  protected forgetConnect(): void {
    const bytes = this.#asked?.bytes ?? 0
    this.#asked = undefined
    if (bytes > 0) this.client.backlog.weighs(-bytes)
  }

  get acl(): Acl {
    return (this.restrictions ??= new Acl())
  }

  get jobs(): Jobs {
    if (this.spawned === undefined) {
      this.spawned = new Jobs(this.calls, this.client.app.deadlines)
      if (!this.standing.mayAct) this.spawned.close()
    }
    return this.spawned
  }

  get asking(): Asking {
    return this.standing.asking
  }

  get isOver(): boolean {
    return this.standing.asking === 'no more'
  }

  get auth(): unknown {
    return this.checked === undefined ? this.connect?.auth : this.checked.auth
  }

  /** The global endpoint of 0.9 and 2 stands for the whole socket. */
  get isWholeSocket(): boolean {
    return this.declared.endpoint === '' && this.client.rules.hasImplicitGlobal
  }

  /** Makes it a member of its endpoint. @throws whatever the application's adapter throws. */
  protected enter(): void {
    const { app, id, virtualSocket } = this.client
    this.member = new Member(id, virtualSocket, app.endpoints.obtain(this.declared.endpoint), this)
    if (this.standing.isListed) this.#counts.sockets++
  }

  get #counts(): NamespaceCounts {
    return this.client.app.counts.ofNamespace(this.declared.declaredAs)
  }

  // What the steps of its end need.

  get deadlines(): Deadlines {
    return this.client.app.deadlines
  }

  get patienceMs(): number {
    return this.client.app.closeTimeout
  }

  abstract disconnect(silent: boolean): void
  abstract runDisconnect(silent: boolean, disconnect: (silent: boolean) => unknown): void
  abstract kick(closeSocket: boolean): void

  /** What is not done yet, in words; `open` and `idle` are what it may be for as long as it likes. */
  activity(withJobs: boolean): string | undefined {
    const { state } = this.standing
    if (state !== 'open' && state !== 'idle') return `the namespace "${this.endpoint}" of a client is ${state}`
    if (this.inbox?.isIdle === false) return `a handler of "${this.endpoint}" is not done`
    return withJobs && this.spawned?.isBusy === true ? `a job of "${this.endpoint}" is not done` : undefined
  }

  // What its inbox needs.

  get concurrency(): number {
    return this.declared.table.concurrency
  }

  get maxWaiting(): number {
    return this.client.app.maxQueuedEvents
  }

  get mostWaiting(): number {
    return this.client.app.maxQueuedEvents + this.client.app.maxPacketsPerPayload
  }

  work(packet: Packet): void | Promise<void> {
    return this.calls.handle(packet)
  }

  inboxFilled(isFull: boolean): void {
    this.client.backlog.inboxFilled(isFull)
  }

  inboxOverflowed(): void {
    this.client.backlog.overflowed()
  }

  inboxWeighs(bytes: number, packets: 1 | -1): void {
    this.client.app.counts.waits(packets, bytes)
    if (bytes !== 0) this.client.backlog.weighs(bytes)
  }

  // What its membership needs, and what goes out by it.

  get socket(): Socket {
    return this.client.socket
  }

  get handshake(): Environ {
    return this.client.origin.environ
  }

  holds(bytes: number): boolean {
    return this.client.backlog.holds(bytes)
  }

  sendAck(id: string, args: readonly unknown[]): void {
    this.member.sendOwn({ type: 'ack', endpoint: this.declared.endpoint, ackId: id, args })
  }

  // [09:ack-1] An id without "+" is answered by us on receipt, before the handler.
  protected acknowledge(packet: Packet): void {
    if (packet.ack === true && packet.id !== undefined) this.sendAck(packet.id, [])
  }

  // [17] The query of a connect is not echoed.
  confirm(): void {
    const { client, declared } = this
    const { endpoint } = declared
    this.member.confirm({ type: 'connect', endpoint, qs: '', sid: client.id, pid: client.pidFor?.(endpoint) })
  }
}
