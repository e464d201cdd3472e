// Owns: sessions of @fastify/session: `request.session`, which knows its own id, and `request.sessionStore`.
// Elsewhere: those of express-session (express-session.ts) and of koa-session (koa-session.ts).
import { isDate } from 'node:util/types'
import { UsageError, quote } from '../../support/errors.js'
import { cookiesOf } from '../../support/sent-cookies.js'
import { askStore, readStored, type CallbackStore, type Patience, type StoreCallback } from './ask-store.js'
import { inStoreOrder } from './store-order.js'
import { isObject, type LiveSession, type SessionSource, type Standing, type Values } from './session-source.js'

type Session = Values & { readonly sessionId?: unknown; touch?(): void }

interface FastifyRequest {
  session: Session | null
  readonly sessionStore: CallbackStore
  readonly raw?: object
}

export class FastifySession implements SessionSource {
  readonly #request: FastifyRequest
  readonly #patience: Patience
  // The latest that could be stored.
  #whole: Session | null = null

  constructor(request: FastifyRequest, patience: Patience) {
    this.#request = request
    this.#patience = patience
  }

  get live(): LiveSession | undefined {
    const { session } = this.#request
    if (!isObject(session)) return undefined
    if (typeof session.sessionId === 'string') this.#whole = session
    return { id: String(this.#whole?.sessionId), values: session }
  }

  isStored(name: string): boolean {
    return name !== 'cookie' && name !== 'sessionId' && name !== 'encryptedSessionId'
  }

  // A new one is stored when Fastify answers a request: the first request of a client is answered by us.
  standingOf(id: string): Standing {
    const cookies = cookiesOf(this.#request.raw ?? this.#request, undefined)
    if (cookies.includes(`${id}.`)) return 'stored'
    return cookies === '' ? 'private' : 'unsure'
  }

  async load(id: string): Promise<Values | undefined> {
    const found = await readStored(this.#patience, this.#request.sessionStore, id)
    const until = found && expiryIn(found)
    return until !== undefined && until.getTime() <= Date.now() ? undefined : found
  }

  takeOver(loaded: Values): void {
    const until = expiryIn(loaded)
    const cookie = this.#request.session?.['cookie']
    if (until !== undefined && isObject(cookie)) Reflect.set(cookie, 'expires', until)
  }

  async save({ id, values }: LiveSession): Promise<unknown> {
    if (typeof (values as Session).sessionId !== 'string') {
      this.#request.session = this.#whole
      const got = quote(values)
      throw new UsageError(
        'SIO_USAGE_SESSION',
        `expected request.session to be changed, not to be replaced, got ${got}`,
      )
    }
    return this.#renewed(values, (done) => this.#request.sessionStore.set(id, values, done))
  }

  touch({ id, values }: LiveSession): Promise<unknown> | undefined {
    const { sessionStore } = this.#request
    if (typeof sessionStore.touch !== 'function') return undefined
    return this.#renewed(values, (done) => sessionStore.touch?.(id, values, done))
  }

  /** Its own destroy() has removed it from the store as well. */
  removed(): undefined {
    return undefined
  }

  inOrder<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    return inStoreOrder(this.#patience, this.#request.sessionStore, id, work)
  }

  #renewed(session: Session, store: (done: StoreCallback) => unknown): Promise<unknown> {
    return askStore(this.#patience, false, (done) => {
      session.touch?.()
      return store(done)
    })
  }
}

/** Whether a request has such a session, or has had one. */
export function isOfFastify(request: unknown): request is FastifyRequest {
  if (!isObject(request) || !('session' in request)) return false
  const store: unknown = Reflect.get(request, 'sessionStore')
  if (!isObject(store) || !['get', 'set'].every((name) => typeof Reflect.get(store, name) === 'function')) return false
  const session: unknown = Reflect.get(request, 'session')
  return session === null || (isObject(session) && typeof Reflect.get(session, 'sessionId') === 'string')
}

function expiryIn({ cookie }: Values): Date | undefined {
  const until: unknown = isObject(cookie) ? Reflect.get(cookie, 'expires') : undefined
  const date = new Date(typeof until === 'string' ? until : isDate(until) ? until.getTime() : Number.NaN)
  return Number.isNaN(date.getTime()) ? undefined : date
}
