// Owns: the type argument of a namespace, and the default of each of its properties.
import type { IncomingMessage } from 'node:http'
import type { AnyEvents, EventMap } from '../rooms/operator.js'

/** The one type argument of BaseNamespace: name what you want checked, leave out the rest. */
export interface NamespaceTypes {
  /** Events that the server sends, as in Socket.IO 4: `{ said: (name: string, text: string) => void }`. */
  emits?: EventMap
  /** What `this.session` and `this.socket.session` hold. */
  session?: object
  /** What the framework calls a request: `express.Request`, say. */
  request?: unknown
  /** Koa's context. */
  ctx?: unknown
  /** What `this.data` holds: JSON, which other processes may see. */
  data?: object
  /** The option `app`: what handlers find as `this.app`. */
  app?: unknown
  /**
   * What `static connect` makes of that which a client sends with its connect: `z.infer<typeof token>`, say.
   */
  auth?: unknown
}

export type EmitsOf<T> = T extends { emits: infer Events extends EventMap } ? Events : AnyEvents
export type SessionOf<T> = T extends { session: infer Session extends object } ? Session : Record<string, unknown>
export type DataOf<T> = T extends { data: infer Data extends object } ? Data : Record<string, unknown>
export type RequestOf<T> = T extends { request: infer Request } ? Request : IncomingMessage
export type AuthOf<T> = T extends { auth: infer Auth } ? Auth : unknown
export type ContextOf<T> = T extends { ctx: infer Context } ? Context : unknown
export type AppOf<T> = T extends { app: infer App } ? App : unknown

/** The type argument of a namespace's instance type. */
export type TypesOf<Namespace> = Namespace extends { readonly '~types'?: infer T } ? NonNullable<T> : object

/** A class, as a mixin takes it; the `any[]` is TypeScript's own condition for mixins. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Constructor<Instance = object> = abstract new (...args: any[]) => Instance

/**
 * A handler, a hook or a job, as `exceptionHandlerDecorator` gets it: bound, to be called with the arguments
 * that came.
 */
export type Handler = (...args: unknown[]) => unknown
