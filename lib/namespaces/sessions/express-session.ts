// Owns: sessions of express-session, and of what is built like it: `req.session`, `req.sessionID` and
// `req.sessionStore`.
// Elsewhere: those of @fastify/session (fastify-session.ts) and of koa-session (koa-session.ts).
import { UsageError, quote } from '../../support/errors.js'
import { cookiesOf } from '../../support/sent-cookies.js'
import { askStore, readStored, type CallbackStore, type Patience } from './ask-store.js'
import { inStoreOrder } from './store-order.js'
import { isObject, type LiveSession, type SessionSource, type Standing, type Values } from './session-source.js'

interface Store extends CallbackStore {
  createSession(request: object, data: Values): Values
}

interface ExpressRequest {
  session?: Values | undefined
  readonly sessionID: string
  readonly sessionStore: Store
  readonly res?: unknown
}

export class ExpressSession implements SessionSource {
  readonly #request: ExpressRequest
  readonly #store: Store
  readonly #patience: Patience
  // The latest that could be stored.
  #whole: Values | undefined

  constructor(request: ExpressRequest, patience: Patience) {
    this.#request = request
    this.#store = request.sessionStore
    this.#patience = patience
  }

  get live(): LiveSession | undefined {
    const { session, sessionID } = this.#request
    if (!isObject(session)) return undefined
    if (isObject(session['cookie'])) this.#whole = session
    return { id: sessionID, values: session }
  }

  isStored(name: string): boolean {
    return name !== 'cookie'
  }

  standingOf(id: string): Standing {
    const cookies = cookiesOf(this.#request, this.#request.res)
    // Signed, as they always are.
    if (cookies.includes(`s:${id}.`)) return 'stored'
    // A new session is stored together with its cookie, or not at all. A request that is not Node's says
    // nothing of that.
    return cookies === '' && 'httpVersion' in this.#request ? 'private' : 'unsure'
  }

  async load(id: string): Promise<Values | undefined> {
    const store = this.#store
    const found = await readStored(this.#patience, store, id, ({ cookie }) => isObject(cookie))
    return found && store.createSession({ sessionID: id, sessionStore: store }, found)
  }

  takeOver({ cookie }: Values): void {
    const { session } = this.#request
    if (session !== undefined && 'cookie' in session) session['cookie'] = cookie
  }

  async save({ id, values }: LiveSession): Promise<unknown> {
    if (!isObject(values['cookie'])) {
      this.#request.session = this.#whole
      const got = quote(values)
      throw new UsageError('SIO_USAGE_SESSION', `expected req.session to be changed, not to be replaced, got ${got}`)
    }
    return askStore(this.#patience, false, (done) => {
      renew(values)
      return this.#store.set(id, values, done)
    })
  }

  touch({ id, values }: LiveSession): Promise<unknown> | undefined {
    if (typeof this.#store.touch !== 'function') return undefined
    return askStore(this.#patience, false, (done) => {
      renew(values)
      return this.#store.touch?.(id, values, done)
    })
  }

  // Its own destroy() has removed it from the store as well; an assignment leaves it there, as on any
  // request.
  removed(): undefined {
    return undefined
  }

  inOrder<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    return inStoreOrder(this.#patience, this.#store, id, work)
  }
}

/** Whether a request has such a session, or has had one. */
export function isOfExpress(request: unknown): request is ExpressRequest {
  if (!isObject(request) || typeof Reflect.get(request, 'sessionID') !== 'string') return false
  const store: unknown = Reflect.get(request, 'sessionStore')
  return (
    isObject(store) && ['get', 'set', 'createSession'].every((name) => typeof Reflect.get(store, name) === 'function')
  )
}

function renew(session: Values): void {
  const touch = session['touch']
  if (typeof touch === 'function') Reflect.apply(touch, session, [])
}
