// Owns: how a namespace opens, step by step, and what it means when a step throws.
import { isPromiseLike } from '../support/promises.js'
import type { ConnectPacket } from '../wire/packet.js'
import { Acl } from '../namespaces/acl.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import type { DeclaredNamespace } from '../namespaces/declarations.js'

/** The namespace that opens, and where its parts are kept. */
export interface Opening {
  readonly declared: DeclaredNamespace
  /** Whether it is still to be opened: its socket may have ended meanwhile. */
  isOpening(): boolean
  /** Who asks whether there is to be a namespace at all. */
  readonly host: { admit(connect: ConnectPacket): Promise<void> | undefined }
  construct(): AnyNamespace
  acl: Acl
}

/** A step that threw, by the name of the application's method. */
export interface Refusal {
  readonly step: string
  readonly error: unknown
}

/**
 * Constructs, sets the ACL, runs every class's own `initialize`, the most derived first, then asks `recv_connect`.
 *
 * Where no step is asynchronous it is over before anything else is read. The global endpoint is never asked for, and so
 * has no `recv_connect`.
 */
export async function openNamespace(
  opening: Opening,
  connect: ConnectPacket | undefined,
): Promise<Refusal | undefined> {
  const { endpoint, table } = opening.declared
  const asked = connect ?? { type: 'connect', endpoint, qs: '' }
  let step = 'use'
  try {
    const admitted = opening.host.admit(asked)
    if (admitted !== undefined) await admitted
    if (!opening.isOpening()) return undefined
    step = 'constructor'
    const namespace = opening.construct()
    step = 'getInitialAcl'
    opening.acl = new Acl(namespace.getInitialAcl())
    step = 'initialize'
    for (const initialize of table.initializers) {
      const done: unknown = initialize.call(namespace)
      if (isPromiseLike(done)) await done
      if (!opening.isOpening()) return undefined
    }
    step = 'recv_connect'
    if (endpoint === '') return undefined
    const accepted = namespace.processPacket(asked)
    if (isPromiseLike(accepted)) await accepted
    return undefined
  } catch (error) {
    return { step, error }
  }
}
