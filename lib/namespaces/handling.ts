// Owns: what becomes of one packet of a namespace: its ack, or the error that the client is told.
// Elsewhere: which method it calls (dispatch.ts), when it is its turn (seat.ts).
import { DispatchError, HandlerError } from '../support/errors.js'
import { isPromiseLike } from '../support/promises.js'
import type { Packet } from '../wire/packet.js'
import type { Caller } from '../clients/calls.js'
import { targetOf } from './dispatch.js'

/** Where a packet is handled, and where the outcome goes. */
export interface Handling {
  processPacket(packet: Packet): unknown
  sendAck(id: string, args: readonly unknown[]): void
  readonly caller: Pick<Caller, 'report'>
}

/** Handles a packet; a handler that returns no promise is done when this returns. It never throws nor rejects. */
export function handle(handling: Handling, packet: Packet): void | Promise<void> {
  let result: unknown
  try {
    result = handling.processPacket(packet)
    if (!isPromiseLike(result)) {
      answer(handling, packet, result)
      return
    }
  } catch (error) {
    fail(handling, packet, error)
    return
  }
  return finish(handling, packet, result)
}

async function finish(handling: Handling, packet: Packet, result: PromiseLike<unknown>): Promise<void> {
  try {
    answer(handling, packet, await result)
  } catch (error) {
    fail(handling, packet, error)
  }
}

// [09:ack-2] An id with "+" is answered by what the handler returns: an array is the arguments, anything else is one.
function answer(handling: Handling, packet: Packet, result: unknown): void {
  if (packet.ack !== 'data' || packet.id === undefined) return
  handling.sendAck(packet.id, Array.isArray(result) ? result : result === undefined ? [] : [result])
}

// A handler that throws answers no ack. Its message stays here: the client learns only that it failed.
function fail(handling: Handling, packet: Packet, error: unknown): void {
  if (error instanceof DispatchError) {
    handling.caller.report(error.errorName, error.message, packet.id)
    return
  }
  const message = `The method "${targetOf(packet)}" failed`
  handling.caller.report('handler_failed', message, packet.id, false, new HandlerError(message, error))
}
