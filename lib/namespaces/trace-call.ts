// Owns: letting subscribers follow the calls of an application's code.
// Elsewhere: the channel (support/channels.ts), what is called (clients/calls.ts, jobs.ts).
import { channels, Trace, type Outcome, type Traced } from '../support/channels.js'
import type { Packet } from '../wire/packet.js'

/**
 * What is called: a handler (`on_…`, `recv_message`, `recv_json`, `recv_error`), a hook (`getInitialAcl`, `initialize`,
 * `recv_connect`, `recv_disconnect`, an own `disconnect`), a job, or an ack callback.
 */
export type CallKind = 'handler' | 'hook' | 'job' | 'callback'

// A HandlerMessage. What may hold secrets is private, and so in no log into which somebody writes the message as it is.
class Call implements Traced {
  readonly namespace: string
  readonly kind: CallKind
  readonly method: string
  readonly event: string | undefined
  readonly #socket: object
  readonly #packet: Packet | undefined
  #result: unknown

  constructor(socket: object, namespace: string, kind: CallKind, method: string, packet: Packet | undefined) {
    this.namespace = namespace
    this.kind = kind
    this.method = method
    this.event = packet?.type === 'event' ? packet.name : undefined
    this.#socket = socket
    this.#packet = packet
  }

  get socket(): object {
    return this.#socket
  }

  get packet(): Packet | undefined {
    return this.#packet
  }

  get result(): unknown {
    return this.#result
  }

  settle(outcome: Outcome): void {
    if ('error' in outcome) Object.assign(this, { error: outcome.error })
    else this.#result = outcome.result
  }
}

/** Around each call of the application's code for a client. */
export const handlerTrace = new Trace<Call>(channels.handler)

/** Calls a function of the application for a client. @throws whatever it throws. */
export function traceCall<Result>(
  socket: object,
  namespace: string,
  kind: CallKind,
  method: string,
  run: () => Result,
  packet?: Packet,
): Result {
  if (!handlerTrace.isWatched) return run()
  return handlerTrace.follow(new Call(socket, namespace, kind, method, packet), run)
}
