// Owns: the clients of one middleware that may come back: by what names they are found, who may have them,
// how many there are.
// Elsewhere: one of them (recoverable-socket.ts), what its application does (clients/recovering.ts).
import type { Counts } from '../socket/counts.js'
import { messageOf, publish, resumesRefused } from '../support/channels.js'
import { logFailure } from '../support/log.js'
import type { Deadlines } from '../support/timers.js'
import { ask } from '../support/user-code.js'
import type { Transport } from '../transports/transport.js'
import type { ClientHooks, Keeper, RecoverableRegistry, RecoverableSettings } from './keeper.js'
import type { Asked, RefusalReason } from './asked.js'
import { Names } from './names.js'
import { RecoverableSocket } from './recoverable-socket.js'
import { Suspended } from './suspended.js'
import { Tickets } from './tickets.js'
import { Tokens } from './tokens.js'

/** The option `recovery`, read. */
export interface RecoverySettings {
  readonly duration: number
  readonly maxSuspended: number
  readonly maxBytes: number
  readonly check: ((request: unknown, socket: unknown, auth: unknown) => unknown) | undefined
}

/** How long `check` and `recv_resume` may take; after that they count as thrown. */
export const patienceMs = 10_000

/** Where clients are that are attached. */
interface Attached {
  get(sid: string): unknown
  ofEngine(sid: string): unknown
}

export class Recovery implements Keeper<RecoverableSocket> {
  readonly hooks: ClientHooks
  readonly #settings: RecoverySettings
  readonly #counts: Counts
  readonly #deadlines: Deadlines
  readonly tickets: Tickets
  readonly #suspended: Suspended<RecoverableSocket>
  readonly names = new Names()
  readonly #tokens = new Tokens<RecoverableSocket>()
  // Those that have come back, and are not let in yet.
  readonly #changing = new Set<RecoverableSocket>()
  #attached: Attached | undefined
  #isOpen = true

  constructor(
    settings: RecoverySettings,
    counts: Counts,
    deadlines: Deadlines,
    handshakeTimeoutMs: number,
    hooks: ClientHooks,
  ) {
    this.#settings = settings
    this.#counts = counts
    this.#deadlines = deadlines
    this.hooks = hooks
    this.tickets = new Tickets(deadlines, handshakeTimeoutMs)
    this.#suspended = new Suspended(settings.maxSuspended)
  }

  findAmong(attached: Attached): void {
    this.#attached = attached
  }

