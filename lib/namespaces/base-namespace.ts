// Owns: BaseNamespace, the class that applications subclass; every word that they may use of it.
// Elsewhere: what each does (dispatch.ts, emitter.ts, acl.ts, jobs.ts), who runs an instance (clients/instance.ts).
import { isRecovered } from '../recovery/recovered.js'
import type { EventArgs, EventName } from '../rooms/operator.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { Environ } from '../socket/environ.js'
import type { ConnectPacket, ErrorPacket, EventPacket, Packet } from '../wire/packet.js'
import type { InitialAcl } from './acl.js'
import type { Io } from './io.js'
import { dispatchEvent, dispatchPacket } from './dispatch.js'
import { emit, emitWithAck, send, timed, type AckAnswer, type TimedEmitter, type WithoutAck } from './emitter.js'
import { expire, expiryOf } from './expiry.js'
import type { Job, JobFunction } from './jobs.js'
import { contextOf, takeContext } from './namespace-context.js'
import type { Socket } from './socket.js'
import { keepSteps } from './steps.js'
import type { AppOf, AuthOf, ContextOf, DataOf, EmitsOf, RequestOf, SessionOf } from './types.js'
import type { Handler, NamespaceTypes } from './types.js'

/**
 * The interface of an application: subclass it, write `on_<event>` and `recv_<type>` methods, and mount the class. Such methods
 * are the only thing that a client can reach. Events of one instance are handled one at a time, in order; what a handler returns
 * is the ack, if the client asked for one.
 */
export class BaseNamespace<T extends NamespaceTypes = object> {
  /** Holds the type argument for mixins to find; it has no value. */
  declare readonly '~types'?: T
  /** The request that the socket began with, as plain data that outlives its connection. */
  readonly environ: Environ
  /** The endpoint: `''` or, say, `/chat`. */
  readonly nsName: string
  /** The request that the socket began with, exactly as the framework handed it on. */
  readonly request: RequestOf<T>
  /** Koa's context of that request; undefined elsewhere. */
  readonly ctx: ContextOf<T>
  /** The option `app`: services that all namespaces of one middleware share. */
  readonly app: AppOf<T>
  /** The client, with all its namespaces. */
  readonly socket: Socket<T>
  /** What a client of Socket.IO 3 or 4 sent with its connect; what `static connect` has made of it. */
  readonly auth: AuthOf<T>
  /** A shallow copy of `socket.session`, made with this namespace. */
  readonly session: SessionOf<T>

  /** @throws UsageError SIO_USAGE_ENVIRON when anybody but the client's socket constructs it. */
  constructor(environ: Environ, nsName: string, request: RequestOf<T>) {
    const { client, auth } = takeContext(this, environ, nsName)
    this.environ = environ
    this.nsName = nsName
    this.request = request
    this.auth = auth as AuthOf<T>
    this.ctx = client.origin.ctx as ContextOf<T>
    this.app = client.app.services as AppOf<T>
    this.socket = client.socket
    this.session = { ...client.socket.session } as SessionOf<T>
  }

  /** What `socketioMiddleware()` returned: `of()`, `sockets`, `close()`. */
  get server(): Io {
    return contextOf(this).client.app.io
  }

  /** What other processes may see of this client, by `fetchSockets()`: JSON. @throws UsageError SIO_USAGE_DATA for no object. */
  get data(): DataOf<T> {
    return contextOf(this).member.ownData as DataOf<T>
  }

  set data(data: DataOf<T>) {
    contextOf(this).member.ownData = data
  }

  /** Whether its client has come back to it after its connection was lost. */
  get recovered(): boolean {
    return isRecovered(this)
  }

  // Hooks, to be overridden.
  /** Called after construction, before the first packet: on every class of the chain that has its own. Never call super. */
  initialize(): unknown {
    return undefined
  }

  /** A client asks to connect. Throw to refuse, best a `ConnectError`. Never called on `''`: guard it with `authorize`. */
  recv_connect(_packet: ConnectPacket): unknown {
    return undefined
  }

  /** A text that the client sent with `send()`. This is not the event `message`. */
  recv_message(_data: string): unknown {
    return undefined
  }

  /** A value that the client sent as JSON. This is not the event `json`. */
  recv_json(_data: unknown): unknown {
    return undefined
  }

  /** An error packet that the client sent. */
  recv_error(_packet: ErrorPacket): unknown {
    return undefined
  }

  /** The namespace has ended, for whatever reason; called once. The default cleans up by `disconnect(true)`. */
  recv_disconnect(_reason: DisconnectReason): unknown {
    if (!contextOf(this).isCleaned) this.disconnect(true)
    return undefined
  }

  /** The connection is lost, and the client may come back (the option `recovery`): what is emitted is kept for it. */
  recv_suspend(_reason: DisconnectReason): unknown {
    return undefined
  }

  /** The client is back, by another request. What it missed is sent once this has resolved; throw to refuse it. */
  recv_resume(_request: RequestOf<T>, _auth: unknown): unknown {
    return undefined
  }

  /** The methods that a client may reach at first. The default, null, leaves the namespace completely accessible. */
  getInitialAcl(): InitialAcl {
    return null
  }

  /** Wraps handlers and jobs. It must await to see rejections: `(fn) => async (...args) => { try { return await fn(...args) } … }`. */
  exceptionHandlerDecorator?(fn: Handler): Handler

