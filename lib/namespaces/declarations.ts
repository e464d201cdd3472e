// Owns: the form in which an application declares its namespaces.
import type { Environ } from '../socket/environ.js'
import type { AnyNamespace } from './any-namespace.js'
import type { ClassTable } from './class-table.js'

export type NamespaceClass = new (environ: Environ, nsName: string, request: never) => AnyNamespace

/** Classes by endpoint: `{ '/chat': Chat }`, or a Map. `''` and `'/'` are the same one. */
export type NamespaceDeclarations = Readonly<Record<string, NamespaceClass>> | ReadonlyMap<string, NamespaceClass>

/** One namespace of the application, read. */
export interface DeclaredNamespace {
  readonly endpoint: string
  readonly namespaceClass: NamespaceClass
  readonly table: ClassTable
}
