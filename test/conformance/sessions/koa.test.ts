// Owns: SessionMixin with koa-session: stores, keys of one's own, expiries; and sessions in cookies, which cannot be stored.
// Elsewhere: what is the same as with express-session (express.test.ts, turns.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import Koa from 'koa'
import session from 'koa-session'
import { BaseNamespace, SessionMixin, socketioMiddleware, type NamespaceClass } from '../../../lib/index.js'
import { ask } from '../../support/engine-peer.js'
import {
  enter,
  generations,
  openIn,
  type Generation,
  type NamespacePeer,
  type Place,
} from '../../support/generations.js'
import { Journal } from '../../support/journal.js'
import { Reports } from '../../support/reports.js'
import { listen } from '../../support/server.js'

type Call = 'get' | 'set' | 'destroy'

class Store {
  readonly calls: Call[] = []
  readonly sessions = new Map<string, string>()
  fault: ((call: Call) => unknown) | undefined

  async get(key: string): Promise<unknown> {
    this.calls.push('get')
    if (this.fault !== undefined) return this.fault('get')
    const found = this.sessions.get(key)
    return found === undefined ? undefined : JSON.parse(found)
  }

  async set(key: string, values: object): Promise<void> {
    this.calls.push('set')
    await this.fault?.('set')
    this.sessions.set(key, JSON.stringify(values))
  }

  async destroy(key: string): Promise<void> {
    this.calls.push('destroy')
    this.sessions.delete(key)
  }

  get only(): Record<string, unknown> {
    return JSON.parse([...this.sessions.values()].join('')) as Record<string, unknown>
  }
}

const ends = new Journal<string>()
const waits = new Journal<string>()
let goOn = (): void => {}

class Chat extends SessionMixin(BaseNamespace<{ ctx: Koa.Context }>) {
  static freshFor = 0

  on_look() {
    return (this.ctx.session?.['cart'] as string | undefined) ?? null
  }

  on_add(article: string) {
    const { session: mine } = this.ctx
    if (mine !== null) mine['cart'] = [mine['cart'], article].join(', ')
    return mine?.['cart'] as string
  }

  async on_wait() {
    const waited = new Promise<void>((resolve) => (goOn = resolve))
    waits.note('wait')
    await waited
  }

  on_logout() {
    this.ctx.session = null
    return 'bye'
  }

  override recv_disconnect(reason: string) {
    ends.note(reason)
  }
}

interface Shop extends Place {
  readonly reports: Reports
}

async function start(t: TestContext, options: object, Namespace: NamespaceClass = Chat): Promise<Shop> {
  const reports = new Reports()
  const io = socketioMiddleware({ '/shop': Namespace }, { errorHandler: reports.handler })
  const app = new Koa()
  app.keys = ['a secret']
  app.use(session(options as never, app))
  app.use(io)
  app.use((ctx) => {
    if (ctx.path === '/set') Object.assign(ctx.session as object, ctx.query)
    else if (ctx.path === '/logout') ctx.session = null
    else if (ctx.path === '/session') ctx.body = ctx.session
    ctx.status = 200
  })
  return { ...(await listen(t, io, http.createServer(app.callback()))), reports }
}

class Visitor {
  cookie = ''
  readonly #shop: Shop

  constructor(shop: Shop) {
    this.#shop = shop
  }

  async get(path: string): Promise<string> {
    const { headers, body } = await ask(`${this.#shop.url}${path}`, { headers: { cookie: this.cookie } })
    const cookies = (headers['set-cookie'] ?? []).map((cookie) => cookie.slice(0, cookie.indexOf(';')))
    if (cookies.length > 0) this.cookie = cookies.join('; ')
    return body
  }

