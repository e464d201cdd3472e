// Owns: the order in which a namespace ends: a step of its opening that still runs, recv_disconnect,
// disconnect. No step stops the next one.
// Elsewhere: who ends it, when, and what else it leaves (instance.ts).
import { logger } from '../support/log.js'
import { isPromiseLike, within, type Steps } from '../support/promises.js'
import { attempt, type Reporter } from '../support/user-code.js'
import type { Deadlines } from '../support/timers.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { DisconnectPacket } from '../wire/packet.js'
import type { AnyNamespace, DeclaredNamespace } from '../namespaces/any-namespace.js'
import { endsPlainly } from '../namespaces/steps.js'
import { handlerTrace } from '../namespaces/trace-call.js'

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

export function* endNamespace(ending: Ending): Steps<void> {
  const { deadlines, patienceMs, calls, opening } = ending
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
    // Nobody is to be called (bench: connect).
    if (isPlainToEnd(ending, namespace)) return
    const told = ending.isEntered ? tell(namespace, ending) : undefined
    if (isPromiseLike(told)) yield within(deadlines, patienceMs, told)
  } catch (error) {
    calls.failed('recv_disconnect', error)
  }
  if (!ending.isCleaned) attempt(calls, 'disconnect', () => namespace.disconnect(true))
}

function isPlainToEnd({ declared: { table } }: Ending, namespace: AnyNamespace): boolean {
  const isDefault = table.methods.get('recv_disconnect')?.isDefault === true
  return isDefault && !table.hasStaticDecorator && !handlerTrace.isWatched && endsPlainly(namespace)
}

// A packet of the client goes the way of all packets.
function tell(namespace: AnyNamespace, { leavePacket, endpoint, endReason }: Ending): unknown {
  if (leavePacket !== undefined) return namespace.processPacket(leavePacket)
  return namespace.callMethod('recv_disconnect', { type: 'disconnect', endpoint }, endReason)
}
