// Owns: SessionMixin where a client spells the cookie of its session otherwise, or has cookies beside it.
// Elsewhere: logouts in general (express.test.ts, koa.test.ts, fastify.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import cookie from '@fastify/cookie'
import fastifySession from '@fastify/session'
import type express from 'express'
import Koa from 'koa'
import koaSession from 'koa-session'
import { BaseNamespace, SessionMixin, socketioMiddleware } from '../../../lib/index.js'
import socketio from '../../../lib/fastify.js'
import { ask } from '../../support/engine-peer.js'
import { listenFastify, makeFastify } from '../../support/fastify-server.js'
import { enter, generations, openIn, type Place } from '../../support/generations.js'
import { listen } from '../../support/server.js'
import { openShop, startShop, Visitor, WatchedStore } from '../../support/session-shop.js'

interface Values {
  cart?: string
}

/** By `req.session`, or by `ctx.session` of Koa. */
class Chat extends SessionMixin(BaseNamespace<{ request: express.Request; ctx: Koa.Context | undefined }>) {
  static freshFor = 0

  on_look() {
    return ((this.ctx ?? this.request).session as Values).cart ?? null
  }

  on_add() {
    ;((this.ctx ?? this.request).session as Values).cart = 'milk'
  }
}

/** `/set` begins a session, `/logout` destroys it. */
const shops: Readonly<Record<string, (t: TestContext) => Promise<Place>>> = {
  express: (t) => startShop(t, { '/shop': Chat }, new WatchedStore()),
  koa(t) {
    const found = new Map<string, string>()
    const store = {
      get: (key: string) => JSON.parse(found.get(key) ?? 'null') as object,
      set: (key: string, values: object) => found.set(key, JSON.stringify(values)),
      destroy: (key: string) => found.delete(key),
    }
    const io = socketioMiddleware({ '/shop': Chat })
    const app = new Koa()
    app.keys = ['a secret']
    app.use(koaSession({ store } as never, app))
    app.use(io)
    app.use((ctx) => {
      if (ctx.path === '/logout') ctx.session = null
      else if (ctx.path === '/set') (ctx.session as Values).cart = 'tea'
      else ctx.body = ctx.session
      ctx.status = 200
    })
    return listen(t, io, http.createServer(app.callback()))
  },
  async fastify(t) {
    const app = makeFastify(t)
    await app.register(cookie)
    await app.register(fastifySession, { secret: 'a secret of thirty-two characters', cookie: { secure: false } })
    await app.register(socketio, { namespaces: { '/shop': Chat }, drain: 0 })
    app.get('/set', (request) => {
      Object.assign(request.session, { cart: 'tea' })
      return 'set'
    })
    app.get('/logout', (request) => request.session.destroy().then(() => 'bye'))
    app.get('/session', (request) => JSON.stringify(request.session))
    return listenFastify(app)
  },
}

const percentEncoded = (text: string): string =>
  Array.from(text, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')

const spellings: readonly (readonly [shop: string, what: string, spell: (value: string) => string])[] = [
  ['express', 'with small hexadecimal digits', (value) => value.replaceAll('%3A', '%3a')],
  ['express', 'with every letter encoded', (value) => percentEncoded(decodeURIComponent(value))],
  ['express', 'encoded in part', (value) => value.replace('s%3A', '%73:')],
  ['koa', 'in quotes', (value) => `"${value}"`],
  ['fastify', 'with every letter encoded', (value) => percentEncoded(decodeURIComponent(value))],
  ['fastify', 'with an encoded dot', (value) => decodeURIComponent(value).replace('.', '%2e')],
]

for (const generation of generations) {
  for (const [shop, what, spell] of spellings) {
    test(`a logout ends a client of ${generation} on ${shop} whose cookie is spelt ${what}`, async (t) => {
      const place = await (shops[shop] as (typeof shops)[string])(t)
      const set = (await ask(`${place.url}/set?cart=tea`)).headers['set-cookie'] ?? []
      const pairs = set.map((text) => text.slice(0, text.indexOf(';')))
      const own = { cookie: pairs.join('; ') }
      const [first = '', ...others] = pairs
      const at = first.indexOf('=') + 1
      const spelt = { cookie: [first.slice(0, at) + spell(first.slice(at)), ...others].join('; ') }
      const peer = await enter(t, place, generation, '/shop', spelt)
      peer.ask(1, '/shop', 'look')
      assert.equal(await peer.next(), 'ack /shop 1 ["tea"]')
      await ask(`${place.url}/logout`, { headers: own })
      peer.ask(2, '/shop', 'add')
      assert.deepEqual(await peer.ended(), [])
      assert.doesNotMatch((await ask(`${place.url}/session`, { headers: own })).body, /milk/)
    })
  }

  test(`a client of ${generation} whose cookies name no session has one that was never stored, which the store is asked for`, async (t) => {
    const store = new WatchedStore()
    const shop = await startShop(t, { '/shop': Chat }, store)
    const visitor = new Visitor(shop)
    visitor.cookie = 'theme=dark; connect.sid=s%3Aforged.forged'
    const peer = await visitor.enter(t, generation, '/shop')
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 [null]')
    store.takeCalls()
    peer.ask(2, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 2 [null]')
    assert.deepEqual(store.takeCalls(), ['get'])
    peer.ask(3, '/shop', 'add')
    assert.equal(await peer.next(), 'ack /shop 3 []')
    peer.ask(4, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 4 ["milk"]')
  })
}

test('a logout before the connect ends a client whose cookie is spelt otherwise', async (t) => {
  const { shop, visitor } = await openShop(t, { '/shop': Chat })
  const peer = await openIn(t, shop, '4', '', { cookie: visitor.cookie.replace('%3A', '%3a') })
  await visitor.get('/logout')
  peer.connect('/shop')
  assert.equal(await peer.next(), 'connected /shop')
  peer.ask(1, '/shop', 'add')
  assert.deepEqual(await peer.ended(), [])
})
