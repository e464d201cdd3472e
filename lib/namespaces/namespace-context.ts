// Owns: what a namespace needs of the instance that runs it, and where it finds that.
// Elsewhere: who runs it (clients/instance.ts), how its methods are called (clients/calls.ts).
import { UsageError, type ReportedError } from '../support/errors.js'
import type { Deadlines } from '../support/timers.js'
import type { Reporter } from '../support/user-code.js'
import type { Member } from '../rooms/member.js'
import type { Environ } from '../socket/environ.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { Packet } from '../wire/packet.js'
import type { Acl } from './acl.js'
import type { DeclaredNamespace } from './any-namespace.js'
import type { Io } from './io.js'
import type { Jobs } from './jobs.js'
import type { Protocol } from './protocol.js'
import type { Socket } from './socket.js'
import type { CallKind } from './trace-call.js'
import type { Handler } from './types.js'

/** How the application's methods are called, and where their failures go. */
export interface Calls extends Reporter {
  call(methodName: string, packet: Packet, args: unknown[]): unknown
  callWithAcl(methodName: string, packet: Packet, args: unknown[]): unknown
  /** The connect has come to the default of processPacket: recv_connect is to be called. */
  connectPassedOn(): void
  callBack(fn: Handler, args: readonly unknown[]): void
  report(name: string, message: string, msgId?: string, quiet?: boolean, error?: ReportedError): void
  /** Calls the application's code, and lets subscribers of the diagnostics channel follow. */
  follow<Result>(kind: CallKind, method: string, run: () => Result): Result
}

/** What a namespace may ask of its client now: an ack, not yet, or never again. */
export type Asking = 'now' | 'not yet' | 'no more'

export interface NamespaceContext {
  readonly declared: DeclaredNamespace
  readonly endpoint: string
  readonly member: Member
  readonly client: {
    readonly app: {
      readonly io: Io
      readonly services: unknown
      readonly ackTimeout: number
      readonly maxEventNameLength: number
      readonly deadlines: Deadlines
      readonly closeTimeout: number
      readonly sessionTimeout: number
      readonly sessionCheckInterval: number
      readonly maxSessionChecks: number
    }
    readonly origin: { readonly environ: Environ; readonly ctx: unknown }
    readonly rules: { readonly protocol: Protocol }
    readonly socket: Socket
    readonly virtualSocket: { close(reason: DisconnectReason, farewell?: Packet): void }
  }
  readonly standing: { readonly mayAct: boolean }
  /** What the client sent with its connect, as the class's schema has made it. */
  readonly auth: unknown
  readonly acl: Acl
  readonly calls: Calls
  readonly jobs: Jobs
  readonly asking: Asking
  readonly endReason: DisconnectReason
  /** Whether disconnect(), where applications clean up, has run or is running. */
  readonly isCleaned: boolean
  disconnect(silent: boolean): void
  /** Ends it, or refuses it where it is still connecting. */
  kick(closeSocket: boolean): void
  /**
   * Runs an application's own `disconnect()` once, and ends the namespace even if that throws or forgets
   * super.
   */
  runDisconnect(silent: boolean, disconnect: (silent: boolean) => unknown): void
}

// A symbol that no type declares: as hidden as an entry of a WeakMap, and found at the price of a property.
// BaseNamespace keeps no private members: a mixin over it could not be declared then.
const key = Symbol('context')
type WithContext = Record<typeof key, NamespaceContext>

export function contextOf(namespace: object): NamespaceContext {
  return (namespace as WithContext)[key]
}

/** Whether a value is the namespace of that context. */
export function isOf(value: object, context: NamespaceContext): boolean {
  return (value as Partial<WithContext>)[key] === context
}

// Constructing is synchronous, and only its own client constructs a namespace: there is never more than one
// to find.
let constructing: NamespaceContext | undefined

/** Constructs a namespace, which finds its context by `takeContext()`. */
export function constructIn<Namespace>(context: NamespaceContext, construct: () => Namespace): Namespace {
  const before = constructing
  constructing = context
  try {
    return construct()
  } finally {
    constructing = before
  }
}

/**
 * Gives a namespace that is being constructed its context, once.
 * @throws UsageError SIO_USAGE_ENVIRON unless its own client constructs it, with its environ.
 */
export function takeContext(namespace: object, environ: Environ, nsName: string): NamespaceContext {
  const context = constructing
  if (context?.client.origin.environ !== environ || context.declared.endpoint !== nsName) {
    throw new UsageError('SIO_USAGE_ENVIRON', 'expected a namespace to be constructed by its socket, with its environ')
  }
  constructing = undefined
  Object.defineProperty(namespace, key, { value: context })
  return context
}

const guarded = new WeakSet<object>()

/**
 * Has the disconnect() of a class, a field in its place, or what is assigned to it later run through the
 * context.
 */
export function guardDisconnect(namespace: object, context: NamespaceContext, disconnect: unknown): void {
  if (typeof disconnect !== 'function') {
    throw new UsageError('SIO_USAGE_NAMESPACE', `expected disconnect of ${namespace.constructor.name} to be a method`)
  }
  if (guarded.has(disconnect)) return
  const guarding = (silent = false): void => {
    context.runDisconnect(silent, (isSilent): unknown => disconnect.call(namespace, isSilent))
  }
  guarded.add(guarding)
  Object.defineProperty(namespace, 'disconnect', {
    configurable: true,
    get: () => guarding,
    set: (another: unknown) => {
      guardDisconnect(namespace, context, another)
    },
  })
}