  get durationMs(): number {
    return this.#settings.duration
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  make(
    sid: string,
    settings: RecoverableSettings<RecoverableSocket>,
    registry: RecoverableRegistry,
    counted?: number,
  ): RecoverableSocket {
    const socket = new RecoverableSocket(sid, settings, this.#deadlines, registry, counted)
    this.names.mark(sid)
    return socket
  }

  // Who it is.

  /** The client that a request of 0.9 or 2 names, if there is one that this request may have. */
  async admit(asked: Asked, protocol: '0.9' | '2', request: unknown): Promise<RecoverableSocket | undefined> {
    const { resume, mark, seen } = asked
    const name = mark === undefined ? resume : this.names.marked(mark)
    if (resume === undefined && mark === undefined) {
      if (asked.isMalformed) this.refused('malformed', protocol, request)
      return undefined
    }
    const reason = asked.isMalformed ? 'malformed' : await this.#refusal(name, seen, protocol, request)
    if (typeof reason === 'object') {
      reason.pageSays(name as string)
      return reason
    }
    this.refused(reason, protocol, request)
    return undefined
  }

  async #refusal(
    name: string | undefined,
    seen: number | undefined,
    protocol: '0.9' | '2',
    request: unknown,
  ): Promise<RecoverableSocket | RefusalReason> {
    const socket = name === undefined ? undefined : this.#find(name)
    if (socket === undefined || this.hooks.protocolOf(socket.client as object) !== protocol) return 'unknown'
    if (!socket.mayResume) return 'unknown'
    const standing = socket.standingOf(seen)
    if (standing !== 'known') return standing === 'ahead' ? 'ahead' : 'missed'
    if (!(await this.isAllowed(socket, request, undefined))) return 'check'
    // It may have gone.
    return socket.mayResume && socket.standingOf(seen) === 'known' ? socket : 'unknown'
  }

  /** Whether the option `check` lets a request have a client: what fails or comes late does not. */
  async isAllowed(socket: RecoverableSocket, request: unknown, auth: unknown): Promise<boolean> {
    const { check } = this.#settings
    if (check === undefined) return true
    try {
      const shown = this.hooks.shown(socket.client as object)
      return (await ask(this.#deadlines, patienceMs, () => check(request, shown, auth))) === true
    } catch (error) {
      logFailure('recovery.check() failed', error)
      return false
    }
  }

  #find(name: string): RecoverableSocket | undefined {
    const found = this.#attached?.get(name) ?? this.#attached?.ofEngine(name) ?? this.names.get(name)
    return found instanceof RecoverableSocket && found.client !== undefined ? found : undefined
  }

  // What comes for a client by the name of a connection.

  /** The client whose connections have this name now, or that may be resumed by it. */
  reachedBy(sid: string): RecoverableSocket | undefined {
    return this.spokenTo(sid) ?? this.tickets.get(sid)?.socket
  }

  /**
   * The same for POSTs and disconnects: their packets are held until the application has accepted the client.
   */
  spokenTo(sid: string): RecoverableSocket | undefined {
    const socket = this.names.get(sid)
    // Its last session id alone is no way back: nobody would be asked, and no place counted.
    return socket?.sid === sid && socket.isReturning ? socket : undefined
  }

  attach(socket: RecoverableSocket, transport: Transport, sid: string, request: unknown): void {
    const ticket = this.tickets.use(sid)
    if (ticket !== undefined) {
      this.resume(socket, transport, { ...ticket, request })
    } else socket.attach(transport)
  }

  resume(
    socket: RecoverableSocket,
    transport: Transport,
    coming: { sid: string; seen: number | undefined; request: unknown; address: string },
  ): void {
    const { sid, seen, request, address } = coming
    socket.resume(transport, { sid, seen, request, address })
    // Polls find it while it is asked for.
    const isNamed = socket.state === 'suspended' || socket.olderNames !== undefined
    if (socket.sid === sid && isNamed) this.names.set(sid, socket)
    if (socket.sid === sid && socket.state !== 'closed') this.names.mark(sid)
  }

  // Clients of 4: by a token.

  /** A name of 120 random bits that its client is told, the same for all its namespaces. */
  tokenOf(socket: RecoverableSocket): string {
    return this.#tokens.textOf((socket.tokenPlace ??= this.#tokens.add(socket)))
  }

  byToken(token: string): RecoverableSocket | undefined {
    return this.#tokens.find(token)
  }

  // What sockets tell.

  changing(socket: RecoverableSocket): void {
    if (this.#suspended.remove(socket)) this.#counts.suspended--
    this.#changing.add(socket)
  }

  suspended(socket: RecoverableSocket): void {
    this.#changing.delete(socket)
    if (this.#suspended.has(socket)) return
    this.names.set(socket.sid, socket)
    this.#counts.suspended++
    this.#suspended.add(socket)?.expire()
  }

  returned(socket: RecoverableSocket): void {
    this.#changing.delete(socket)
    if (this.#suspended.remove(socket)) this.#counts.suspended--
    this.#counts.resumed++
    if (socket.olderNames === undefined) this.names.delete(socket.sid)
  }

  renamed(socket: RecoverableSocket): readonly string[] {
    return this.names.renamed(socket)
  }

  settled(socket: RecoverableSocket): void {
    this.names.settled(socket)
  }

  over(socket: RecoverableSocket): void {
    this.#changing.delete(socket)
    if (this.#suspended.remove(socket)) this.#counts.suspended--
    this.settled(socket)
    this.names.over(socket.sid)
    this.tickets.forget(socket)
    if (socket.tokenPlace !== undefined) this.#tokens.remove(socket.tokenPlace)
  }

  refused(reason: RefusalReason, protocol: '0.9' | '2' | '4', request: unknown): void {
    this.#counts.resumesRefused[reason]++
    if (resumesRefused.hasSubscribers) publish(resumesRefused, messageOf({ protocol, reason }, { request }))
  }

  /** Nobody comes back any more. */
  shut(): void {
    this.#isOpen = false
  }

  /** All that no connection carries. */
  away(): readonly RecoverableSocket[] {
    return [...this.#suspended.all(), ...this.#changing]
  }
}
