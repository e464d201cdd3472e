// Owns: letting subscribers follow the calls of an application's code.
// Elsewhere: the channel (support/channels.ts), what is called (clients/calls.ts, jobs.ts).
import { AsyncResource } from 'node:async_hooks'
import { channels } from '../support/channels.js'
import { Trace, type Outcome, type Traced } from '../support/trace.js'
import type { Packet } from '../wire/packet.js'

/**
 * What is called: a handler (`on_…`, `recv_message`, `recv_json`, `recv_error`), a hook (`getInitialAcl`,
 * `initialize`, `recv_connect`, `recv_disconnect`, an own `disconnect`), a job, or an ack callback.
 */
export type CallKind = 'handler' | 'hook' | 'job' | 'callback'

// What may hold secrets is private, and so in no log into which somebody writes a message as it is.
class Followed implements Traced {
  readonly namespace: string
  readonly #socket: object
  #isDone = false
  #result: unknown
  #error: unknown

  constructor(socket: object, namespace: string) {
    this.namespace = namespace
    this.#socket = socket
  }

  get socket(): object {
    return this.#socket
  }

  get isDone(): boolean {
    return this.#isDone
  }

  get result(): unknown {
    return this.#result
  }

  get error(): unknown {
    return this.#error
  }

  settle(outcome: Outcome): void {
    this.#isDone = true
    if ('error' in outcome) this.#error = outcome.error
    else this.#result = outcome.result
  }
}

/** A HandlerMessage. */
class Call extends Followed {
  readonly kind: CallKind
  readonly method: string
  readonly event: string | undefined
  readonly #packet: Packet | undefined

  constructor(socket: object, namespace: string, kind: CallKind, method: string, packet: Packet | undefined) {
    super(socket, namespace)
    this.kind = kind
    this.method = method
    this.event = packet?.type === 'event' ? packet.name : undefined
    this.#packet = packet
  }

  get packet(): Packet | undefined {
    return this.#packet
  }
}

/** Around the opening of a namespace: a ConnectMessage. */
const connectTrace = new Trace<Followed>(channels.connect)

/**
 * Opens a namespace, which says by `done` how that ended, at once or later.
 *
 * What follows, packets that have waited for instance, is no part of it, and finds no store that is bound to
 * it.
 */
export function traceConnect<Refusal extends { readonly error: unknown }>(
  socket: object,
  namespace: string,
  open: (done: (refusal: Refusal | undefined) => void) => void,
  done: (refusal: Refusal | undefined) => void,
): void {
  if (!connectTrace.isWatched) {
    open(done)
    return
  }
  const outside = AsyncResource.bind(done)
  let early: { readonly refusal: Refusal | undefined } | undefined
  let isLate = false
  connectTrace.begin(new Followed(socket, namespace), (ended) => {
    open((refusal) => {
      ended(refusal === undefined ? { result: undefined } : { error: refusal.error })
      if (isLate) outside(refusal)
      else early = { refusal }
    })
  })
  isLate = true
  if (early !== undefined) done(early.refusal)
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