  enter(t: TestContext, generation: Generation): Promise<NamespacePeer> {
    return enter(t, this.#shop, generation, '/shop', { cookie: this.cookie })
  }
}

async function open(t: TestContext, generation: Generation, options: object = {}) {
  const store = new Store()
  const shop = await start(t, { store, ...options })
  const visitor = new Visitor(shop)
  await visitor.get('/set?cart=tea')
  const peer = await visitor.enter(t, generation)
  return { store, shop, visitor, peer }
}

for (const generation of generations) {
  test(`a handler of ${generation} finds what a request has changed, and what it changes is stored`, async (t) => {
    const { store, visitor, peer } = await open(t, generation)
    await visitor.get('/set?cart=coffee&coupon=10')
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 ["coffee"]')
    const { _expire: before } = store.only
    peer.ask(2, '/shop', 'add', 'milk')
    assert.equal(await peer.next(), 'ack /shop 2 ["coffee, milk"]')
    const { _expire: after, _maxAge: maxAge, ...values } = store.only
    assert.deepEqual(values, { cart: 'coffee, milk', coupon: '10' })
    assert.equal(maxAge, 86_400_000)
    assert.ok((after as number) >= (before as number))
    assert.deepEqual(JSON.parse(await visitor.get('/session')), values)
  })

  test(`a logout ends a client of ${generation} at its next event, and nothing is written back`, async (t) => {
    const { store, visitor, peer, shop } = await open(t, generation)
    ends.entries.length = 0
    await visitor.get('/logout')
    peer.ask(1, '/shop', 'add', 'milk')
    assert.deepEqual(await peer.ended(), [])
    assert.deepEqual(await ends.until(1), ['session ended'])
    assert.equal(store.sessions.size, 0)
    assert.deepEqual(shop.reports.takeAll(), [])
  })

  test(`a session that was never stored is left alone, until a handler of ${generation} puts something into it`, async (t) => {
    const store = new Store()
    const peer = await new Visitor(await start(t, { store })).enter(t, generation)
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 [null]')
    assert.deepEqual(store.calls, [])
    peer.ask(2, '/shop', 'add', 'milk')
    assert.equal(await peer.next(), 'ack /shop 2 [", milk"]')
    assert.deepEqual(store.calls, ['set'])
    peer.ask(3, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 3 [", milk"]')
  })

  test(`a store that fails does so to the handler of ${generation} alone`, async (t) => {
    const { store, peer } = await open(t, generation)
    for (const fault of [
      () => Promise.reject(new Error('of a store')),
      () => {
        throw new Error('of a store')
      },
      () => 'no session',
      () => 42,
    ]) {
      store.fault = fault
      peer.ask(1, '/shop', 'look')
      assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
    }
    store.fault = undefined
    peer.ask(2, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 2 ["tea"]')
  })

  test(`a handler of ${generation} that removes the session destroys it, answers, and ends its client`, async (t) => {
    const { store, peer } = await open(t, generation)
    peer.ask(1, '/shop', 'logout')
    assert.equal(await peer.next(), 'ack /shop 1 ["bye"]')
    assert.deepEqual(await peer.ended(), [])
    assert.equal(store.sessions.size, 0)
  })

  test(`sessions in cookies refuse every connect of ${generation}, and say why once`, async (t) => {
    const shop = await start(t, {})
    for (let round = 0; round < 2; round++) {
      const peer = await openIn(t, shop, generation)
      peer.connect('/shop')
      assert.equal(await peer.next(), 'refused /shop')
    }
    const [report, ...others] = shop.reports.takeAll()
    assert.match(String(report?.cause), /UsageError: .*kept in the client's cookie; give koa-session a store/)
    assert.deepEqual(others, [])
  })
}

test('a session that has expired in its store, or is not valid any more, has gone', async (t) => {
  const validity = { isValid: true }
  const first = await open(t, '4')
  const [key] = first.store.sessions.keys()
  first.store.sessions.set(key as string, JSON.stringify({ cart: 'tea', _expire: Date.now() - 1, _maxAge: 1_000 }))
  first.peer.ask(1, '/shop', 'look')
  assert.deepEqual(await first.peer.ended(), [])
  const second = await open(t, '4', { valid: () => validity.isValid })
  validity.isValid = false
  second.peer.ask(1, '/shop', 'look')
  assert.deepEqual(await second.peer.ended(), [])
})

test('an event moves the expiry on where koa-session is told to: rolling, or renew past the half', async (t) => {
  const plain = await open(t, '4')
  const rolling = await open(t, '4', { rolling: true })
  const renewed = await open(t, '4', { renew: true, maxAge: 10_000 })
  const [key] = renewed.store.sessions.keys()
  const nearly = { cart: 'tea', _expire: Date.now() + 4_000, _maxAge: 10_000 }
  for (const { store, peer } of [plain, rolling, renewed]) {
    store.calls.length = 0
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 ["tea"]')
  }
  assert.deepEqual(
    [plain.store.calls, rolling.store.calls, renewed.store.calls],
    [['get'], ['get', 'get', 'set'], ['get']],
  )
  renewed.store.sessions.set(key as string, JSON.stringify(nearly))
  renewed.peer.ask(2, '/shop', 'look')
  await renewed.peer.next()
  assert.deepEqual(renewed.store.calls, ['get', 'get', 'get', 'set'])
  assert.ok((renewed.store.only['_expire'] as number) > Date.now() + 8_000)
})

for (const [how, options] of Object.entries({ rolling: { rolling: true }, renew: { renew: true, maxAge: 10_000 } })) {
  for (const path of ['/set?coupon=10', '/logout']) {
    test(`what ${path} does while a handler runs stays, where ${how} moves the expiry on`, async (t) => {
      const { store, visitor, shop, peer } = await open(t, '4', options)
      const [[key = '', values = ''] = []] = store.sessions
      const nearly = { ...(JSON.parse(values) as object), _expire: Date.now() + 4_000 }
      store.sessions.set(key, JSON.stringify(nearly))
      peer.ask(1, '/shop', 'wait')
      await waits.until(1)
      waits.entries.length = 0
      await visitor.get(path)
      goOn()
      if (path === '/logout') {
        assert.deepEqual(await peer.ended(), [])
        assert.equal(store.sessions.size, 0)
      } else {
        assert.equal(await peer.next(), 'ack /shop 1 []')
        const { _expire: expire, _maxAge: _, ...stored } = store.only
        assert.deepEqual(stored, { cart: 'tea', coupon: '10' })
        assert.ok((expire as number) > Date.now() + 8_000)
      }
      assert.deepEqual(shop.reports.takeAll(), [])
    })
  }
}

test('a store of each context, and a key that is no cookie', async (t) => {
  const store = new Store()
  class ContextStore {
    get(key: string) {
      return store.get(key)
    }

    set(key: string, values: object) {
      return store.set(key, values)
    }

    destroy(key: string) {
      return store.destroy(key)
    }
  }
  store.sessions.set('mine', JSON.stringify({ cart: 'tea', _expire: Date.now() + 10_000, _maxAge: 10_000 }))
  const externalKey = { get: (ctx: Koa.Context) => ctx.get('x-session'), set: () => {} }
  const shop = await start(t, { ContextStore, externalKey })
  const peer = await enter(t, shop, '4', '/shop', { 'x-session': 'mine' })
  peer.ask(1, '/shop', 'add', 'milk')
  assert.equal(await peer.next(), 'ack /shop 1 ["tea, milk"]')
  assert.equal(store.only['cart'], 'tea, milk')
  await store.destroy('mine')
  peer.ask(2, '/shop', 'look')
  assert.deepEqual(await peer.ended(), [])
})
