// Owns: asking the application who is let in: authorize, session, engine.generateId.
// Elsewhere: origins (origins.ts), the answer to a refused client (refusals.ts).
import { randomId, withName } from '../support/ids.js'
import { wrongOption } from '../support/options.js'
import type { Deadlines } from '../support/timers.js'
import { adopt, isPromiseLike } from '../support/promises.js'
import { ask } from '../support/user-code.js'
import type { FrameworkRequest } from '../http/request-facts.js'
import { closing, failed, failedId, unauthorized } from './refusals.js'

/** The options that decide who may connect. */
export interface AdmissionSettings {
  readonly authorize: ((request: FrameworkRequest) => boolean | PromiseLike<boolean>) | undefined
  readonly session: ((request: FrameworkRequest) => object | PromiseLike<object>) | undefined
  readonly processName: string | undefined
  readonly engine: { readonly generateId?: (request: FrameworkRequest) => string | PromiseLike<string> }
}

/** How long a function of the application's may take; after that it counts as thrown. */
export const patienceMs = 10_000

/**
 * Asks the application whether a request may connect: its session, or a promise where the application's
 * answer is one. Nothing waits where that does not (bench: connect).
 * @throws RefusalError (or rejects with it) SIO_HANDSHAKE_UNAUTHORIZED (403) when it says no,
 *   SIO_HANDSHAKE_FAILED (500) when it throws: a database that hiccups is no refusal. SIO_HANDSHAKE_BUSY
 *   (503) when the server is closing.
 */
export function admit(
  { authorize, session }: AdmissionSettings,
  deadlines: Deadlines,
  sessions: { readonly isShut: boolean },
  request: FrameworkRequest,
): object | Promise<object> {
  if (sessions.isShut) throw closing()
  if (authorize === undefined) return makeSession(session, deadlines, request)
  return answerOf(
    () => ask(deadlines, patienceMs, (): unknown => authorize(request)),
    (answer) => {
      // The server may have begun to close meanwhile.
      if (sessions.isShut) throw closing()
      // Only true lets in: a check that forgets to answer must not.
      if (answer !== true) throw unauthorized()
      return makeSession(session, deadlines, request)
    },
    (error) => failed('authorize', error),
  )
}

function makeSession(
  session: AdmissionSettings['session'],
  deadlines: Deadlines,
  request: FrameworkRequest,
): object | Promise<object> {
  if (session === undefined) return {}
  return answerOf(
    () => ask(deadlines, patienceMs, (): unknown => session(request)),
    (made) => {
      if (typeof made === 'object' && made !== null) return made
      throw failed('session', wrongOption('session', 'to return an object', made))
    },
    (error) => failed('session', error),
  )
}

/**
 * Asks the application for a session id, if it makes them.
 * @throws RefusalError SIO_HANDSHAKE_FAILED, in engine.io's words.
 */
export function makeId(
  { processName, engine: { generateId } }: AdmissionSettings,
  deadlines: Deadlines,
  request: FrameworkRequest,
): string | Promise<string> {
  if (generateId === undefined) return withName(processName, randomId())
  return answerOf(
    () => ask(deadlines, patienceMs, (): unknown => generateId(request)),
    (id) => {
      if (typeof id === 'string' && id !== '') return id
      throw failedId(wrongOption('engine.generateId', 'to return a string', id))
    },
    failedId,
  )
}

// What an answer comes to, now or later; where there is none, the refusal.
function answerOf<Outcome>(
  run: () => unknown,
  taken: (answer: unknown) => Outcome | Promise<Outcome>,
  refusalOf: (error: unknown) => Error,
): Outcome | Promise<Outcome> {
  let answer: unknown
  try {
    answer = run()
  } catch (error) {
    throw refusalOf(error)
  }
  if (!isPromiseLike(answer)) return taken(answer)
  return adopt(answer).then(taken, (error: unknown) => {
    throw refusalOf(error)
  })
}
