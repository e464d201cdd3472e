// Owns: several that change one session at a time: handlers of one client, jobs, requests; and what is kept of each.
// Elsewhere: one at a time (express.test.ts), stores that misbehave (stores.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type express from 'express'
import { BaseNamespace, SessionMixin } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { generations } from '../../support/generations.js'
import { Journal, within } from '../../support/journal.js'
import { openShop, WatchedStore } from '../../support/session-shop.js'

class Base extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  static freshFor = 0
}

/** A gate that a handler waits at. */
function gate() {
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  let arrived = (): void => {}
  const reached = new Promise<void>((resolve) => {
    arrived = resolve
  })
  return { open, opened, arrived, reached: () => within('a handler', reached) }
}

for (const generation of generations) {
  test(`a handler of ${generation} and a request that change different values at once keep both`, async (t) => {
    const at = gate()
    class Chat extends Base {
      async on_add() {
        this.request.session['cart'] = 'milk'
        at.arrived()
        await at.opened
      }
    }
    const { visitor } = await openShop(t, { '/shop': Chat })
    const peer = await visitor.enter(t, generation, '/shop')
    peer.ask(1, '/shop', 'add')
    await at.reached()
    await visitor.get('/set?coupon=10')
    at.open()
    assert.equal(await peer.next(), 'ack /shop 1 []')
    assert.deepEqual(await visitor.session(), { cart: 'milk', coupon: '10' })
  })

  test(`a logout during a handler of ${generation} is not undone by what it has changed`, async (t) => {
    const at = gate()
    const ends = new Journal<string>()
    class Chat extends Base {
      async on_add() {
        this.request.session['cart'] = 'milk'
        at.arrived()
        await at.opened
      }

      override recv_disconnect(reason: string) {
        ends.note(reason)
      }
    }
    const store = new WatchedStore()
    const { visitor, shop } = await openShop(t, { '/shop': Chat }, { store })
    const peer = await visitor.enter(t, generation, '/shop')
    peer.ask(1, '/shop', 'add')
    await at.reached()
    await visitor.get('/logout')
    store.takeCalls()
    at.open()
    assert.deepEqual(await peer.ended(), [])
    assert.deepEqual(await ends.until(1), ['session ended'])
    assert.deepEqual(store.takeCalls(), ['get'])
    assert.deepEqual(shop.reports.takeAll(), [])
  })

  test(`two namespaces of a client of ${generation} take turns with its session, and lose nothing`, async (t) => {
    class Chat extends Base {
      async on_count() {
        const { session } = this.request
        const before = (session['count'] as number | undefined) ?? 0
        await turn()
        session['count'] = before + 1
      }
    }
    const { visitor } = await openShop(t, { '/a': Chat, '/b': Chat })
    const peer = await visitor.enter(t, generation, '/a')
    await peer.enter('/b')
    for (let id = 0; id < 10; id++) peer.ask(id, id % 2 === 0 ? '/a' : '/b', 'count')
    await peer.take(10)
    assert.deepEqual(await visitor.session(), { cart: 'tea', count: 10 })
  })
}

test('two clients of one session that change different values at once keep both', async (t) => {
  class Chat extends Base {
    on_put(name: string) {
      this.request.session[name] = 1
    }
  }
  // Its calls take turns of the event loop, as those over a network do.
  const store = new WatchedStore()
  const late = (done: () => void, usual: (done: () => void) => void): void => {
    setImmediate(() => {
      usual(done)
    })
  }
  store.faults = { get: late, set: late }
  const { visitor } = await openShop(t, { '/shop': Chat }, { store })
  const [first, second] = [await visitor.enter(t, '4', '/shop'), await visitor.enter(t, '0.9', '/shop')]
  for (let id = 0; id < 10; id++) {
    first.ask(id, '/shop', 'put', `first${id}`)
    second.ask(id, '/shop', 'put', `second${id}`)
    await Promise.all([first.next(), second.next()])
    const { [`first${id}`]: a, [`second${id}`]: b } = await visitor.session()
    assert.deepEqual([a, b], [1, 1])
  }
})

test('many clients of one session keep what each changes, however long they wait for a slow store', async (t) => {
  class Chat extends Base {
    on_put(name: string) {
      this.request.session[name] = 1
    }
  }
  const clock = new FakeClock()
  const store = new WatchedStore()
  const { visitor } = await openShop(t, { '/shop': Chat }, { store, options: { clock, sessionTimeout: 100 } })
  const peers = await Promise.all(Array.from({ length: 6 }, () => visitor.enter(t, '4', '/shop')))
  // Each call takes less than half of what a store may take.
  const calls: (() => void)[] = []
  const slow = (done: () => void, usual: (done: () => void) => void): void => {
    calls.push(() => {
      usual(done)
    })
  }
  store.faults = { get: slow, set: slow }
  for (const [id, peer] of peers.entries()) peer.ask(id, '/shop', 'put', `from${id}`)
  const acks = Promise.all(peers.map((peer) => peer.next()))
  const state = { areAnswered: false }
  acks.then(
    () => (state.areAnswered = true),
    () => {},
  )
  while (!state.areAnswered) {
    await turn()
    clock.advance(calls.length === 0 ? 0 : 40)
    for (const answer of calls.splice(0)) answer()
  }
  store.faults = {}
  const { cart: _, ...kept } = await visitor.session()
  assert.deepEqual(kept, { from0: 1, from1: 1, from2: 1, from3: 1, from4: 1, from5: 1 })
})

