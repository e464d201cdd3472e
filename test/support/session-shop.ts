// Owns: a shop on Express whose sessions are kept by express-session, in a store that counts its calls and may misbehave.

// As express-session's types have it.
/* oxlint-disable typescript/no-explicit-any */
import http from 'node:http'
import type { TestContext } from 'node:test'
import express from 'express'
import session from 'express-session'
import { socketioMiddleware, type NamespaceClass, type NamespaceDeclarations, type Options } from '../../lib/index.js'
import { ask } from './engine-peer.js'
import { enter, openIn, type Generation, type NamespacePeer, type Place } from './generations.js'
import { Reports } from './reports.js'
import { listen } from './server.js'

declare module 'express-session' {
  interface SessionData {
    [name: string]: any
  }
}

type Done = (error?: unknown, answer?: any) => void
type Method = 'get' | 'set' | 'touch' | 'destroy'

/** Express-session's own store, whose calls are counted, and which a test may replace one by one. */
export class WatchedStore extends session.MemoryStore {
  /** Every call, in order. */
  readonly calls: Method[] = []
  /** What stands for a method; `usual` does what it does otherwise. */
  faults: Partial<Record<Method, (done: Done, usual: (done: Done) => void) => unknown>> = {}

  #call(method: Method, done: Done, usual: (done: Done) => void): unknown {
    this.calls.push(method)
    const fault = this.faults[method]
    return fault === undefined ? usual(done) : fault(done, usual)
  }

  override get(id: string, done: Done): any {
    return this.#call('get', done, (then) => super.get(id, then))
  }

  override set(id: string, data: any, done: Done = () => {}): any {
    // As it was when it was called.
    const now = JSON.parse(JSON.stringify(data))
    return this.#call('set', done, (then) => super.set(id, now, then))
  }

  override touch(id: string, data: any, done: Done = () => {}): any {
    return this.#call('touch', done, (then) => super.touch(id, data, then as () => void))
  }

  override destroy(id: string, done: Done = () => {}): any {
    return this.#call('destroy', done, (then) => super.destroy(id, then))
  }

  /** Calls since this was called last. */
  takeCalls(): Method[] {
    return this.calls.splice(0)
  }
}

export interface Shop extends Place {
  readonly store: session.Store
  readonly reports: Reports
  readonly requests: express.Request[]
}

/** `/set?name=value` changes the session, `/login` makes another one, `/logout` destroys it, `/session` shows it. */
export async function startShop(
  t: TestContext,
  namespaces: NamespaceDeclarations,
  store: session.Store,
  options: Options = {},
  others: Partial<session.SessionOptions> = {},
): Promise<Shop> {
  const reports = new Reports()
  const requests: express.Request[] = []
  const io = socketioMiddleware(namespaces, { errorHandler: reports.handler, ...options })
  const app = express()
  app.use(session({ secret: 'a secret', resave: false, saveUninitialized: false, ...others, store }))
  app.use('/socket.io', (req, _res, next) => {
    requests.push(req)
    next()
  })
  app.use(io)
  app.get('/set', (req, res) => {
    Object.assign(req.session, req.query)
    res.end('set')
  })
  app.get('/login', (req, res) => {
    req.session.regenerate(() => {
      req.session['user'] = 'ann'
      res.end('in')
    })
  })
  app.get('/logout', (req, res) => {
    req.session.destroy(() => {
      res.end('out')
    })
  })
  app.get('/session', (req, res) => {
    const { cookie: _, ...values } = req.session
    res.json(values)
  })
  const server = await listen(t, io, http.createServer(app), options.clock)
  return { ...server, store, reports, requests }
}

/** A browser: its cookie goes with every request, and with its clients. */
export class Visitor {
  cookie = ''
  readonly #shop: Shop

  constructor(shop: Shop) {
    this.#shop = shop
  }

  async get(path: string): Promise<string> {
    const { headers, body } = await ask(`${this.#shop.url}${path}`, { headers: this.headers })
    const [set] = headers['set-cookie'] ?? []
    if (set !== undefined) this.cookie = set.slice(0, set.indexOf(';'))
    return body
  }

  /** What is in its session. */
  async session(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.get('/session')) as Record<string, unknown>
  }

  get headers(): Record<string, string> {
    return this.cookie === '' ? {} : { cookie: this.cookie }
  }

  enter(t: TestContext, generation: Generation, endpoint: string): Promise<NamespacePeer> {
    return endpoint === ''
      ? openIn(t, this.#shop, generation, '', this.headers)
      : enter(t, this.#shop, generation, endpoint, this.headers)
  }
}

/** A shop, and a visitor whose session is in its store, with `values` in it. */
export async function openShop(
  t: TestContext,
  namespaces: Readonly<Record<string, NamespaceClass>>,
  {
    store = new WatchedStore(),
    options = {},
    values = 'cart=tea',
    session: others = {},
  }: {
    readonly store?: session.Store
    readonly options?: Options
    readonly values?: string
    readonly session?: Partial<session.SessionOptions>
  } = {},
): Promise<{ readonly shop: Shop; readonly visitor: Visitor }> {
  const shop = await startShop(t, namespaces, store, options, others)
  const visitor = new Visitor(shop)
  await visitor.get(`/set?${values}`)
  return { shop, visitor }
}
