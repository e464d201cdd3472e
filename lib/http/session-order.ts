// Owns: the warning that handlers find no session, as the app's session middleware is mounted behind us.
// Elsewhere: what a namespace keeps of a session (namespaces/sessions/).
//
// Known of frameworks: the `stack` of Express's router (shortcuts.ts), `app.middleware` of Koa. Where they are
// missing, requests that are not ours say it: they have no session when they come, and one when they are answered.
import { logWarning } from '../support/log.js'
import { routerOf } from './shortcuts.js'

/** So many requests that are not ours are looked at. */
const mostLooks = 100

/** So many functions of an app. */
const mostFunctions = 1_000

// express-session, cookie-session, koa-session and koa-generic-session, by the names of their functions.
const sessionNames = /^_?(?:cookie|client|koa)?session(?:middleware)?$/i

/** Where the app's session middleware stands: `settled` when that is of no more interest. */
type Order = 'unknown' | 'behind' | 'settled'

export class SessionOrder {
  readonly #middleware: unknown
  #order: Order = 'unknown'
  #hasReadApp = false
  #looks = mostLooks

  constructor(middleware: unknown) {
    this.#middleware = middleware
  }

  /** A request is passed on to what stands behind us. */
  passedOn(request: object, response: { once?(event: 'close', listener: () => void): unknown }): void {
    if (this.#order !== 'unknown' || this.#looks === 0) return
    if ('session' in request) {
      this.#order = 'settled'
      return
    }
    this.#looks--
    // A response of a test's own may be no emitter.
    response.once?.('close', () => {
      if (this.#order === 'unknown' && 'session' in request) this.#order = 'behind'
    })
  }

  /**
   * A request that a client begins with. It warns when its session is read, and is left as it is afterwards.
   */
  begins(request: object): void {
    if (this.#order === 'settled') return
    if ('session' in request) {
      this.#order = 'settled'
      return
    }
    this.#read(() => functionsIn(stackOf(Reflect.get(request, 'app'))))
    if (this.#order === 'behind') this.#watch(request, 'this.request.session is undefined')
  }

  /** The same under Koa, where koa-session has made `ctx.session` wherever it stands: a new and empty one. */
  beginsWithContext(ctx: { readonly app: object }): void {
    if (this.#order === 'settled') return
    if (Object.hasOwn(ctx, 'session') || isKeptInCookie(ctx)) {
      this.#order = 'settled'
      return
    }
    this.#read(() => functionsIn(Reflect.get(ctx.app, 'middleware')))
    if (this.#order === 'behind') this.#watch(ctx, `this.ctx.session is ${'session' in ctx ? 'empty' : 'undefined'}`)
  }

  #read(functions: () => Iterable<object>): void {
    if (this.#hasReadApp) return
    this.#hasReadApp = true
    let isBehind = false
    for (const found of functions()) {
      if (found === this.#middleware) isBehind = true
      else if (isBehind && sessionNames.test(String(Reflect.get(found, 'name')))) {
        this.#order = 'behind'
        return
      }
    }
  }

  #watch(holder: object, what: string): void {
    Object.defineProperty(holder, 'session', {
      configurable: true,
      get: () => {
        Reflect.deleteProperty(holder, 'session')
        this.#tell(what)
        return Reflect.get(holder, 'session') as unknown
      },
      set: (value: unknown) => {
        Object.defineProperty(holder, 'session', { value, configurable: true, enumerable: true, writable: true })
      },
    })
  }

  #tell(what: string): void {
    if (this.#order === 'settled') return
    this.#order = 'settled'
    logWarning(
      `${what}, as the app's session middleware is mounted behind socketioMiddleware(): ` +
        'call app.use(session({ … })) before app.use(io)',
    )
  }
}

function stackOf(app: unknown): unknown {
  try {
    const router = isHolder(app) ? routerOf(app) : undefined
    return isHolder(router) ? Reflect.get(router, 'stack') : undefined
  } catch {
    // An app that has no such router says so by throwing.
    return undefined
  }
}

/** The functions of an app in their order, those of its routers included. */
function functionsIn(stack: unknown): object[] {
  const found: object[] = []
  const collect = (list: unknown): void => {
    if (!Array.isArray(list)) return
    for (const layer of list as readonly unknown[]) {
      const handle: unknown = typeof layer === 'object' && layer !== null ? Reflect.get(layer, 'handle') : layer
      if (typeof handle !== 'function' || found.length >= mostFunctions) continue
      found.push(handle)
      collect(Reflect.get(handle, 'stack'))
    }
  }
  collect(stack)
  return found
}

// koa-session reads those wherever it stands.
function isKeptInCookie(ctx: object): boolean {
  const options: unknown = 'session' in ctx ? Reflect.get(ctx, 'sessionOptions') : undefined
  if (!isHolder(options)) return 'session' in ctx
  return Reflect.get(options, 'store') === undefined && Reflect.get(options, 'ContextStore') === undefined
}

function isHolder(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null)
}
