// Owns: SessionMixin on Fastify, with @fastify/session.
// Elsewhere: the plugin (test/conformance/fastify), what is the same as with express-session (express.test.ts, turns.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { BaseNamespace, SessionMixin } from '../../../lib/index.js'
import { ask } from '../../support/engine-peer.js'
import { listenFastify, makeFastify } from '../../support/fastify-server.js'
import socketio from '../../../lib/fastify.js'
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

type Done = (error?: unknown, found?: unknown) => void

/** As stores of express-session are: it keeps JSON, and touches. */
class Store {
  readonly calls: string[] = []
  readonly sessions = new Map<string, string>()
  fault: ((done: Done) => unknown) | undefined

  get(id: string, done: Done): void {
    this.calls.push('get')
    if (this.fault !== undefined) {
      this.fault(done)
      return
    }
    const found = this.sessions.get(id)
    done(null, found === undefined ? undefined : JSON.parse(found))
  }

  set(id: string, values: object, done: Done): void {
    this.calls.push('set')
    this.sessions.set(id, JSON.stringify(values))
    done()
  }

  touch(id: string, values: object, done: Done): void {
    this.calls.push('touch')
    if (this.sessions.has(id)) {
      const { cookie: touched } = values as { cookie: object }
      this.sessions.set(
        id,
        JSON.stringify({ ...(JSON.parse(this.sessions.get(id) as string) as object), cookie: touched }),
      )
    }
    done()
  }

  destroy(id: string, done: Done): void {
    this.calls.push('destroy')
    this.sessions.delete(id)
    done()
  }

  get only(): Record<string, unknown> & { cookie: { expires: string } } {
    return JSON.parse([...this.sessions.values()].join('')) as never
  }
}

interface Values {
  cart?: string
  coupon?: string
}

const ends = new Journal<string>()

class Chat extends SessionMixin(BaseNamespace<{ request: FastifyRequest }>) {
  static freshFor = 0

  get values(): Values {
    return this.request.session as unknown as Values
  }

  on_look() {
    return this.values.cart ?? 'nothing'
  }

  on_add(article: string) {
    this.values.cart = [this.values.cart, article].filter(Boolean).join(', ')
    return this.values.cart
  }

  async on_logout() {
    await this.request.session.destroy()
    return 'bye'
  }

  on_replace() {
    Object.assign(this.request, { session: { cart: 'mine' } })
  }

  override recv_disconnect(reason: string) {
    ends.note(reason)
  }
}

interface Shop extends Place {
  readonly store: Store
  readonly reports: Reports
}

async function start(t: TestContext, register = true, others: object = {}): Promise<Shop> {
  const store = new Store()
  const reports = new Reports()
  const app: FastifyInstance = makeFastify(t)
  await app.register(cookie)
  const secret = 'a secret of thirty-two characters and more'
  if (register) {
    await app.register(session, {
      secret,
      store: store as never,
      saveUninitialized: false,
      cookie: { secure: false, maxAge: 60_000 },
      ...others,
    })
  }
  await app.register(socketio, { namespaces: { '/shop': Chat }, errorHandler: reports.handler, drain: 0 })
  app.get('/set', (request) => {
    Object.assign(request.session, request.query)
    return 'set'
  })
  app.get('/logout', (request) => request.session.destroy().then(() => 'out'))
  app.get('/session', (request) => {
    const { cart, coupon } = request.session as unknown as Values
    return { cart, coupon }
  })
  return { ...(await listenFastify(app)), store, reports }
}

class Visitor {
  cookie = ''
  readonly #shop: Shop

  constructor(shop: Shop) {
    this.#shop = shop
  }

  async get(path: string): Promise<string> {
    const { headers, body } = await ask(`${this.#shop.url}${path}`, { headers: { cookie: this.cookie } })
    const [set] = headers['set-cookie'] ?? []
    if (set !== undefined) this.cookie = set.slice(0, set.indexOf(';'))
    return body
  }

