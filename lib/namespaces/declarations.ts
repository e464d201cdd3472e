// Owns: the form in which an application declares its namespaces.
import type { Environ } from '../socket/environ.js'
import type { Packet } from '../wire/packet.js'

/** What every namespace has, whatever its types; subclass `BaseNamespace` to get it. */
export interface AnyNamespace {
  readonly nsName: string
  initialize(): unknown
  processPacket(packet: Packet): unknown
  disconnect(silent?: boolean): void
}

export type NamespaceClass = new (environ: Environ, nsName: string, request: never) => AnyNamespace

/** Classes by endpoint: `{ '/chat': Chat }`, or a Map. `''` and `'/'` are the same one. */
export type NamespaceDeclarations = Readonly<Record<string, NamespaceClass>> | ReadonlyMap<string, NamespaceClass>
