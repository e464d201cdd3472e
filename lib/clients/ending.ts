// Owns: the order in which a namespace ends: a step of its opening that still runs, recv_disconnect,
// disconnect. No step stops the next one.
// Elsewhere: who ends it, when, and what else it leaves (instance.ts).
import { inTurn } from '../support/in-turn.js'
import { logger } from '../support/log.js'
import { isPromiseLike, runSteps, within, type Steps } from '../support/promises.js'
import { attempt, type Reporter } from '../support/user-code.js'
import type { Deadlines } from '../support/timers.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { DisconnectPacket } from '../wire/packet.js'
import type { AnyNamespace, DeclaredNamespace } from '../namespaces/any-namespace.js'
import { endsPlainly } from '../namespaces/steps.js'

const log = logger('namespaces')

export interface Ending {
  readonly endpoint: string
  readonly declared: DeclaredNamespace
  /** A step of its opening that has not come to its end. */
  readonly opening: Promise<void> | undefined
  /** There is none when nothing was ever asked of it. */
  readonly namespace: AnyNamespace | undefined
  /** Whether recv_disconnect is to come: its connect was asked for, and did not fail by itself. */
  readonly isEntered: boolean
  /** The client's own disconnect. */
  readonly leavePacket: DisconnectPacket | undefined
  readonly endReason: DisconnectReason
  readonly deadlines: Deadlines
  /** How long one step may take before the rest goes on without it. */
  readonly patienceMs: number
  /** Whether `disconnect()` has run. */
  readonly isCleaned: boolean
  readonly calls: Reporter
}

/** Ends it in turn, and calls back when it has ended. */
export function end(ending: Ending, done: () => void): void {
  inTurn(() => {
    const { opening } = ending
    if (opening === undefined && endsAtOnce(ending)) done()
    else runSteps(endNamespace(ending, opening), done)
  })
}

function* endNamespace(ending: Ending, opening: Promise<void> | undefined): Steps<void> {
  const { deadlines, patienceMs, calls } = ending
  if (opening !== undefined) {
    try {
      yield within(deadlines, patienceMs, opening)
    } catch (error) {
      // It counts as done.
      log('"%s": a step of its opening goes on: %s', ending.endpoint, error)
    }
  }
  const { namespace } = ending
  if (namespace === undefined) return
  try {
    if (isPlainToEnd(ending, namespace)) return
    const told = ending.isEntered ? tell(namespace, ending) : undefined
    if (isPromiseLike(told)) yield within(deadlines, patienceMs, told)
  } catch (error) {
    calls.failed('recv_disconnect', error)
  }
  if (!ending.isCleaned) attempt(calls, 'disconnect', () => namespace.disconnect(true))
}

/** Whether no steps are needed (bench: connect). */
function endsAtOnce(ending: Ending): boolean {
  const { namespace } = ending
  try {
    return namespace === undefined || isPlainToEnd(ending, namespace)
  } catch {
    // An accessor of the application's has thrown: the steps report it.
    return false
  }
}

/** Whether nothing of the application's is to be called: there is nothing to follow, either. */
function isPlainToEnd({ declared: { table } }: Ending, namespace: AnyNamespace): boolean {
  const isDefault = table.methods.get('recv_disconnect')?.isDefault === true
  return isDefault && !table.hasStaticDecorator && endsPlainly(namespace)
}

// A packet of the client goes the way of all packets.
function tell(namespace: AnyNamespace, { leavePacket, endpoint, endReason }: Ending): unknown {
  if (leavePacket !== undefined) return namespace.processPacket(leavePacket)
  return namespace.callMethod('recv_disconnect', { type: 'disconnect', endpoint }, endReason)
}
