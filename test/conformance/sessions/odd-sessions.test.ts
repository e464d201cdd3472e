// Owns: what else may be in a session, be done with it, or stand in its place.
// Elsewhere: stores that misbehave (stores.test.ts), the usual (express.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import express from 'express'
import { BaseNamespace, SessionMixin, socketioMiddleware } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { enter, generations, openIn } from '../../support/generations.js'
import { Journal } from '../../support/journal.js'
import { Reports } from '../../support/reports.js'
import { schema } from '../../support/schemas.js'
import { listen } from '../../support/server.js'
import { openShop, startShop, Visitor, WatchedStore } from '../../support/session-shop.js'

class Base extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  static freshFor = 0

  on_look() {
    const { cookie: _, ...values } = this.request.session
    return values
  }
}

const odd: Readonly<Record<string, () => unknown>> = {
  'a circle': () => {
    const circle: unknown[] = []
    circle.push(circle)
    return circle
  },
  'a BigInt': () => 10n,
  'a toJSON() that throws': () => ({
    toJSON() {
      throw new Error('of toJSON')
    },
  }),
}

for (const [what, make] of Object.entries(odd)) {
  for (const stored of [true, false]) {
    test(`${what} in a session that is ${stored ? '' : 'not '}stored fails the handler, and is not left in it`, async (t) => {
      class Chat extends Base {
        on_put() {
          this.request.session['good'] = 1
          this.request.session['odd'] = make()
        }

        on_good() {
          this.request.session['good'] = 2
        }
      }
      const store = new WatchedStore()
      const shop = await startShop(t, { '/shop': Chat }, store)
      const visitor = new Visitor(shop)
      if (stored) await visitor.get('/set?cart=tea')
      const peer = await visitor.enter(t, '4', '/shop')
      store.takeCalls()
      peer.ask(1, '/shop', 'put')
      assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
      assert.equal(store.takeCalls().includes('set'), false)
      assert.equal(Reflect.get(shop.reports.takeAll()[0]?.cause as object, 'code'), 'SIO_USAGE_SESSION')
      peer.ask(2, '/shop', 'good')
      assert.equal(await peer.next(), 'ack /shop 2 []')
      peer.ask(3, '/shop', 'look')
      assert.equal(
        await peer.next(),
        `ack /shop 3 [${JSON.stringify({ ...(stored ? { cart: 'tea' } : {}), good: 2 })}]`,
      )
    })
  }
}

