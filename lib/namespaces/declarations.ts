// Owns: the form in which an application declares its namespaces.
import type { Environ } from '../socket/environ.js'
import type { Packet } from '../wire/packet.js'
import type { InitialAcl } from './acl.js'
import type { ClassTable } from './class-table.js'
import type { Handler } from './types.js'

/** What every namespace has, whatever its types; subclass `BaseNamespace` to get it. */
export interface AnyNamespace {
  readonly nsName: string
  initialize(): unknown
  processPacket(packet: Packet): unknown
  disconnect(silent?: boolean): void
}

/** What the library itself calls of a namespace; each is a method that the application may override. */
export interface HostedNamespace extends AnyNamespace {
  getInitialAcl(): InitialAcl
  callMethod(methodName: string, packet: Packet, ...args: unknown[]): unknown
  emit(event: string, ...args: unknown[]): void
  exceptionHandlerDecorator?(fn: Handler): Handler
}

export type NamespaceClass = new (environ: Environ, nsName: string, request: never) => AnyNamespace

/**
 * Classes by endpoint: `{ '/chat': Chat }`, or a Map, whose keys may be patterns as well: `new Map([[/^\/project-\d+$/, Project]])`.
 * `''` and `'/'` are the same one.
 */
export type NamespaceDeclarations =
  | Readonly<Record<string, NamespaceClass>>
  | ReadonlyMap<string | RegExp, NamespaceClass>

/** Finds what serves an endpoint. */
export interface NamespaceFinder {
  find(endpoint: string): DeclaredNamespace | undefined
}

/** One namespace of the application, read. */
export interface DeclaredNamespace {
  readonly endpoint: string
  readonly namespaceClass: NamespaceClass
  readonly table: ClassTable
}
