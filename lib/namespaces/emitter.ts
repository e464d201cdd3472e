// Owns: sending from a namespace to its client, and waiting for the client's acks.
// Elsewhere: sending to many (rooms/operator.ts).
//
// An emit's way out: emit (base-namespace.ts) ▶ emit (here) ▶ emit, sendOwn (rooms/member.ts) ▶ send
// (socket/virtual-socket.ts), which encodes it (wire/v09/frame.ts and packet.ts, or wire/v5) ▶ send
// (socket/link.ts) ▶ send (transports/v09/websocket.ts or engine.ts) ▶ send and, at the end of the turn,
// flush (transports/websocket-line.ts). To many: emit (rooms/operator.ts) ▶ broadcast, #send
// (rooms/endpoint.ts) ▶ broadcast (rooms/local-adapter.ts) ▶ send (rooms/member.ts) ▶ the same, encoded once
// (rooms/broadcast.ts).
import { ClosedError, UsageError } from '../support/errors.js'
import { checkDuration } from '../support/options.js'
import { handOut } from '../support/handed-promise.js'
import { later } from '../support/user-code.js'
import { checkEventName } from '../rooms/event-names.js'
import { Operator, type AnyEvents, type EventArgs, type EventMap, type EventName } from '../rooms/operator.js'
import type { AckWaiter } from '../socket/acks.js'
import type { Packet } from '../wire/packet.js'
import { contextOf, type NamespaceContext } from './namespace-context.js'
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
  /**
   * The callback gets an error first: an AckTimeoutError or a ClosedError, or null and then the client's
   * arguments.
   */
  emit<Name extends EventName<Events>>(event: Name, ...args: WithTimeout<EventArgs<Events, Name>>): void
  /** Rejects with AckTimeoutError when the ack does not come in time. */
  emitWithAck<Name extends EventName<Events>>(
    event: Name,
    ...args: WithoutAck<EventArgs<Events, Name>>
  ): Promise<AckAnswer<EventArgs<Events, Name>>>
}

/**
 * Sends an event; a function as the last argument is called with the arguments of the client's ack.
 * @throws UsageError SIO_USAGE_EVENT for a reserved name.
 */
export function emit(context: NamespaceContext, event: string, args: readonly unknown[], timeoutMs?: number): void {
  checkEventName(event)
  const callback = args.at(-1)
  if (typeof callback !== 'function') {
    context.member.emit(event, args)
    return
  }
  const waiter = callbackWaiter(context, callback as Handler, timeoutMs !== undefined)
  if (context.asking === 'no more') waiter.failed(new ClosedError())
  else context.member.emit(event, args.slice(0, -1), waiter, timeoutMs ?? context.client.app.ackTimeout)
}

/** Sends an event and waits for the first argument of the client's ack. */
export function emitWithAck(
  context: NamespaceContext,
  event: string,
  args: readonly unknown[],
  timeoutMs?: number,
): Promise<unknown> {
  const answer = new Promise((resolve, reject) => {
    checkEventName(event)
    if (context.asking === 'no more') {
      later(() => {
        reject(new ClosedError())
      })
      return
    }
    // The client could not answer before its connect is confirmed.
    if (context.asking === 'not yet') throw tooEarly()
    const waiter: AckWaiter = { answered: ([first]) => resolve(first), failed: reject }
    context.member.emit(event, args, waiter, timeoutMs ?? context.client.app.ackTimeout)
  })
  return handOut(answer, 'emitWithAck', context.calls)
}

function tooEarly(): UsageError {
  return new UsageError(
    'SIO_USAGE_ACK',
    'expected emitWithAck() after the connect is accepted, got it in recv_connect or initialize',
  )
}

/** Sends a message as `send()` does in 0.9: the client's library acknowledges it by itself, on receipt. */
export function send(
  context: NamespaceContext,
  message: unknown,
  isJson: boolean,
  callback: (() => void) | undefined,
): void {
  const { endpoint, member } = context
  const packet: Packet = isJson
    ? { type: 'json', endpoint, data: message }
    : { type: 'message', endpoint, data: String(message) }
  if (callback === undefined) member.sendOwn(packet)
  else if (context.asking !== 'no more') {
    member.ask(packet, true, callbackWaiter(context, callback, false), context.client.app.ackTimeout)
  }
}

// Without a timeout() a callback that is not answered in time is forgotten and never called, as in Socket.IO
// 4.
function callbackWaiter({ calls }: NamespaceContext, callback: Handler, tellsFailure: boolean): AckWaiter {
  return {
    answered: (args) => {
      calls.callBack(callback, tellsFailure ? [null, ...args] : args)
    },
    failed: (error) => {
      if (!tellsFailure) return
      later(() => {
        calls.callBack(callback, [error])
      })
    },
  }
}

/**
 * `emit` and `emitWithAck` whose ack must come within `ms` milliseconds.
 * @throws UsageError SIO_USAGE_DURATION.
 */
export function timed(context: NamespaceContext, ms: number): TimedEmitter {
  checkDuration('timeout()', ms)
  return {
    emit: (event, ...args) => {
      emit(context, event, args, ms)
    },
    emitWithAck: (event, ...args) => emitWithAck(context, event, args, ms),
  }
}

/** All sockets of a namespace's endpoint but its own. */
export function othersOf(namespace: object): Operator<AnyEvents, never> {
  const { member } = contextOf(namespace)
  return new Operator<AnyEvents, never>(() => member.endpoint).except(member.id)
}
