// Owns: SessionMixin with express-session: what handlers find in the session, what of it is stored, and what ends with it.
// Elsewhere: stores that misbehave (stores.test.ts), turns of several handlers (turns.test.ts), koa-session (koa.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type express from 'express'
import { BaseNamespace, SessionMixin } from '../../../lib/index.js'
import { generations } from '../../support/generations.js'
import { Journal, within } from '../../support/journal.js'
import { openShop, startShop, Visitor, WatchedStore } from '../../support/session-shop.js'

class Base extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  static freshFor = 0
}

for (const generation of generations) {
  test(`a handler of ${generation} finds what a request has changed, and what it changes is stored`, async (t) => {
    class Chat extends Base {
      on_look() {
        return this.request.session['cart'] as string
      }

      on_add(article: string) {
        this.request.session['cart'] += `, ${article}`
      }

      async on_later(article: string) {
        await Promise.resolve()
        this.request.session['cart'] += `, ${article}`
        return 'done'
      }

      on_clear() {
        delete this.request.session['cart']
      }
    }
    const { visitor } = await openShop(t, { '/shop': Chat })
    const peer = await visitor.enter(t, generation, '/shop')
    await visitor.get('/set?cart=coffee')
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 ["coffee"]')
    peer.ask(2, '/shop', 'add', 'milk')
    assert.equal(await peer.next(), 'ack /shop 2 []')
    assert.deepEqual(await visitor.session(), { cart: 'coffee, milk' })
    peer.ask(3, '/shop', 'later', 'sugar')
    assert.equal(await peer.next(), 'ack /shop 3 ["done"]')
    assert.deepEqual(await visitor.session(), { cart: 'coffee, milk, sugar' })
    peer.ask(4, '/shop', 'clear')
    assert.equal(await peer.next(), 'ack /shop 4 []')
    assert.deepEqual(await visitor.session(), {})
  })

  test(`a logout ends the namespaces of a client of ${generation} at its next event, and nothing is written back`, async (t) => {
    const ends = new Journal<string>()
    const handled = new Journal<string>()
    class Chat extends Base {
      on_add(article: string) {
        handled.note(article)
        this.request.session['cart'] = article
      }

      override recv_disconnect(reason: string) {
        ends.note(`${this.nsName}: ${reason}`)
      }
    }
    class Other extends BaseNamespace {
      override recv_disconnect(reason: string) {
        ends.note(`${this.nsName}: ${reason}`)
      }
    }
    const store = new WatchedStore()
    const { visitor, shop } = await openShop(t, { '/shop': Chat, '/other': Other }, { store })
    const peer = await visitor.enter(t, generation, '/shop')
    await peer.enter('/other')
    await visitor.get('/logout')
    peer.ask(1, '/shop', 'add', 'milk')
    peer.ask(2, '/shop', 'add', 'sugar')
    assert.deepEqual(await peer.ended(), [])
    assert.deepEqual((await ends.until(2)).toSorted(), ['/other: session ended', '/shop: session ended'])
    assert.deepEqual(handled.entries, [])
    assert.deepEqual(store.takeCalls().at(-1), 'get')
    assert.deepEqual(shop.reports.takeAll(), [])
    const stored = await new Promise((resolve) => {
      store.all?.((_error: unknown, all: unknown) => {
        resolve(all)
      })
    })
    assert.deepEqual(Object.keys(stored as object), [])
  })

  test(`a client of ${generation} that logs in by another session can come back, with that session`, async (t) => {
    class Chat extends Base {
      on_whoami() {
        return this.request.session['user'] ?? 'nobody'
      }
    }
    const { visitor } = await openShop(t, { '/shop': Chat })
    const peer = await visitor.enter(t, generation, '/shop')
    peer.ask(1, '/shop', 'whoami')
    assert.equal(await peer.next(), 'ack /shop 1 ["nobody"]')
    await visitor.get('/login')
    peer.ask(2, '/shop', 'whoami')
    // Not told to leave: its library comes back by itself.
    assert.deepEqual(await peer.ended(), [])
    const again = await visitor.enter(t, generation, '/shop')
    again.ask(1, '/shop', 'whoami')
    assert.equal(await again.next(), 'ack /shop 1 ["ann"]')
  })
}

test('a session is read once in freshFor, and touched once in it, where handlers change nothing', async (t) => {
  class Chat extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
    static freshFor = 60_000

    on_look() {
      return this.request.session['cart'] as string
    }
  }
  const store = new WatchedStore()
  const { visitor } = await openShop(t, { '/shop': Chat }, { store })
  const peer = await visitor.enter(t, '4', '/shop')
  store.takeCalls()
  for (let id = 0; id < 5; id++) {
    peer.ask(id, '/shop', 'look')
    assert.equal(await peer.next(), `ack /shop ${id} ["tea"]`)
  }
  assert.deepEqual(store.takeCalls(), ['get'])
})

test('a session that is anonymous and was never stored is left alone, until a handler puts something into it', async (t) => {
  class Chat extends Base {
    on_look() {
      return Object.keys(this.request.session).filter((name) => name !== 'cookie')
    }

    on_add() {
      this.request.session['cart'] = 'tea'
    }
  }
  const store = new WatchedStore()
  const shop = await startShop(t, { '/shop': Chat }, store)
  for (const generation of generations) {
    const peer = await new Visitor(shop).enter(t, generation, '/shop')
    store.takeCalls()
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 []')
    assert.deepEqual(store.takeCalls(), [])
    peer.ask(2, '/shop', 'add')
    assert.equal(await peer.next(), 'ack /shop 2 []')
    assert.deepEqual(store.takeCalls(), ['set'])
    peer.ask(3, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 3 ["cart"]')
  }
})

test('without a session middleware every connect is refused, and the developer is told what to mount', async (t) => {
  class Chat extends Base {}
  const shop = await startShop(t, { '/shop': Chat }, new WatchedStore(), {}, { cookie: { path: '/elsewhere' } })
  for (const generation of generations) {
    const peer = await new Visitor(shop).enter(t, generation, '')
    peer.connect('/shop')
    assert.equal(await peer.next(), 'refused /shop')
  }
  const [report, ...others] = shop.reports.takeAll()
  assert.match(String(report?.cause), /UsageError: expected a session .*express-session/)
  assert.deepEqual(others, [])
})

test('a handler that fails has its changes stored, as those of a request are', async (t) => {
  class Chat extends Base {
    on_fail() {
      this.request.session['failures'] = 1
      throw new Error('of a handler')
    }
  }
  const { visitor, shop } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  peer.emit('/shop', 'fail')
  assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
  assert.deepEqual(await visitor.session(), { cart: 'tea', failures: 1 })
  const [report] = await within('a report', Promise.resolve(shop.reports.takeAll()))
  assert.equal(String(report?.cause), 'Error: of a handler')
})
