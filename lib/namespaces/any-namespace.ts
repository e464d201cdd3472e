// Owns: what every namespace has, whatever its types: what a mixin may use and what the library calls; and
// how an application declares its classes.
// Elsewhere: the class behind it, with its types and documentation (base-namespace.ts).
import type { Environ } from '../socket/environ.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { TransportName } from '../transports/transport.js'
import type { ConnectPacket, ErrorPacket, EventPacket, Packet } from '../wire/packet.js'
import type { InitialAcl } from './acl.js'
import type { ClassTable } from './class-table.js'
import type { Io } from './io.js'
import type { Job, JobFunction } from './jobs.js'
import type { Handler } from './types.js'

/** `Socket`, whatever its types. */
export interface AnySocket {
  readonly id: string
  readonly session: object
  readonly request: unknown
  readonly environ: Environ
  readonly namespaces: ReadonlyMap<string, AnyNamespace>
  readonly connected: boolean
  readonly transport: TransportName | undefined
  readonly protocol: string
  disconnect(silent?: boolean): void
  error(errorName: string, errorMessage: string, endpoint?: string, msgId?: string, quiet?: boolean): void
  sendPacket(packet: Packet): void
}

/**
 * A namespace, whatever its types. A mixin of your own is a function over `Constructor<AnyNamespace>`; give
 * it an explicit return type, or the events that it does not check are let through everywhere: `function
 * Presence<Base extends Constructor<AnyNamespace>>(base: Base): Base & Constructor<Greeting>`.
 */
export interface AnyNamespace {
  readonly environ: Environ
  readonly nsName: string
  readonly request: unknown
  readonly ctx: unknown
  readonly app: unknown
  readonly session: object
  readonly data: object
  readonly socket: AnySocket
  readonly server: Io
  readonly recovered: boolean
  readonly allowedMethods: ReadonlySet<string> | null
  expires: Date | undefined

  initialize(): unknown
  recv_connect(packet: ConnectPacket): unknown
  recv_message(data: string): unknown
  recv_json(data: unknown): unknown
  recv_error(packet: ErrorPacket): unknown
  recv_disconnect(reason: DisconnectReason): unknown
  recv_suspend(reason: DisconnectReason): unknown
  recv_resume(request: unknown, auth: unknown): unknown
  getInitialAcl(): InitialAcl
  exceptionHandlerDecorator?(fn: Handler): Handler

  emit(event: string, ...args: unknown[]): void
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown>
  send(message: unknown, options?: { json?: boolean; callback?: () => void }): void
  error(errorName: string, errorMessage: string, msgId?: string, quiet?: boolean): void
  disconnect(silent?: boolean): void

  addAclMethod(methodName: string): void
  delAclMethod(methodName: string): void
  liftAclRestrictions(): void
  resetAcl(): void
  isMethodAllowed(methodName: string): boolean

  processPacket(packet: Packet): unknown
  processEvent(packet: EventPacket): unknown
  callMethodWithAcl(methodName: string, packet: Packet, ...args: unknown[]): unknown
  callMethod(methodName: string, packet: Packet, ...args: unknown[]): unknown

  spawn<Args extends unknown[]>(job: JobFunction<this, Args>, ...args: Args): Job
  sleep(ms: number): Promise<void>
  killLocalJobs(): void
}

export type NamespaceClass = new (environ: Environ, nsName: string, request: never) => AnyNamespace

/**
 * Classes by endpoint: `{ '/chat': Chat }`, or a Map, whose keys may be patterns as well: `new
 * Map([[/^\/project-\d+$/, Project]])`. `''` and `'/'` are the same one.
 */
export type NamespaceDeclarations =
  | Readonly<Record<string, NamespaceClass>>
  | ReadonlyMap<string | RegExp, NamespaceClass>

/** Finds what serves an endpoint. */
export interface NamespaceFinder {
  /** The names that are declared as such. */
  readonly names: Iterable<string>
  /** The names, and the patterns as the application wrote them. */
  readonly declarations: Iterable<string>
  find(endpoint: string): DeclaredNamespace | undefined
}

/** One namespace of the application, read. */
export interface DeclaredNamespace {
  readonly endpoint: string
  /** The name of its endpoint, or the pattern that allows it, as the application wrote it. */
  readonly declaredAs: string
  readonly namespaceClass: NamespaceClass
  /** What was read of the class when a client last connected. */
  table: ClassTable
}