  // Sending.
  /** Sends an event to the client. A function as the last argument is called with the client's ack, within `ackTimeout`. */
  emit<Name extends EventName<EmitsOf<T>>>(event: Name, ...args: EventArgs<EmitsOf<T>, Name>): void {
    emit(contextOf(this), event, args)
  }

  /**
   * Sends an event and resolves with the first argument of the client's ack. Rejects with AckTimeoutError after the option
   * `ackTimeout`, with ClosedError when the namespace ends first, with a UsageError while its connect is not yet accepted.
   */
  emitWithAck<Name extends EventName<EmitsOf<T>>>(
    event: Name,
    ...args: WithoutAck<EventArgs<EmitsOf<T>, Name>>
  ): Promise<AckAnswer<EventArgs<EmitsOf<T>, Name>>> {
    return emitWithAck(contextOf(this), event, args) as Promise<AckAnswer<EventArgs<EmitsOf<T>, Name>>>
  }

  /** `emit` and `emitWithAck` whose ack must come within `ms` milliseconds. */
  timeout(ms: number): TimedEmitter<EmitsOf<T>> {
    return timed(contextOf(this), ms) as unknown as TimedEmitter<EmitsOf<T>>
  }

  /** Sends a text, or with `json` any JSON value. `callback` is called when the client's library has received it. */
  send(message: unknown, options: { json?: boolean; callback?: () => void } = {}): void {
    send(contextOf(this), message, options.json === true, options.callback)
  }

  /** Reports an error to the option `errorHandler`; the default sends it as the event `error` unless quiet, and logs. */
  error(errorName: string, errorMessage: string, msgId?: string, quiet = false): void {
    contextOf(this).calls.report(errorName, errorMessage, msgId, quiet)
  }

  /** Ends this namespace, on `''` the socket; the client gets a packet unless `silent`. Override it to clean up: it runs once. */
  disconnect(silent = false): void {
    contextOf(this).disconnect(silent)
  }

  /** When it ends for its client, as `authorization expired`: a Date, a later one renews. @throws UsageError SIO_USAGE_EXPIRES. */
  get expires(): Date | undefined {
    return expiryOf(contextOf(this))
  }

  set expires(date: Date | undefined) {
    expire(contextOf(this), date)
  }

  // ACL.
  /** Makes a method accessible to this client. */
  addAclMethod(methodName: string): void {
    contextOf(this).acl.add(methodName)
  }

  /** Makes a method inaccessible. @throws UsageError SIO_USAGE_ACL on an unrestricted namespace. */
  delAclMethod(methodName: string): void {
    contextOf(this).acl.delete(methodName)
  }

  /** Opens all `on_` and `recv_` methods. */
  liftAclRestrictions(): void {
    contextOf(this).acl.lift()
  }

  /** Calls `getInitialAcl()` again and applies that. Until it has answered, and when it fails, every method is denied. */
  resetAcl(): void {
    contextOf(this).acl.reset(() => this.getInitialAcl())
  }

  isMethodAllowed(methodName: string): boolean {
    return contextOf(this).acl.allows(methodName)
  }

  /** The methods that are open, or null when all are. */
  get allowedMethods(): ReadonlySet<string> | null {
    return contextOf(this).acl.allowed
  }

  // Dispatch.
  /** Every packet of this endpoint comes in here. Override it, and none of the methods of this class is called by itself. */
  processPacket(packet: Packet): unknown {
    if (packet.type === 'connect') contextOf(this).calls.connectPassedOn()
    return dispatchPacket(this, packet, contextOf(this).endReason)
  }

  /** Finds the method for an event. Override it for a dispatch of your own, and call `callMethodWithAcl` in it. */
  processEvent(packet: EventPacket): unknown {
    const { declared, client } = contextOf(this)
    return dispatchEvent(this, declared.table, packet, client.app.maxEventNameLength, client.rules.protocol)
  }

  /** Calls a method if the ACL allows it. @throws DispatchError SIO_DISPATCH_DENIED if not. */
  callMethodWithAcl(methodName: string, packet: Packet, ...args: unknown[]): unknown {
    return contextOf(this).calls.callWithAcl(methodName, packet, args)
  }

  /**
   * Calls a method through `exceptionHandlerDecorator`: with the packet if its only parameter is named `packet`, else
   * with the arguments. @throws DispatchError SIO_DISPATCH_METHOD when there is no such `on_` or `recv_` method.
   */
  callMethod(methodName: string, packet: Packet, ...args: unknown[]): unknown {
    return contextOf(this).calls.call(methodName, packet, args)
  }

  // Jobs.
  /**
   * Starts a job that ends with this namespace: an async function, whose first argument is an AbortSignal, or an async
   * generator function, which is stopped at its next `yield`. It is called with the namespace as `this`.
   * @throws UsageError SIO_USAGE_JOB for anything but a function.
   */
  spawn<Args extends unknown[]>(job: JobFunction<this, Args>, ...args: Args): Job {
    return contextOf(this).jobs.spawn(this, job, args)
  }

  /** Waits for so many milliseconds; rejects with ClosedError when the namespace ends first. */
  sleep(ms: number): Promise<void> {
    return contextOf(this).jobs.sleep(ms)
  }

  killLocalJobs(): void {
    contextOf(this).jobs.kill()
  }
}

keepSteps(BaseNamespace.prototype)
