// Owns: what has failed where a packet could not be handled, and what of that a client may learn.
// Elsewhere: to whom it is reported (calls.ts, namespaces/error-handler.ts).
import { DispatchError, HandlerError, isA } from '../support/errors.js'
import { targetOf } from '../namespaces/dispatch.js'
import type { Packet } from '../wire/packet.js'

export interface Failure {
  readonly name: string
  readonly message: string
  readonly details?: unknown
  /** What is reported to the application, beside name and message. */
  readonly error?: HandlerError | DispatchError
}

/** What a handler throws stays with us: its client is only told that it failed. */
export function failureOf(packet: Packet, error: unknown): Failure {
  if (isA(error, DispatchError)) {
    const { errorName: name, message, details } = error
    return details === undefined ? { name, message } : { name, message, details, error }
  }
  const message = `The method "${targetOf(packet)}" failed`
  return { name: 'handler_failed', message, error: new HandlerError(message, error) }
}
