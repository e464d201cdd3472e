// Owns: sending from a namespace to its client, and waiting for the client's acks.
// Elsewhere: sending to many (rooms/operator.ts).
import { ClosedError, UsageError } from '../support/errors.js'
import type { AckWaiter } from '../socket/acks.js'
import type { AnyEvents, EventArgs, EventMap, EventName } from '../rooms/operator.js'
import type { Packet } from '../wire/packet.js'
import type { Seat } from '../clients/instance.js'
import type { Handler } from './types.js'

/** The arguments without the ack callback that comes last, as in Socket.IO 4. */
export type WithoutAck<Args extends unknown[]> = unknown[] extends Args
  ? Args
  : Args extends [...infer Head, (...answer: never[]) => unknown]
    ? Head
    : Args

/** What the ack callback's first parameter is: what the client answers. */
export type AckAnswer<Args extends unknown[]> = Args extends [
  ...unknown[],
  (answer: infer Answer, ...more: never[]) => unknown,
]
  ? Answer
  : unknown

/** The arguments, with an error in front of those of the ack callback: it may not be called in time. */
export type WithTimeout<Args extends unknown[]> = unknown[] extends Args
  ? Args
  : Args extends [...infer Head, (...answer: infer Answer) => infer Result]
    ? [...Head, (error: Error | null, ...answer: Answer) => Result]
    : Args

/** What `timeout(ms)` returns: `emit` and `emitWithAck` whose acks must come within that time. */
export interface TimedEmitter<Events extends EventMap = AnyEvents> {
  /** The callback gets an error first: an AckTimeoutError or a ClosedError, or null and then the client's arguments. */
  emit<Name extends EventName<Events>>(event: Name, ...args: WithTimeout<EventArgs<Events, Name>>): void
  /** Rejects with AckTimeoutError when the ack does not come in time. */
  emitWithAck<Name extends EventName<Events>>(
    event: Name,
    ...args: WithoutAck<EventArgs<Events, Name>>
  ): Promise<AckAnswer<EventArgs<Events, Name>>>
}

/** Sends an event; a function as the last argument is called with the arguments of the client's ack. */
export function emit(seat: Seat, event: string, args: readonly unknown[], timeoutMs?: number): void {
  const callback = args.at(-1)
  if (typeof callback !== 'function') {
    if (seat.isLive) seat.member.emit(event, args)
    return
  }
  const waiter = callbackWaiter(seat, callback as Handler, timeoutMs !== undefined)
  if (seat.isLive) seat.member.emit(event, args.slice(0, -1), waiter, timeoutMs ?? seat.host.app.ackTimeout)
  else waiter.failed(new ClosedError())
}

/**
 * Sends an event and waits for the first argument of the client's ack.
 * @throws UsageError SIO_USAGE_ACK (as a rejection) while the connect is not confirmed: the client could not answer.
 */
export function emitWithAck(seat: Seat, event: string, args: readonly unknown[], timeoutMs?: number): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (!seat.isLive) {
      reject(new ClosedError())
      return
    }
    if (!seat.member.isConfirmed) {
      reject(
        new UsageError(
          'SIO_USAGE_ACK',
          'expected emitWithAck() after the connect is accepted, got it in recv_connect or initialize',
        ),
      )
      return
    }
    const waiter: AckWaiter = { answered: ([answer]) => resolve(answer), failed: reject }
    seat.member.emit(event, args, waiter, timeoutMs ?? seat.host.app.ackTimeout)
  })
}

/** Sends a message as `send()` does in 0.9: the client's library acknowledges it by itself, on receipt. */
export function send(seat: Seat, message: unknown, isJson: boolean, callback: (() => void) | undefined): void {
  if (!seat.isLive) return
  const { endpoint, member } = seat
  const packet: Packet = isJson
    ? { type: 'json', endpoint, data: message }
    : { type: 'message', endpoint, data: String(message) }
  if (callback === undefined) member.send(packet)
  else member.ask(packet, true, callbackWaiter(seat, callback, false), seat.host.app.ackTimeout)
}

// Without a timeout() a callback that is not answered in time is forgotten, and hears of nothing, as in Socket.IO 4.
function callbackWaiter(seat: Seat, callback: Handler, tellsFailure: boolean): AckWaiter {
  return {
    answered: (args) => {
      seat.caller.callBack(callback, tellsFailure ? [null, ...args] : args)
    },
    failed: (error) => {
      if (tellsFailure) seat.caller.callBack(callback, [error])
    },
  }
}
