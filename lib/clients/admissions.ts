// Owns: io.use(): functions that are asked before a namespace is made for a client.
import { ConnectError, quote } from '../support/errors.js'
import { logTurnedAway } from '../support/log.js'
import { adopt, isPromiseLike, within } from '../support/promises.js'
import { logReporter } from '../support/user-code.js'
import type { Deadlines } from '../support/timers.js'
import type { ConnectPacket } from '../wire/packet.js'
import type { Socket } from '../namespaces/socket.js'

/** What a client asks to connect to. */
export interface ConnectRequest {
  readonly endpoint: string
  /** The query behind the endpoint's name, on 0.9 and 2. */
  readonly qs: string
  /** What a client of Socket.IO 3 or 4 sent along. */
  readonly auth: unknown
}

/**
 * Lets a client go on by `next()` or `next(null)`, or refuses it by `next(error)`, whose message and `data`
 * it is sent.
 */
export type Admission = (socket: Socket, next: (error?: Error | null) => void, connect: ConnectRequest) => unknown

/** How long one may take; after that it counts as thrown, as `authorize` does. */
const patienceMs = 10_000

/**
 * Asks one after the other.
 * @throws ConnectError with what the first refusal said; whatever one of them throws.
 */
export async function askAll(
  admissions: readonly Admission[],
  socket: Socket,
  connect: ConnectPacket,
  deadlines: Deadlines,
): Promise<void> {
  const { endpoint, qs, auth } = connect
  for (const admission of admissions) {
    const { refusal } = await within(deadlines, patienceMs, answerOf(admission, socket, { endpoint, qs, auth }))
    // As in every callback of Node's, null is no error. Whatever else was meant lets nobody in.
    if (refusal !== undefined && refusal !== null) throw refusedBy(refusal, socket, endpoint)
  }
}

// What throws refuses, even behind next(). An async function answers by next() as well; what it rejects with
// later than that comes too late, and is reported.
function answerOf(admission: Admission, socket: Socket, connect: ConnectRequest): Promise<{ refusal: unknown }> {
  let isAnswered = false
  return new Promise((resolve, reject) => {
    let answer: { refusal: unknown } | undefined
    let isRunning = true
    const next = (refusal?: unknown): void => {
      answer ??= { refusal }
      isAnswered = true
      if (!isRunning) resolve(answer)
    }
    const result = admission(socket, next, connect)
    isRunning = false
    if (answer !== undefined) resolve(answer)
    if (!isPromiseLike(result)) return
    adopt(result).then(undefined, (error: unknown) => {
      if (isAnswered) logReporter.failed('a function of io.use(), after next(),', error)
      else reject(error)
    })
  })
}

// Logged once per origin and minute.
function refusedBy(refusal: unknown, { environ }: Socket, endpoint: string): ConnectError {
  const isObject = typeof refusal === 'object' && refusal !== null
  // Only a text that was meant to be one is sent: not the source of a function, say.
  const given: unknown = isObject ? Reflect.get(refusal, 'message') : refusal
  const message = typeof given === 'string' ? given : 'connection refused'
  const { origin } = environ.headers
  const page = origin === undefined ? 'without an Origin' : `from ${quote(origin)}`
  const what = `a connect to ${quote(endpoint === '' ? '/' : endpoint)} ${page}`
  logTurnedAway(`io.use ${page}`, `${what} was refused by a function of io.use(): ${quote(message)}`)
  return new ConnectError(message, isObject ? Reflect.get(refusal, 'data') : undefined)
}