test('a class with static concurrency takes turns as well, in order', async (t) => {
  const order: number[] = []
  class Chat extends Base {
    static concurrency = 5

    async on_count(id: number) {
      const { session } = this.request
      const before = (session['count'] as number | undefined) ?? 0
      await turn()
      order.push(id)
      session['count'] = before + 1
    }
  }
  const { visitor } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  for (let id = 0; id < 12; id++) peer.ask(id, '/shop', 'count', id)
  await peer.take(12)
  assert.deepEqual(await visitor.session(), { cart: 'tea', count: 12 })
  assert.deepEqual(
    order,
    Array.from({ length: 12 }, (_, id) => id),
  )
})

test('a handler may call another method through the dispatch, which is called in its turn', async (t) => {
  class Chat extends Base {
    static concurrency = 2

    async on_outer() {
      this.request.session['outer'] = true
      await turn()
      return this.callMethod('on_inner', { type: 'event', endpoint: '/shop', name: 'inner', args: [] })
    }

    async on_inner() {
      await turn()
      this.request.session['inner'] = this.request.session['outer']
      return 'both'
    }
  }
  const { visitor } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  peer.ask(1, '/shop', 'outer')
  assert.equal(await peer.next(), 'ack /shop 1 ["both"]')
  assert.deepEqual(await visitor.session(), { cart: 'tea', outer: true, inner: true })
})

test('saveSession() stores what a long handler has changed so far, and what others have is in the session then', async (t) => {
  const at = gate()
  class Chat extends Base {
    async on_add() {
      const { session } = this.request
      session['cart'] = 'milk'
      await this.saveSession()
      at.arrived()
      await at.opened
      await this.saveSession()
      session['cart'] = [session['cart'], 'sugar'].join(', ')
      return session['coupon'] as string | undefined
    }
  }
  const { visitor } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  peer.ask(1, '/shop', 'add')
  await at.reached()
  assert.deepEqual(await visitor.session(), { cart: 'milk' })
  at.open()
  assert.equal(await peer.next(), 'ack /shop 1 []')
  assert.deepEqual(await visitor.session(), { cart: 'milk, sugar' })
})

test('a job and recv_disconnect store by saveSession()', async (t) => {
  const stored = new Journal<string>()
  class Chat extends Base {
    on_begin() {
      this.spawn(async () => {
        await turn()
        this.request.session['job'] = 'done'
        await this.saveSession()
        stored.note('job')
      })
    }

    override async recv_disconnect() {
      this.request.session['left'] = true
      await this.saveSession()
      stored.note('left')
    }
  }
  const { visitor } = await openShop(t, { '/shop': Chat })
  const peer = await visitor.enter(t, '4', '/shop')
  peer.emit('/shop', 'begin')
  await stored.until(1)
  assert.deepEqual(await visitor.session(), { cart: 'tea', job: 'done' })
  peer.close()
  await stored.until(2)
  assert.deepEqual(await visitor.session(), { cart: 'tea', job: 'done', left: true })
})

test('recv_connect and initialize find a fresh session, and what they change is stored', async (t) => {
  class Chat extends Base {
    override initialize() {
      this.request.session['begun'] = this.request.session['cart']
    }

    override recv_connect() {
      this.request.session['entered'] = this.request.session['cart']
    }
  }
  const { visitor } = await openShop(t, { '/shop': Chat })
  for (const generation of generations) {
    const peer = await visitor.enter(t, generation, '')
    await visitor.get(`/set?cart=${generation}`)
    await peer.enter('/shop')
    assert.deepEqual(await visitor.session(), { cart: generation, begun: generation, entered: generation })
  }
})

test('a handler that never ends keeps the others of its client waiting for sessionTimeout, and no longer', async (t) => {
  const clock = new FakeClock()
  const begun = new Journal<string>()
  class Stuck extends Base {
    on_wait() {
      begun.note('wait')
      return new Promise(() => {})
    }
  }
  class Chat extends Base {
    on_look() {
      return this.request.session['cart'] as string
    }
  }
  const { visitor } = await openShop(t, { '/stuck': Stuck, '/shop': Chat }, { options: { clock } })
  const peer = await visitor.enter(t, '4', '/stuck')
  await peer.enter('/shop')
  peer.emit('/stuck', 'wait')
  await begun.until(1)
  peer.ask(1, '/shop', 'look')
  assert.deepEqual(await peer.settled(), [])
  await clock.tick(10_000)
  assert.equal(await peer.next(), 'ack /shop 1 ["tea"]')
})

test('a handler that logs its own client out answers, and ends it', async (t) => {
  const ends = new Journal<string>()
  class Chat extends Base {
    on_logout() {
      return new Promise((resolve) => {
        this.request.session.destroy(() => {
          resolve('bye')
        })
      })
    }

    override recv_disconnect(reason: string) {
      ends.note(reason)
    }
  }
  for (const generation of generations) {
    const { visitor } = await openShop(t, { '/shop': Chat })
    const peer = await visitor.enter(t, generation, '/shop')
    peer.ask(1, '/shop', 'logout')
    assert.equal(await peer.next(), 'ack /shop 1 ["bye"]')
    assert.deepEqual(await peer.ended(), [])
  }
  assert.deepEqual(await ends.until(3), ['session ended', 'session ended', 'session ended'])
})
