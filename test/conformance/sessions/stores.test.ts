// Owns: session stores that are slow, down or wrong: the handler fails, its client stays, and so do order and data.
// Elsewhere: what happens where the store works (express.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type express from 'express'
import { BaseNamespace, SessionMixin } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { generations, type Generation, type NamespacePeer } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { openShop, WatchedStore, type Shop, type Visitor } from '../../support/session-shop.js'

class Chat extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  static freshFor = 0
  static ackErrors = true

  on_look() {
    return this.request.session['cart'] as string
  }

  on_add(article: string) {
    this.request.session['cart'] += `, ${article}`
    return this.request.session['cart'] as string
  }
}

const failed = (event: string): string =>
  JSON.stringify([{ error: { name: 'handler_failed', message: `The method "on_${event}" failed` } }])

interface Opened {
  readonly shop: Shop
  readonly visitor: Visitor
  readonly peer: NamespacePeer
  readonly store: WatchedStore
}

async function open(t: TestContext, generation: Generation, clock?: FakeClock): Promise<Opened> {
  const store = new WatchedStore()
  const options = clock === undefined ? {} : { clock }
  const { shop, visitor } = await openShop(t, { '/shop': Chat }, { store, options })
  const peer = await visitor.enter(t, generation, '/shop')
  return { shop, visitor, peer, store }
}

type Fault = NonNullable<WatchedStore['faults']['get']>

const wrong: Readonly<Record<string, Fault>> = {
  'answers an error': (done) => {
    done(new Error('of a store'))
  },
  'answers an error without a message': (done) => {
    done({})
  },
  throws: () => {
    throw new Error('of a store')
  },
  rejects: () => Promise.reject(new Error('of a store')),
  'answers an error, and then all is well': (done, usual) => {
    done(new Error('of a store'))
    usual(done)
  },
}

const shapeless: Readonly<Record<string, Fault>> = {
  'answers a text': (done) => {
    done(null, 'cart')
  },
  'answers a list': (done) => {
    done(null, [])
  },
  'answers an object without a cookie': (done) => {
    done(null, { cart: 'tea' })
  },
  'answers a promise': (done) => {
    done(null, Promise.resolve({}))
  },
}

for (const generation of generations) {
  for (const method of ['get', 'set'] as const) {
    for (const [what, fault] of Object.entries(method === 'get' ? { ...wrong, ...shapeless } : wrong)) {
      test(`a store whose ${method} ${what} fails the handler of ${generation}, and no more`, async (t) => {
        const { shop, visitor, peer, store } = await open(t, generation)
        store.faults = { [method]: fault }
        const event = method === 'get' ? 'look' : 'add'
        peer.ask(1, '/shop', event, 'milk')
        assert.equal(await peer.next(), `ack /shop 1 ${failed(event)}`)
        assert.match(await peer.next(), /^event \/shop error \["handler_failed"/)
        store.faults = {}
        peer.ask(2, '/shop', 'look')
        peer.ask(3, '/shop', 'add', 'sugar')
        const kept = what.endsWith('all is well') && method === 'set' ? 'tea, milk' : 'tea'
        assert.deepEqual(await peer.take(2), [`ack /shop 2 ["${kept}"]`, `ack /shop 3 ["${kept}, sugar"]`])
        assert.deepEqual(await visitor.session(), { cart: `${kept}, sugar` })
        assert.equal(shop.reports.takeAll().length, 1)
      })
    }
  }

  test(`a store that answers twice has answered once for ${generation}`, async (t) => {
    const { visitor, peer, store } = await open(t, generation)
    const twice: Fault = (done, usual) => {
      usual((...answer) => {
        done(...answer)
        done(null, null)
        done(new Error('again'))
      })
    }
    store.faults = { get: twice, set: twice, touch: twice }
    peer.ask(1, '/shop', 'add', 'milk')
    peer.ask(2, '/shop', 'look')
    assert.deepEqual(await peer.take(2), ['ack /shop 1 ["tea, milk"]', 'ack /shop 2 ["tea, milk"]'])
    store.faults = {}
    assert.deepEqual(await visitor.session(), { cart: 'tea, milk' })
  })

  for (const method of ['get', 'set', 'touch'] as const) {
    test(`a store whose ${method} never answers fails the handler of ${generation} after sessionTimeout, and a late answer changes nothing`, async (t) => {
      const clock = new FakeClock()
      const { visitor, peer, store } = await open(t, generation, clock)
      let late: (() => void) | undefined
      const asked = new Promise<void>((resolve) => {
        store.faults = {
          [method]: ((done, usual) => {
            late = () => {
              usual(done)
            }
            resolve()
          }) satisfies Fault,
        }
      })
      const event = method === 'set' ? 'add' : 'look'
      peer.ask(1, '/shop', event, 'milk')
      peer.ask(2, '/shop', 'look')
      await within('the store', asked)
      await turn()
      await clock.tick(9_999)
      assert.deepEqual(await peer.settled(), [])
      store.faults = {}
      await clock.tick(1)
      const answers = await peer.take(3)
      assert.equal(answers[0], `ack /shop 1 ${failed(event)}`)
      assert.match(answers[1] as string, /^event \/shop error/)
      assert.equal(answers[2], 'ack /shop 2 ["tea"]')
      late?.()
      peer.ask(3, '/shop', 'look')
      // What was to be stored may be, in the end: no store takes back what it was told.
      assert.equal(await peer.next(), `ack /shop 3 ["${method === 'set' ? 'tea, milk' : 'tea'}"]`)
      peer.ask(4, '/shop', 'add', 'sugar')
      assert.match(await peer.next(), /^ack \/shop 4 \["tea.*, sugar"\]/)
      assert.match(String((await visitor.session())['cart']), /^tea.*, sugar$/)
    })
  }
}
