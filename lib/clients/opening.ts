// Owns: how a namespace opens, step by step, and what it means when a step throws.
// Elsewhere: what is done with the outcome (instance.ts).
import { isPromiseLike, type Steps } from '../support/promises.js'
import type { ConnectPacket } from '../wire/packet.js'
import type { Acl, InitialAcl } from '../namespaces/acl.js'
import type { AnyNamespace, DeclaredNamespace } from '../namespaces/any-namespace.js'
import { ConnectVerdict } from './connect-verdict.js'

/** The instance that opens, and where its parts are kept. */
export interface Opening {
  readonly declared: DeclaredNamespace
  readonly acl: Acl
  /** Whether it is still to be opened: its client may have gone meanwhile. */
  readonly isOpening: boolean
  /** Asks the functions of io.use(), if there are any. */
  admit(connect: ConnectPacket): Promise<void> | undefined
  construct(): AnyNamespace
  /** The application is asked now, or has been: its recv_disconnect is to come. */
  begun(): void
  readonly calls: {
    verdict: ConnectVerdict | undefined
    follow<Result>(kind: 'hook', method: string, run: () => Result): Result
  }
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
export function* openNamespace(opening: Opening, connect: ConnectPacket | undefined): Steps<Refusal | undefined> {
  const { endpoint, table } = opening.declared
  const asked = connect ?? { type: 'connect', endpoint, qs: '' }
  let step = 'use'
  try {
    const admitted = opening.admit(asked)
    if (admitted !== undefined) yield admitted
    if (!opening.isOpening) return undefined
    step = 'constructor'
    const namespace = opening.construct()
    if (!opening.isOpening) return undefined
    step = 'getInitialAcl'
    const initialAcl = (): InitialAcl => namespace.getInitialAcl()
    opening.acl.reset(table.overridesAcl ? () => opening.calls.follow('hook', step, initialAcl) : initialAcl)
    step = 'initialize'
    if (endpoint === '') opening.begun()
    for (const initialize of table.initializers) {
      const done: unknown = opening.calls.follow('hook', step, () => initialize.call(namespace))
      if (isPromiseLike(done)) yield done
      if (!opening.isOpening) break
    }
    if (endpoint === '' || !opening.isOpening) return undefined
    step = 'recv_connect'
    opening.begun()
    yield* askToConnect(opening, namespace, asked)
    return undefined
  } catch (error) {
    return { step, error }
  }
}

// @throws what processPacket throws, or what recv_connect threw behind a step that has swallowed it.
function* askToConnect(opening: Opening, namespace: AnyNamespace, asked: ConnectPacket): Steps<void> {
  const verdict = new ConnectVerdict()
  opening.calls.verdict = verdict
  try {
    const accepted = namespace.processPacket(asked)
    if (isPromiseLike(accepted)) yield accepted
    let pending: Promise<void> | undefined
    while (verdict.pending !== pending) {
      pending = verdict.pending
      if (pending !== undefined) yield pending
    }
    verdict.check()
  } finally {
    opening.calls.verdict = undefined
  }
}
