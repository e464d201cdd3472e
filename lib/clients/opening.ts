// Owns: how a namespace opens, step by step, and what it means when a step throws.
// Elsewhere: what is done with the outcome (instance.ts).
import { isPromiseLike, runSteps, type Steps } from '../support/promises.js'
import type { ConnectPacket } from '../wire/packet.js'
import type { InitialAcl } from '../namespaces/acl.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'
import { connectsPlainly } from '../namespaces/steps.js'
import { traceConnect } from '../namespaces/trace-call.js'
import { notAsked } from './connect-verdict.js'
import { checkAuth, checkNamespace, constructNamespace, refusedByMistake, type Constructing } from './construction.js'
import { OpeningTurn } from './opening-turn.js'

/** The instance that opens, and where its parts are kept. */
export interface Opening extends Constructing {
  readonly client: Constructing['client'] & {
    /** Asks the functions of io.use(), if there are any. */
    admit(connect: ConnectPacket): Promise<void> | undefined
  }
  /** Whether it is still to be opened: its client may have gone meanwhile. */
  readonly isOpening: boolean
  /** The application is asked now, or has been: its recv_disconnect is to come. */
  begun(): void
}

/** A step that threw, by the name of the application's method. */
export interface Refusal {
  readonly step: string
  readonly error: unknown
}

/** Opens it, and calls back with how that ended; subscribers may follow. */
export function open(
  opening: Opening,
  connect: ConnectPacket | undefined,
  done: (refusal: Refusal | undefined) => void,
): void {
  const { client, declared } = opening
  const run = (ended: typeof done): void => {
    runSteps(openNamespace(opening, connect), ended)
  }
  traceConnect(client.socket, declared.endpoint, run, done)
}

/**
 * Checks what came with the connect, constructs, sets the ACL, runs every class's own `initialize`, the most
 * derived first, then asks `recv_connect`.
 *
 * Where no step is asynchronous it is over before anything else is read. The global endpoint is never asked
 * for, and so has no `recv_connect`.
 */
function* openNamespace(opening: Opening, connect: ConnectPacket | undefined): Steps<Refusal | undefined> {
  const { declared } = opening
  const { endpoint } = declared
  let asked = connect ?? { type: 'connect', endpoint, qs: '' }
  let step = 'use'
  try {
    const admitted = opening.client.admit(asked)
    if (admitted !== undefined) yield admitted
    if (!opening.isOpening) return undefined
    step = 'connect'
    const checked = checkAuth(opening, asked.auth)
    if (checked !== undefined) yield checked
    if (!opening.isOpening) return undefined
    if (declared.table.checks.connect !== undefined) asked = { ...asked, auth: opening.auth }
    step = 'constructor'
    const namespace = constructNamespace(opening)
    if (!opening.isOpening) return undefined
    if (isPlainToOpen(opening, namespace)) {
      opening.begun()
      return undefined
    }
    return yield* asksAnybody(opening)
      ? askInTurn(opening, namespace, asked)
      : askHooks(opening, namespace, asked, plainly)
  } catch (error) {
    return { step, error }
  }
}

/**
 * Whether it has no hook of the application's: every step is ours, and lets everybody in. As for an event,
 * none of them need be gone through then, and there is nothing to follow (bench: connect).
 */
function isPlainToOpen({ declared: { table } }: Opening, namespace: AnyNamespace): boolean {
  const { overridesAcl, guardsConnect, hasStaticDecorator, initializers, freshFor } = table
  return (
    !(overridesAcl || guardsConnect || hasStaticDecorator || initializers.length > 0) &&
    freshFor === undefined &&
    connectsPlainly(namespace)
  )
}

/** Calls a hook, in a turn of the client's session where its class keeps one. */
type CallHook = <Result>(hook: () => Result) => Result

const plainly: CallHook = (hook) => hook()

function* askHooks(
  opening: Opening,
  namespace: AnyNamespace,
  asked: ConnectPacket,
  call: CallHook,
): Steps<Refusal | undefined> {
  const { declared, calls, acl } = opening
  const { endpoint } = declared
  let step = 'getInitialAcl'
  try {
    const initialAcl = (): InitialAcl => namespace.getInitialAcl()
    acl.reset(declared.table.overridesAcl ? () => call(() => calls.follow('hook', step, initialAcl)) : initialAcl)
    step = 'initialize'
    if (endpoint === '') opening.begun()
    const { initializers } = declared.table
    for (const initialize of initializers) {
      const done: unknown = call(() => calls.follow('hook', step, () => initialize.call(namespace)))
      if (isPromiseLike(done)) yield done
      if (!opening.isOpening) break
    }
    if (initializers.length > 0) checkNamespace(opening, namespace, step)
    if (endpoint === '' || !opening.isOpening) return undefined
    step = 'recv_connect'
    opening.begun()
    yield* askToConnect(opening, namespace, asked, call)
    checkNamespace(opening, namespace, step)
    return undefined
  } catch (error) {
    return { step, error }
  }
}

/** Whether anything of the application's is asked that may read the session. */
function asksAnybody({ declared: { table, endpoint } }: Opening): boolean {
  if (table.freshFor === undefined) return false
  return table.overridesAcl || table.initializers.length > 0 || (table.guardsConnect && endpoint !== '')
}

function* askInTurn(opening: Opening, namespace: AnyNamespace, asked: ConnectPacket): Steps<Refusal | undefined> {
  let step = 'session'
  try {
    const turn = new OpeningTurn(opening.client, opening.declared.table, opening.calls)
    yield turn.begin()
    const refusal = opening.isOpening ? yield* askHooks(opening, namespace, asked, (hook) => turn.run(hook)) : undefined
    step = 'saveSession'
    yield turn.finish(refusal !== undefined)
    return refusal
  } catch (error) {
    return { step, error }
  }
}

// @throws what processPacket throws, or what recv_connect threw behind a step that has swallowed it.
function* askToConnect(opening: Opening, namespace: AnyNamespace, asked: ConnectPacket, call: CallHook): Steps<void> {
  const { calls } = opening
  const verdict = calls.askConnect(namespace)
  let isOver = true
  try {
    const accepted = call(() => namespace.processPacket(asked))
    if (isPromiseLike(accepted)) yield accepted
    let pending: Promise<void> | undefined
    while (verdict.pending !== pending) {
      pending = verdict.pending
      if (pending !== undefined) yield pending
    }
    verdict.check()
    if (verdict.isAsked || !opening.isOpening || !calls.isConnectGuarded(namespace)) return
    if (verdict.isPassedOn || !calls.dispatchesAlone(namespace)) {
      throw refusedByMistake(opening, 'processPacket', notAsked(opening.declared.namespaceClass.name))
    }
    isOver = false
    verdict.watchOn(() => {
      opening.kick(false)
    })
  } finally {
    if (isOver) calls.verdict = undefined
  }
}
