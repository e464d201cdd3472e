// Owns: asking the application who is let in: authorize, session, engine.generateId.
// Elsewhere: origins (origins.ts), what a client that is refused is told (refusals.ts).
import { randomId, withName } from '../support/ids.js'
import { wrongOption } from '../support/options.js'
import type { Deadlines } from '../support/timers.js'
import { ask } from '../support/user-code.js'
import type { FrameworkRequest } from '../http/request-facts.js'
import { closing, failed, failedId, unauthorized } from './refusals.js'

/** What of the options is asked. */
export interface AdmissionSettings {
  readonly authorize: ((request: FrameworkRequest) => boolean | PromiseLike<boolean>) | undefined
  readonly session: (request: FrameworkRequest) => object | PromiseLike<object>
  readonly processName: string | undefined
  readonly engine: { readonly generateId?: (request: FrameworkRequest) => string | PromiseLike<string> }
}

/** How long a function of the application's may take; after that it counts as thrown. */
export const patienceMs = 10_000

/**
 * Asks the application whether a request may connect.
 * @throws RefusalError SIO_HANDSHAKE_UNAUTHORIZED (403) when it says no, SIO_HANDSHAKE_FAILED (500) when it throws: a database
 *   that hiccups is no refusal. SIO_HANDSHAKE_BUSY (503) when the server is closing.
 */
export async function admit(
  { authorize, session: makeSession }: AdmissionSettings,
  deadlines: Deadlines,
  sessions: { readonly isShut: boolean },
  request: FrameworkRequest,
): Promise<object> {
  if (sessions.isShut) throw closing()
  let answer: unknown = true
  try {
    if (authorize !== undefined) answer = await ask(deadlines, patienceMs, () => authorize(request))
  } catch (error) {
    throw failed('authorize', error)
  }
  // It may have begun to close while the application was asked.
  if (sessions.isShut) throw closing()
  // Only true lets in: a check that forgets to answer must not.
  if (answer !== true) throw unauthorized()
  try {
    const session: unknown = await ask(deadlines, patienceMs, () => makeSession(request))
    if (typeof session !== 'object' || session === null) throw wrongOption('session', 'to return an object', session)
    return session
  } catch (error) {
    throw failed('session', error)
  }
}

/** Asks the application for a session id, if it makes them. @throws RefusalError SIO_HANDSHAKE_FAILED, in engine.io's words. */
export async function makeId(
  { processName, engine: { generateId } }: AdmissionSettings,
  deadlines: Deadlines,
  request: FrameworkRequest,
): Promise<string> {
  if (generateId === undefined) return withName(processName, randomId())
  try {
    const id: unknown = await ask(deadlines, patienceMs, () => generateId(request))
    if (typeof id !== 'string' || id === '') throw wrongOption('engine.generateId', 'to return a string', id)
    return id
  } catch (error) {
    throw failedId(error)
  }
}
