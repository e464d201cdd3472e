// Owns: one call of a session store, which may throw, reject, answer twice, late or never: its first answer
// counts, in time.
// Elsewhere: what is asked (express-session.ts, fastify-session.ts, koa-session.ts), one call after the other
// (kept-session.ts).
import { quote } from '../../support/errors.js'
import { adopt, isPromiseLike } from '../../support/promises.js'
import { Deadline, type Deadlines } from '../../support/timers.js'
import { isObject, isRecord, type Values } from './session-source.js'

/** How long a store may take, and by whose clock. */
export interface Patience {
  readonly deadlines: Deadlines
  readonly sessionTimeout: number
}

/** What a store of express-session calls back. */
export type StoreCallback = (error?: unknown, answer?: unknown) => void

/** A store as express-session has them, and as others take them over from it. */
export interface CallbackStore {
  get(id: string, done: StoreCallback): unknown
  set(id: string, session: Values, done: StoreCallback): unknown
  touch?(id: string, session: Values, done: StoreCallback): unknown
}

/** What a store has answered; it may be anything, a promise as well. */
export interface StoreAnswer {
  readonly value: unknown
}

/**
 * Calls a store that answers by a callback, by a promise, or by either.
 * @param answersByPromise whether the promise that it returns is its answer; otherwise only the failure of
 *   one counts.
 */
export function askStore(
  { deadlines, sessionTimeout }: Patience,
  answersByPromise: boolean,
  run: (done: StoreCallback) => unknown,
): Promise<StoreAnswer> {
  return new Promise((resolve, reject) => {
    const deadline = new Deadline({
      deadlinePassed: () => {
        reject(new Error(`expected the session store to answer within ${sessionTimeout} ms`))
      },
    })
    const failed = (error: unknown): void => {
      deadlines.disarm(deadline)
      reject(error)
    }
    const answered = (value: unknown): void => {
      deadlines.disarm(deadline)
      resolve({ value })
    }
    deadlines.arm(deadline, sessionTimeout)
    try {
      // As express-session has it: what is not truthy is no error.
      const returned = run((error, value) => {
        if (error) failed(error)
        else answered(value)
      })
      if (isPromiseLike(returned)) adopt(returned).then(answersByPromise ? answered : undefined, failed)
      else if (answersByPromise) answered(returned)
    } catch (error) {
      failed(error)
    }
  })
}

/**
 * Reads a session. Undefined where the store has none.
 * @throws for an answer that is not a session.
 */
export async function readStored(
  patience: Patience,
  store: CallbackStore,
  id: string,
  isSession: (found: Values) => boolean = () => true,
): Promise<Values | undefined> {
  let found: unknown
  try {
    found = (await askStore(patience, false, (done) => store.get(id, done))).value
  } catch (error) {
    // As express-session has it: stores of files say so.
    if (isObject(error) && Reflect.get(error, 'code') === 'ENOENT') return undefined
    throw error
  }
  if (!found) return undefined
  if (isRecord(found) && isSession(found)) return found
  throw new Error(`expected the session store to answer a session, got ${quote(found)}`)
}
