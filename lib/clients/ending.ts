// Owns: the order in which a namespace ends: recv_disconnect, disconnect, then what was its own. No step stops the next.
// Elsewhere: who ends it, and when (seat.ts).
import { isPromiseLike, within } from '../support/promises.js'
import type { Deadlines } from '../support/timers.js'
import type { DisconnectReason } from '../socket/lifecycle.js'
import type { DisconnectPacket } from '../wire/packet.js'
import type { AnyNamespace } from '../namespaces/any-namespace.js'

export interface Ending {
  readonly endpoint: string
  /** There is none when nothing was ever asked of it. */
  readonly namespace: AnyNamespace | undefined
  /** A connect that was refused has no disconnect; what it opened is cleaned up all the same. */
  readonly wasAccepted: boolean
  /** The client's own disconnect. */
  readonly farewell: DisconnectPacket | undefined
  readonly reason: DisconnectReason
  readonly deadlines: Deadlines
  /** How long `recv_disconnect` may take before the rest goes on without it. */
  readonly patienceMs: number
  /** Whether `disconnect()` has run. */
  isCleaned(): boolean
  readonly caller: { failed(methodName: string, error: unknown): void }
}

export async function endNamespace(ending: Ending): Promise<void> {
  const { namespace } = ending
  if (namespace === undefined) return
  try {
    const told = ending.wasAccepted ? tell(namespace, ending) : undefined
    if (isPromiseLike(told)) await within(ending.deadlines, ending.patienceMs, told)
  } catch (error) {
    ending.caller.failed('recv_disconnect', error)
  }
  try {
    if (!ending.isCleaned()) namespace.disconnect(true)
  } catch (error) {
    ending.caller.failed('disconnect', error)
  }
}

// A packet of the client goes the way of all packets.
function tell(namespace: AnyNamespace, { farewell, endpoint, reason }: Ending): unknown {
  if (farewell !== undefined) return namespace.processPacket(farewell)
  return namespace.callMethod('recv_disconnect', { type: 'disconnect', endpoint }, reason)
}
