// Owns: an app whose session middleware is mounted behind us is told so, once, when a handler looks for its session.
// Elsewhere: sessions in front of us (express.test.ts, koa.test.ts, faces.test.ts).
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import connect from 'connect'
import express from 'express'
import session from 'express-session'
import Koa from 'koa'
import koaSession from 'koa-session'
import { BaseNamespace, SessionMixin, socketioMiddleware, type NamespaceDeclarations } from '../../../lib/index.js'
import { ask } from '../../support/engine-peer.js'
import { generations, openIn, type Generation, type Place } from '../../support/generations.js'
import { listen } from '../../support/server.js'

const express4 = createRequire(import.meta.url)('express4') as typeof express

class Looking extends BaseNamespace<{ request: express.Request; ctx: Koa.Context }> {
  on_look() {
    return typeof (this.ctx ?? this.request).session
  }
  on_pass() {
    return 'passed'
  }
}

const sessions = (): express.RequestHandler => session({ secret: 'a secret', resave: false, saveUninitialized: true })

const behind =
  "as the app's session middleware is mounted behind socketioMiddleware(): call app.use(session({ … })) before app.use(io)"
const undefinedBehind = `this.request.session is undefined, ${behind}`

type Mount = (io: ReturnType<typeof socketioMiddleware>) => http.RequestListener

async function serve(t: TestContext, mount: Mount, namespaces: NamespaceDeclarations = { '': Looking }) {
  const warn = t.mock.method(process, 'emitWarning', () => {})
  const io = socketioMiddleware(namespaces, { errorHandler: () => {} })
  const server = await listen(t, io, http.createServer(mount(io)))
  return { server, warnings: () => warn.mock.calls.map(({ arguments: [message] }) => message as unknown) }
}

async function look(t: TestContext, place: Place, generation: Generation, event = 'look'): Promise<unknown> {
  const peer = await openIn(t, place, generation)
  peer.ask(1, '', event)
  return JSON.parse((await peer.until('ack  1')).slice('ack  1 '.length)) as unknown
}

const page: express.RequestHandler = (_req, res) => {
  res.end('page')
}

const apps: Readonly<Record<string, Mount>> = {
  'Express 5': (io) => express().use(io).use(sessions()).use(page),
  'Express 4': (io) => express4().use(io).use(sessions()).use(page),
  'a router of Express': (io) => express().use('/', express.Router().use(io).use(sessions())).use(page),
  'an app with the session in a router': (io) => express().use(io).use('/', express.Router().use(sessions()), page),
}

for (const [name, mount] of Object.entries(apps)) {
  for (const generation of generations) {
    test(`${name}: a client of ${generation} finds no session that is mounted behind us, and that is told once`, async (t) => {
      const { server, warnings } = await serve(t, mount)
      assert.deepEqual(await look(t, server, generation, 'pass'), ['passed'])
      assert.deepEqual(warnings(), [])
      assert.deepEqual(await look(t, server, generation), ['undefined'])
      assert.deepEqual(warnings(), [undefinedBehind])
      assert.deepEqual(await look(t, server, generation), ['undefined'])
      assert.deepEqual(warnings(), [undefinedBehind])
    })
  }
}

// It throws for the name that Express 5 has, as Express 4 does.
const withoutRouter = (app: object): object =>
  Object.create(app, {
    _router: { value: undefined },
    router: {
      get() {
        throw new Error("'app.router' is deprecated!")
      },
    },
  }) as object

const withoutApps: Readonly<Record<string, Mount>> = {
  Connect: (io) =>
    connect()
      .use(io)
      .use(sessions() as never)
      .use(page as never),
  'node:http': (io) => (request, response) => {
    io(request, response, () => {
      sessions()(request as express.Request, response as express.Response, () => response.end('page'))
    })
  },
  'an Express that has its router by another name': (io) =>
    express4()
      .use((request, _response, next) => {
        Object.defineProperty(request, 'app', { value: withoutRouter(request.app) })
        next()
      })
      .use(io)
      .use(sessions())
      .use(page),
  // A name that a minifier has given it.
  'Express with a session of another name': (io) =>
    express()
      .use(io)
      .use((...args) => sessions()(...args))
      .use(page),
}

