// Owns: what a namespace sees of its client: `this.socket`.
// Elsewhere: the namespaces behind it (clients/client.ts), the connection (socket/virtual-socket.ts).
import { HandlerError, type ReportedError } from '../support/errors.js'
import { refuseMembers } from '../support/foreign-members.js'
import type { Deadlines } from '../support/timers.js'
import { checkEventName } from '../rooms/event-names.js'
import type { Environ } from '../socket/environ.js'
import type { TransportName } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { AnyNamespace } from './any-namespace.js'
import { foreignOfSocket } from './foreign-socket.js'
import type { ProtocolRules, Protocol } from './protocol.js'
import { Jobs, type Job, type JobFunction } from './jobs.js'
import { traceCall } from './trace-call.js'
import type { Handler, RequestOf, SessionOf } from './types.js'

/** What a socket shows, and what is done through it. */
export interface SocketHost {
  readonly id: string
  readonly rules: ProtocolRules
  readonly origin: { readonly environ: Environ; readonly request: unknown; readonly session: object }
  readonly namespaces: ReadonlyMap<string, AnyNamespace>
  readonly app: { readonly deadlines: Deadlines }
  readonly virtualSocket: {
    readonly isConnected: boolean
    readonly isSuspended: boolean
    readonly transport: TransportName | undefined
  }
  send(packet: Packet): void
  disconnect(silent: boolean): void
  report(name: string, message: string, endpoint: string, msgId?: string, quiet?: boolean, error?: ReportedError): void
}

// It is the JobsOwner of its jobs, without saying so: what makes it one is internal, and left out of its
// declaration.
/** One client, over any transport; the same object in all its namespaces. */
export class Socket<T = object> {
  /** The session of this client. Each namespace gets a shallow copy of it when it is made. */
  readonly session: SessionOf<T>
  /** The request that began the socket, as the framework has it. Later ones do not replace it. */
  readonly request: RequestOf<T>
  readonly #host: SocketHost
  // 'over': the client was gone before it had any.
  #jobs: Jobs | 'over' | undefined

  /** @internal */
  constructor(host: SocketHost) {
    this.#host = host
    this.session = host.origin.session as SessionOf<T>
    this.request = host.origin.request as RequestOf<T>
  }

  get #jobsMade(): Jobs {
    if (this.#jobs !== undefined && this.#jobs !== 'over') return this.#jobs
    const jobs = new Jobs(this, this.#host.app.deadlines)
    if (this.#jobs === 'over') jobs.close()
    this.#jobs = jobs
    return jobs
  }

  /** @internal The client is gone: its jobs end, and no more begin. */
  endJobs(): void {
    if (this.#jobs === undefined) this.#jobs = 'over'
    else if (this.#jobs !== 'over') this.#jobs.end()
  }

  /**
   * The public id: 20 characters, and the name of a room with only this socket. It is not the secret session
   * id of the transport.
   */
  get id(): string {
    return this.#host.id
  }

  /** The request as plain data. */
  get environ(): Environ {
    return this.#host.origin.environ
  }

  /** The client's namespaces that are open, by endpoint. */
  get namespaces(): ReadonlyMap<string, AnyNamespace> {
    return this.#host.namespaces
  }

  get connected(): boolean {
    return this.#host.virtualSocket.isConnected
  }

  /**
   * Whether its connection is lost and it may come back (the option `recovery`): what is sent waits for it.
   */
  get isSuspended(): boolean {
    return this.#host.virtualSocket.isSuspended
  }

  /** The name of the current or last transport; undefined before the first. */
  get transport(): TransportName | undefined {
    return this.#host.virtualSocket.transport
  }

  /** The generation of the client: `'0.9'`, `'2'` or `'4'` (also used for version 3). */
  get protocol(): Protocol {
    return this.#host.rules.protocol
  }

  /**
   * Ends all namespaces and disconnects the client, which does not reconnect by itself. `silent` sends
   * nothing.
   */
  disconnect(silent = false): void {
    this.#host.disconnect(silent)
  }

  /**
   * Reports an error to the option `errorHandler`; the default sends the event `error` with name and message,
   * and logs.
   * @param msgId the id of the packet that caused it.
   * @param quiet sends nothing to the client.
   */
  error(errorName: string, errorMessage: string, endpoint = '', msgId?: string, quiet = false): void {
    this.#host.report(errorName, errorMessage, endpoint, msgId, quiet)
  }

  /**
   * Sends a packet unchanged. It is held until the connect of its endpoint is accepted, and dropped for an
   * endpoint that the client has left. After the end it does nothing.
   */
  sendPacket(packet: Packet): void {
    if (packet.type === 'event') checkEventName(packet.name)
    this.#host.send(packet)
  }

  /** Starts a job that ends with the socket; see `BaseNamespace.spawn`. */
  spawn<Args extends unknown[]>(job: JobFunction<this, Args>, ...args: Args): Job {
    return this.#jobsMade.spawn(this, job, args)
  }

  /** @internal */
  runJob(name: string, run: Handler): unknown {
    return traceCall(this, '', 'job', name, run)
  }

  /** @internal */
  failed(what: string, error: unknown): void {
    const message = `The method "${what}" failed`
    this.#host.report('handler_failed', message, '', undefined, true, new HandlerError(message, error))
  }

  /** @internal */
  jobFailed(name: string, error: unknown): void {
    const message = `The job "${name}" failed`
    this.#host.report('handler_failed', message, '', undefined, true, new HandlerError(message, error))
  }
}

refuseMembers(Socket.prototype, 'socket', foreignOfSocket)
