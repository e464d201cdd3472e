// Owns: a shop on Express whose sessions are kept by express-session, in a store that counts its calls and may misbehave.

// As express-session's types have it.
/* oxlint-disable typescript/no-explicit-any */
import { createRequire } from 'node:module'
import http from 'node:http'
import type { TestContext } from 'node:test'
import connect from 'connect'
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

type Middleware = (req: express.Request, res: http.ServerResponse, next: (error?: unknown) => void) => void

/** What an app is made with. */
export const shopFaces = ['express', 'express4', 'connect', 'node'] as const
export type ShopFace = (typeof shopFaces)[number]

interface App {
  use(middleware: Middleware): unknown
}

function withAll(app: App & http.RequestListener, middlewares: readonly Middleware[]): http.RequestListener {
  for (const middleware of middlewares) app.use(middleware)
  return app
}

function inNode(middlewares: readonly Middleware[]): http.RequestListener {
  return (req, res) => {
    const go = (index: number): void => {
      middlewares[index]?.(req as express.Request, res, (error) => {
        if (error === undefined) go(index + 1)
        else res.writeHead(500).end()
      })
    }
    go(0)
  }
}

// It has no types of its own here; what is used of it is the same.
const express4 = createRequire(import.meta.url)('express4') as typeof express

const apps: Readonly<Record<ShopFace, (middlewares: readonly Middleware[]) => http.RequestListener>> = {
  express: (middlewares) => withAll(express() as never, middlewares),
  express4: (middlewares) => withAll(express4() as never, middlewares),
  connect: (middlewares) => withAll(connect() as never, middlewares),
  node: inNode,
}

// `/set?name=value` changes the session, `/login` makes another one, `/logout` destroys it, `/session` shows it.
const routes: Middleware = (req, res) => {
  const { pathname, searchParams } = new URL(req.url, 'http://localhost')
  const done = (): void => {
    if (pathname === '/login') req.session['user'] = 'ann'
    res.end()
  }
  if (pathname === '/login') req.session.regenerate(done)
  else if (pathname === '/logout') req.session.destroy(done)
  else if (pathname === '/session') res.end(JSON.stringify(Object.assign({}, req.session, { cookie: undefined })))
  else {
    Object.assign(req.session, Object.fromEntries(searchParams))
    done()
  }
}

export async function startShop(
  t: TestContext,
  namespaces: NamespaceDeclarations,
  store: session.Store,
  options: Options = {},
  others: Partial<session.SessionOptions> = {},
  face: ShopFace = 'express',
): Promise<Shop> {
  const reports = new Reports()
  const requests: express.Request[] = []
  const io = socketioMiddleware(namespaces, { errorHandler: reports.handler, ...options })
  const note: Middleware = (req, _res, next) => {
    if (req.url.startsWith('/socket.io')) requests.push(req)
    next()
  }
  const sessions = session({ secret: 'a secret', resave: false, saveUninitialized: false, ...others, store })
  const app = apps[face]([sessions as unknown as Middleware, note, io, routes])
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
