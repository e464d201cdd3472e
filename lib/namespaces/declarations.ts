// Owns: the form in which an application declares its namespaces.
import type { Environ } from '../socket/environ.js'
import type { AnyNamespace } from './any-namespace.js'
import type { ClassTable } from './class-table.js'

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
  /** The names that are declared as such. */
  readonly names: Iterable<string>
  find(endpoint: string): DeclaredNamespace | undefined
}

/** One namespace of the application, read. */
export interface DeclaredNamespace {
  readonly endpoint: string
  readonly namespaceClass: NamespaceClass
  readonly table: ClassTable
}