  enter(t: TestContext, generation: Generation): Promise<NamespacePeer> {
    return enter(t, this.#shop, generation, '/shop', { cookie: this.cookie })
  }
}

async function open(t: TestContext, generation: Generation, others: object = {}) {
  const shop = await start(t, true, others)
  const visitor = new Visitor(shop)
  await visitor.get('/set?cart=tea')
  const peer = await visitor.enter(t, generation)
  return { shop, store: shop.store, visitor, peer }
}

for (const generation of generations) {
  test(`a handler of ${generation} finds what a request has changed, and what it changes is stored`, async (t) => {
    const { visitor, peer } = await open(t, generation)
    await visitor.get('/set?cart=coffee&coupon=10')
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 ["coffee"]')
    peer.ask(2, '/shop', 'add', 'milk')
    assert.equal(await peer.next(), 'ack /shop 2 ["coffee, milk"]')
    assert.deepEqual(JSON.parse(await visitor.get('/session')), { cart: 'coffee, milk', coupon: '10' })
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
    const shop = await start(t)
    const peer = await new Visitor(shop).enter(t, generation)
    shop.store.calls.length = 0
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 ["nothing"]')
    assert.deepEqual(shop.store.calls, [])
    peer.ask(2, '/shop', 'add', 'milk')
    assert.equal(await peer.next(), 'ack /shop 2 ["milk"]')
    assert.deepEqual(shop.store.calls, ['set'])
    peer.ask(3, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 3 ["milk"]')
  })

  test(`a store that fails does so to the handler of ${generation} alone`, async (t) => {
    const { store, peer } = await open(t, generation)
    const faults: ((done: Done) => unknown)[] = [
      (done) => {
        done(new Error('of a store'))
      },
      () => {
        throw new Error('of a store')
      },
      (done) => {
        done(null, 'no session')
      },
    ]
    for (const fault of faults) {
      store.fault = fault
      peer.ask(1, '/shop', 'look')
      assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
    }
    store.fault = undefined
    peer.ask(2, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 2 ["tea"]')
  })

  test(`a handler of ${generation} that destroys the session answers, and ends its client`, async (t) => {
    const { store, peer } = await open(t, generation)
    peer.ask(1, '/shop', 'logout')
    assert.equal(await peer.next(), 'ack /shop 1 ["bye"]')
    assert.deepEqual(await peer.ended(), [])
    assert.equal(store.sessions.size, 0)
  })
}

test('without @fastify/session every connect is refused, and the developer is told what to mount', async (t) => {
  const shop = await start(t, false)
  const peer = await openIn(t, shop, '4')
  peer.connect('/shop')
  assert.equal(await peer.next(), 'refused /shop')
  assert.match(String(shop.reports.takeAll()[0]?.cause), /UsageError: expected a session .*@fastify\/session/)
})

test('an event without changes moves the expiry on where the store can; one that has passed is the end', async (t) => {
  const { store, peer, visitor } = await open(t, '4')
  const [id] = store.sessions.keys()
  const expires = (ms: number): string => new Date(Date.now() + ms).toJSON()
  const put = (ms: number): void => {
    store.sessions.set(
      id as string,
      JSON.stringify({ cart: 'tea', cookie: { expires: expires(ms), originalMaxAge: 60_000 } }),
    )
  }
  put(10_000)
  peer.ask(1, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 1 ["tea"]')
  assert.ok(Date.parse(store.only.cookie.expires) > Date.now() + 50_000)
  put(-1)
  peer.ask(2, '/shop', 'look')
  assert.deepEqual(await peer.ended(), [])
  assert.notEqual(visitor.cookie, '')
})

test('what is put in the place of the session fails the handler, and is not stored', async (t) => {
  const { peer, shop, visitor } = await open(t, '4')
  peer.ask(1, '/shop', 'replace')
  assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
  assert.equal(Reflect.get(shop.reports.takeAll()[0]?.cause as object, 'code'), 'SIO_USAGE_SESSION')
  assert.deepEqual(JSON.parse(await visitor.get('/session')), { cart: 'tea' })
  peer.ask(2, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 2 ["tea"]')
})

test("the plugin's own store in memory, which keeps the sessions themselves, works as well", async (t) => {
  const { peer, visitor } = await open(t, '4', { store: undefined })
  await visitor.get('/set?coupon=10')
  peer.ask(1, '/shop', 'add', 'milk')
  assert.equal(await peer.next(), 'ack /shop 1 ["tea, milk"]')
  assert.deepEqual(JSON.parse(await visitor.get('/session')), { cart: 'tea, milk', coupon: '10' })
  await visitor.get('/set?cart=coffee')
  peer.ask(2, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 2 ["coffee"]')
  await visitor.get('/logout')
  peer.ask(3, '/shop', 'look')
  assert.deepEqual(await peer.ended(), [])
})
