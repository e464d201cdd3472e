// Owns: sessions of koa-session that are kept in a store: `ctx.session` and `ctx.sessionOptions`.
// Elsewhere: those of express-session (express-session.ts).
//
// Names that begin with an underscore are koa-session's, in what its store holds: when a session ends, and for how
// long it was made. Its own save() writes no more than that, says nothing of changes, and rejects where the
// response can set no cookie any more.
import { quote } from '../../support/errors.js'
import { cookiesOf } from '../../support/sent-cookies.js'
import { askStore, type Patience } from './ask-store.js'
import { inStoreOrder } from './store-order.js'
import {
  isObject,
  isRecord,
  namesIn,
  type LiveSession,
  type SessionSource,
  type Standing,
  type Values,
} from './session-source.js'

interface Store {
  get(key: string, maxAge: unknown, options: object): unknown
  set(key: string, session: Values, maxAge: unknown, options: object): unknown
  destroy(key: string, options: object): unknown
}

interface SessionOptions {
  readonly store?: Store
  readonly ContextStore?: new (ctx: object) => Store
  maxAge?: unknown
  readonly rolling?: boolean
  readonly renew?: boolean
  readonly valid?: (ctx: object, session: Values) => unknown
  readonly beforeSave?: (ctx: object, session: object) => unknown
  readonly externalKey?: { get(ctx: object): unknown }
}

interface KoaContext {
  readonly session: (Values & { readonly externalKey?: unknown }) | null
  readonly sessionOptions: SessionOptions
  readonly req?: object
  readonly res?: unknown
}

const day = 24 * 60 * 60 * 1_000
// As koa-session has it: the store forgets a session after its cookie.
const longerThanCookie = 10_000

export class KoaSession implements SessionSource {
  readonly #ctx: KoaContext
  readonly #store: Store
  readonly #patience: Patience

  constructor(ctx: KoaContext, store: Store, patience: Patience) {
    this.#ctx = ctx
    this.#store = store
    this.#patience = patience
  }

  get live(): LiveSession | undefined {
    const { session } = this.#ctx
    return isObject(session) ? { id: String(session.externalKey), values: session } : undefined
  }

  isStored(name: string): boolean {
    return name !== 'isNew' && !name.startsWith('_')
  }

  standingOf(id: string): Standing {
    const { req, res, sessionOptions } = this.#ctx
    if (req === undefined) return 'unsure'
    const cookies = cookiesOf(req, res)
    if (cookies.includes(`=${id}`)) return 'stored'
    return cookies === '' && sessionOptions.externalKey === undefined ? 'private' : 'unsure'
  }

  async load(id: string): Promise<Values | undefined> {
    const { sessionOptions } = this.#ctx
    const { maxAge, valid } = sessionOptions
    const options = this.#with({})
    const { value: found } = await askStore(this.#patience, true, () => this.#store.get(id, maxAge, options))
    if (!found) return undefined
    if (!isRecord(found)) throw new Error(`expected the session store to answer a session, got ${quote(found)}`)
    const { _expire: expire } = found
    if (typeof expire === 'number' && expire < Date.now()) return undefined
    return valid === undefined || valid(this.#ctx, found) ? found : undefined
  }

  takeOver({ _expire: expire, _maxAge: maxAge, _session: endsWithBrowser }: Values): void {
    const { session, sessionOptions } = this.#ctx
    if (session !== null && expire !== undefined) session['_expire'] = expire
    if (endsWithBrowser === true) sessionOptions.maxAge = 'session'
    else if (maxAge !== undefined) sessionOptions.maxAge = maxAge
  }

  save(live: LiveSession): Promise<unknown> {
    return this.#set(live, true)
  }

  touch(live: LiveSession): Promise<unknown> | undefined {
    return this.touchStores(live) ? this.#set(live, false) : undefined
  }

  touchStores(live: LiveSession): boolean {
    const { rolling, renew, maxAge } = this.#ctx.sessionOptions
    const expire = live.values['_expire']
    const isHalfOver = typeof expire === 'number' && typeof maxAge === 'number' && expire - Date.now() < maxAge / 2
    return rolling === true || (renew === true && isHalfOver)
  }

  /** It is removed from the store when the response ends, and here there is none any more. */
  removed(id: string): Promise<unknown> {
    return askStore(this.#patience, true, () => this.#store.destroy(id, { ctx: this.#ctx }))
  }

  inOrder<Result>(id: string, work: () => Promise<Result>): Promise<Result> {
    // A store of one context is of no other client.
    return inStoreOrder(this.#patience, this.#ctx.sessionOptions.ContextStore ?? this.#store, id, work)
  }

  #set({ id, values }: LiveSession, changed: boolean): Promise<unknown> {
    const { maxAge: ofOptions, beforeSave } = this.#ctx.sessionOptions
    return askStore(this.#patience, true, () => {
      beforeSave?.(this.#ctx, values)
      const data: Values = {}
      for (const name of namesIn(this, values)) if (typeof values[name] !== 'function') data[name] = values[name]
      const maxAge = ofOptions === undefined || ofOptions === 0 ? day : ofOptions
      if (maxAge === 'session') data['_session'] = true
      else {
        data['_expire'] = values['_expire'] = Number(maxAge) + Date.now()
        data['_maxAge'] = maxAge
      }
      const ofStore = typeof maxAge === 'number' ? maxAge + longerThanCookie : maxAge
      return this.#store.set(id, data, ofStore, this.#with({ changed }))
    })
  }

  #with(options: object): object {
    return { ...options, ctx: this.#ctx, rolling: this.#ctx.sessionOptions.rolling }
  }
}

/** Whether a context has such a session, or has had one. */
export function isOfKoa(ctx: unknown): ctx is KoaContext {
  return isObject(ctx) && 'session' in ctx && isObject(Reflect.get(ctx, 'sessionOptions'))
}

/** The store of its sessions; undefined where they are kept in cookies. */
export function storeOf(ctx: KoaContext): Store | undefined {
  const { ContextStore, store } = ctx.sessionOptions
  return ContextStore === undefined ? store : new ContextStore(ctx)
}