for (const [name, mount] of Object.entries(withoutApps)) {
  test(`${name}: a page that gets its session behind us says where that stands`, async (t) => {
    const { server, warnings } = await serve(t, mount)
    assert.deepEqual(await look(t, server, '4'), ['undefined'])
    assert.deepEqual(warnings(), [])
    assert.equal((await ask(server.url)).body, 'page')
    assert.deepEqual(await look(t, server, '0.9'), ['undefined'])
    assert.deepEqual(warnings(), [undefinedBehind])
  })
}

const silent: Readonly<Record<string, Mount>> = {
  'in front of us': (io) => express().use(sessions()).use(io).use(page),
  'in front of us and behind us': (io) => express().use(sessions()).use(io).use(sessions()).use(page),
  nowhere: (io) => express().use(io).use(page),
}

for (const [where, mount] of Object.entries(silent)) {
  test(`a session middleware that is ${where} is no reason to warn`, async (t) => {
    const { server, warnings } = await serve(t, mount)
    assert.equal((await ask(server.url)).body, 'page')
    for (const generation of generations) {
      assert.deepEqual(await look(t, server, generation), [where === 'nowhere' ? 'undefined' : 'object'])
    }
    assert.deepEqual(warnings(), [])
  })
}

test('a session that the application sets itself is the one that handlers find', async (t) => {
  class Setting extends BaseNamespace<{ request: express.Request }> {
    on_look() {
      this.request.session = { cart: 'tea' } as never
      return Object.keys(this.request).includes('session') ? this.request.session : 'hidden'
    }
  }
  const { server, warnings } = await serve(t, apps['Express 5'] as Mount, { '': Setting })
  assert.deepEqual(await look(t, server, '4'), [{ cart: 'tea' }])
  assert.deepEqual(warnings(), [])
})

test('SessionMixin refuses a client whose session stands behind us, and the warning says why', async (t) => {
  class Shop extends SessionMixin(BaseNamespace) {}
  const { server, warnings } = await serve(t, apps['Express 5'] as Mount, { '/shop': Shop })
  const peer = await openIn(t, server, '4')
  peer.connect('/shop')
  assert.equal(await peer.next(), 'refused /shop')
  assert.deepEqual(warnings(), [undefinedBehind])
})

class Store {
  readonly #sessions = new Map<string, unknown>()
  async get(key: string) {
    return this.#sessions.get(key)
  }
  async set(key: string, values: unknown) {
    this.#sessions.set(key, values)
  }
  async destroy(key: string) {
    this.#sessions.delete(key)
  }
}

function onKoa(options: object, order: 'behind' | 'in front'): Mount {
  return (io) => {
    const app = new Koa()
    app.keys = ['a secret']
    const sessionsOfKoa = koaSession(options, app)
    for (const use of order === 'behind' ? [io, sessionsOfKoa] : [sessionsOfKoa, io]) app.use(use)
    app.use((ctx) => {
      ctx.body = 'page'
    })
    const listener = app.callback()
    return (request, response) => void listener(request, response)
  }
}

test('Koa: a session in a store that is mounted behind us is empty, and that is told once', async (t) => {
  const { server, warnings } = await serve(t, onKoa({ store: new Store() }, 'behind'))
  assert.deepEqual(await look(t, server, '4'), ['object'])
  assert.deepEqual(await look(t, server, '0.9'), ['object'])
  assert.deepEqual(warnings(), [`this.ctx.session is empty, ${behind}`])
})

test('Koa: a session in a cookie is read wherever it is mounted', async (t) => {
  const { server, warnings } = await serve(t, onKoa({}, 'behind'))
  assert.deepEqual(await look(t, server, '4'), ['object'])
  assert.deepEqual(warnings(), [])
})

test('Koa: a session in front of us is no reason to warn', async (t) => {
  const { server, warnings } = await serve(t, onKoa({ store: new Store() }, 'in front'))
  assert.deepEqual(await look(t, server, '4'), ['object'])
  assert.deepEqual(warnings(), [])
})