test('a getter that throws fails the handler that has made it, and is not left in the session', async (t) => {
  class Chat extends Base {
    static override freshFor = 10_000

    on_put() {
      const get = (): never => {
        throw new Error('of a getter')
      }
      Object.defineProperty(this.request.session, 'odd', { enumerable: true, configurable: true, get })
    }
  }
  const { visitor, shop } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  // The second finds a fresh session, and waits for nothing.
  for (const id of [1, 2]) {
    peer.ask(id, '/shop', 'look')
    assert.equal(await peer.next(), `ack /shop ${id} [{"cart":"tea"}]`)
    peer.ask(id, '/shop', 'put')
    assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
    assert.equal(Reflect.get(shop.reports.takeAll()[0]?.cause as object, 'code'), 'SIO_USAGE_SESSION')
  }
  peer.ask(3, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 3 [{"cart":"tea"}]')
})

for (const [what, spoil] of Object.entries({
  'is frozen': (session: object) => Object.freeze(session),
  'is sealed': (session: object) => Object.seal(session),
  'has a getter that throws and cannot be removed': (session: object) =>
    Object.defineProperty(session, 'odd', {
      enumerable: true,
      get() {
        throw new Error('of a getter')
      },
    }),
})) {
  test(`a session that ${what} fails the handler, and its client ends`, async (t) => {
    class Chat extends Base {
      on_spoil() {
        spoil(this.request.session)
      }
    }
    for (const freshFor of [0, 10_000]) {
      class Each extends Chat {
        static override freshFor = freshFor
      }
      const { visitor, shop } = await openShop(t, { '/shop': Each })
      const peer = await visitor.enter(t, '4', '/shop')
      peer.ask(1, '/shop', 'look')
      assert.equal(await peer.next(), 'ack /shop 1 [{"cart":"tea"}]')
      peer.ask(2, '/shop', 'spoil')
      assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
      assert.deepEqual(await peer.ended(), [])
      assert.equal(Reflect.get(shop.reports.takeAll()[0]?.cause as object, 'code'), 'SIO_USAGE_SESSION')
      assert.deepEqual(await visitor.session(), { cart: 'tea' })
    }
  })
}

test('values of any JSON come and go, and those that are no JSON by themselves are as in the store', async (t) => {
  class Chat extends Base {
    on_put() {
      const { session } = this.request
      session['date'] = new Date(0)
      session['none'] = undefined
      session['run'] = () => 1
      session['list'] = [1, { two: null }]
    }

    on_change() {
      const list = this.request.session['list'] as unknown[]
      list.push('three')
    }
  }
  const { visitor } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  const date = '1970-01-01T00:00:00.000Z'
  peer.ask(1, '/shop', 'put')
  await peer.next()
  assert.deepEqual(await visitor.session(), { cart: 'tea', date, list: [1, { two: null }] })
  peer.ask(2, '/shop', 'change')
  await peer.next()
  assert.deepEqual(await visitor.session(), { cart: 'tea', date, list: [1, { two: null }, 'three'] })
  await visitor.get('/set?date=today')
  peer.ask(3, '/shop', 'look')
  assert.match(await peer.next(), /"date":"today"/)
})

test('a name that would change the prototype does not', async (t) => {
  class Chat extends Base {
    on_polluted() {
      return [Reflect.get(this.request.session, 'admin') === true, Reflect.get({}, 'admin') === true]
    }
  }
  const { visitor, shop } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  const id = shop.requests[0]?.sessionID as string
  const found = JSON.parse('{"cookie":{},"cart":"tea","__proto__":{"admin":true}}') as object
  const store = shop.store as WatchedStore
  store.faults = {
    get: (done) => {
      done(null, found)
    },
  }
  peer.ask(1, '/shop', 'polluted')
  assert.equal(await peer.next(), 'ack /shop 1 [false,false]')
  assert.equal(typeof id, 'string')
})

test('a handler that makes another session goes on with that, stored under its own id', async (t) => {
  class Chat extends Base {
    on_again() {
      return new Promise((resolve) => {
        this.request.session.regenerate(() => {
          this.request.session['user'] = 'ann'
          resolve(this.request.sessionID)
        })
      })
    }
  }
  const { visitor, shop } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  const before = shop.requests[0]?.sessionID
  peer.ask(1, '/shop', 'again')
  const id = /"(.+)"/.exec(await peer.next())?.[1] as string
  assert.notEqual(id, before)
  peer.ask(2, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 2 [{"user":"ann"}]')
  const ids = await new Promise((resolve) => {
    ;(shop.store as WatchedStore).all((_error: unknown, all: unknown) => {
      resolve(Object.keys(all as object))
    })
  })
  assert.deepEqual(ids, [id])
})

test('what is put in the place of the session fails the handler, and is not stored', async (t) => {
  class Chat extends Base {
    on_replace() {
      Object.assign(this.request, { session: { cart: 'mine' } })
    }
  }
  const { visitor, shop } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  peer.ask(1, '/shop', 'replace')
  assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
  assert.equal(Reflect.get(shop.reports.takeAll()[0]?.cause as object, 'code'), 'SIO_USAGE_SESSION')
  assert.deepEqual(await visitor.session(), { cart: 'tea' })
  peer.ask(2, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 2 [{"cart":"tea"}]')
})

test('a store of files says ENOENT where it has none, and one without touch() has nothing to move on', async (t) => {
  class Chat extends Base {}
  const store = new WatchedStore()
  Object.defineProperty(store, 'touch', { value: undefined })
  const { visitor } = await openShop(t, { '/shop': Chat }, { store })
  const peer = await visitor.enter(t, '4', '/shop')
  peer.ask(1, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 1 [{"cart":"tea"}]')
  store.faults = {
    get: (done) => {
      done(Object.assign(new Error('no such file'), { code: 'ENOENT' }))
    },
  }
  peer.ask(2, '/shop', 'look')
  assert.deepEqual(await peer.ended(), [])
})

test('the access list comes first, then schemas, then the session: what they refuse asks no store', async (t) => {
  class Chat extends Base {
    static schemas = { say: [schema((value) => (typeof value === 'string' ? { value } : { issues: [] }))] }

    override getInitialAcl() {
      return ['recv_connect', 'on_say', 'recv_message']
    }

    on_say(text: string) {
      return [this.request.session['cart'] as string, text]
    }

    override recv_message(text: string) {
      this.request.session['said'] = text
      this.emit('noted')
    }
  }
  const store = new WatchedStore()
  const { visitor } = await openShop(t, { '/shop': Chat }, { store })
  for (const generation of generations) {
    const peer = await visitor.enter(t, generation, '/shop')
    store.takeCalls()
    peer.emit('/shop', 'look')
    assert.match(await peer.next(), /method_access_denied/)
    peer.emit('/shop', 'nothing')
    assert.match(await peer.next(), /method_access_denied/)
    peer.emit('/shop', 'say', 42)
    assert.match(await peer.next(), /invalid_arguments/)
    assert.deepEqual(store.takeCalls(), [])
    peer.ask(1, '/shop', 'say', 'hi')
    assert.equal(await peer.next(), 'ack /shop 1 ["tea","hi"]')
    peer.send(generation === '0.9' ? `3::/shop:${generation}` : `42/shop,["message","${generation}"]`)
    assert.equal(await peer.next(), 'event /shop noted []')
    await peer.settled()
    assert.equal((await visitor.session())['said'], generation)
  }
})

test('a client that goes while its handler runs has its changes stored; what waits for a turn then is not called', async (t) => {
  const steps = new Journal<string>()
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  class Chat extends Base {
    async on_slow() {
      steps.note('slow')
      this.request.session['cart'] = 'milk'
      await opened
      steps.note('done')
    }

    override recv_disconnect(reason: string) {
      steps.note(reason)
    }
  }
  const { visitor, shop } = await openShop(t, { '/a': Chat, '/b': Chat })
  const peer = await visitor.enter(t, '4', '/a')
  await peer.enter('/b')
  peer.emit('/a', 'slow')
  peer.emit('/b', 'slow')
  await steps.until(1)
  peer.close()
  await steps.until(3)
  open()
  await steps.until(4)
  for (let turns = 0; turns < 10; turns++) await turn()
  assert.deepEqual(await visitor.session(), { cart: 'milk' })
  assert.deepEqual(steps.entries, ['slow', 'transport close', 'transport close', 'done'])
  assert.deepEqual(shop.reports.takeAll(), [])
})

test('each class has its own freshFor, and what is none is refused at mount', async (t) => {
  class Fresh extends Base {}
  class Stale extends Base {
    static override freshFor = Infinity
  }
  const store = new WatchedStore()
  const { visitor } = await openShop(t, { '/fresh': Fresh, '/stale': Stale }, { store })
  const peer = await visitor.enter(t, '4', '/stale')
  await peer.enter('/fresh')
  store.takeCalls()
  for (const [endpoint, calls] of [
    ['/stale', ['get']],
    ['/stale', []],
    ['/fresh', ['get', 'touch']],
    ['/stale', []],
    ['/fresh', ['get', 'touch']],
  ] as const) {
    peer.ask(1, endpoint, 'look')
    await peer.next()
    assert.deepEqual(store.takeCalls(), calls)
  }
  for (const freshFor of [-1, Number.NaN, '1000', {}, true]) {
    class Wrong extends SessionMixin(BaseNamespace) {}
    Object.assign(Wrong, { freshFor })
    assert.throws(() => socketioMiddleware({ '/wrong': Wrong }), /expected static freshFor of Wrong to be 0 or more/)
  }
})

test('a session without a store that is known, of cookie-session for example, refuses every connect and says why', async (t) => {
  class Chat extends Base {}
  for (const generation of generations) {
    const reports = new Reports()
    const io = socketioMiddleware(
      { '/shop': Chat },
      {
        errorHandler: reports.handler,
      },
    )
    const app = express().use((req, _res, next) => {
      Object.assign(req, { session: { cart: 'tea' } })
      next()
    }, io)
    const server = await listen(t, io, http.createServer(app))
    const peer = await openIn(t, server, generation)
    peer.connect('/shop')
    assert.equal(await peer.next(), 'refused /shop')
    assert.match(String(reports.takeAll()[0]?.cause), /req\.session has no store that is known; use express-session/)
  }
})

test('the server closes while a store does not answer', async (t) => {
  const clock = new FakeClock()
  class Chat extends Base {}
  const store = new WatchedStore()
  const { visitor } = await openShop(t, { '/shop': Chat }, { store, options: { clock } })
  const peer = await visitor.enter(t, '4', '/shop')
  store.faults = { get: () => {} }
  peer.emit('/shop', 'look')
  assert.deepEqual(await peer.settled(), [])
})

test('a class without it asks no store and has no session to wait for', async (t) => {
  class Chat extends BaseNamespace<{ request: express.Request }> {
    on_look() {
      return this.request.session['cart'] as string
    }
  }
  const store = new WatchedStore()
  const { visitor, shop } = await openShop(t, { '/shop': Chat }, { store })
  const peer = await enter(t, shop, '4', '/shop', visitor.headers)
  await visitor.get('/set?cart=coffee')
  store.takeCalls()
  peer.ask(1, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 1 ["tea"]')
  assert.deepEqual(store.takeCalls(), [])
})
