// Owns: SessionMixin on every framework and transport that express-session runs with: what is stored and what is new is known on each.
// Elsewhere: koa-session (koa.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type express from 'express'
import { BaseNamespace, SessionMixin } from '../../../lib/index.js'
import { ask, openPolling } from '../../support/engine-peer.js'
import { generations } from '../../support/generations.js'
import { Journal } from '../../support/journal.js'
import { shopFaces, startShop, Visitor, WatchedStore } from '../../support/session-shop.js'

const ends = new Journal<string>()

class Chat extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  static freshFor = 0

  on_add(article: string) {
    this.request.session['cart'] = [this.request.session['cart'], article].filter(Boolean).join(', ')
    return this.request.session['cart'] as string
  }

  on_look() {
    return (this.request.session['cart'] as string | undefined) ?? 'nothing'
  }

  override recv_disconnect(reason: string) {
    ends.note(reason)
  }
}

for (const face of shopFaces) {
  for (const generation of generations) {
    test(`on ${face}, a client of ${generation} and requests share a session, until one logs out`, async (t) => {
      const store = new WatchedStore()
      const shop = await startShop(t, { '/shop': Chat }, store, {}, {}, face)
      const visitor = new Visitor(shop)
      await visitor.get('/set?cart=tea')
      const peer = await visitor.enter(t, generation, '/shop')
      peer.ask(1, '/shop', 'add', 'milk')
      assert.equal(await peer.next(), 'ack /shop 1 ["tea, milk"]')
      assert.deepEqual(await visitor.session(), { cart: 'tea, milk' })
      await visitor.get('/logout')
      ends.entries.length = 0
      peer.ask(2, '/shop', 'add', 'sugar')
      assert.deepEqual(await peer.ended(), [])
      assert.deepEqual(await ends.until(1), ['session ended'])
    })

    test(`on ${face}, a session that is new with the first request of ${generation} is known to be stored, and that it is not`, async (t) => {
      for (const saveUninitialized of [true, false]) {
        const store = new WatchedStore()
        const shop = await startShop(t, { '/shop': Chat }, store, {}, { saveUninitialized }, face)
        const visitor = new Visitor(shop)
        const peer = await visitor.enter(t, generation, '/shop')
        const id = shop.requests[0]?.sessionID as string
        store.takeCalls()
        if (saveUninitialized) {
          // Before any event: it is not taken for one that was never stored.
          store.destroy(id)
          peer.ask(1, '/shop', 'look')
          assert.deepEqual(await peer.ended(), [])
        } else {
          peer.ask(1, '/shop', 'look')
          assert.equal(await peer.next(), 'ack /shop 1 ["nothing"]')
          assert.deepEqual(store.takeCalls(), [])
        }
      }
    })
  }

  test(`on ${face}, polling clients of 0.9 and 4 have a fresh session, and are told to come back when it has gone`, async (t) => {
    const shop = await startShop(t, { '/shop': Chat }, new WatchedStore(), {}, {}, face)
    const visitor = new Visitor(shop)
    await visitor.get('/set?cart=tea')
    const { headers } = visitor
    const { body } = await ask(`${shop.url}/socket.io/1/`, { headers })
    const url = `${shop.url}/socket.io/1/xhr-polling/${body.split(':', 1)[0]}`
    assert.equal((await ask(url)).body, '1::')
    await ask(url, { body: '1::/shop' })
    assert.equal((await ask(url)).body, '1::/shop')
    await visitor.get('/set?cart=coffee')
    await ask(url, { body: '5:1+:/shop:{"name":"look"}' })
    assert.equal((await ask(url)).body, '6::/shop:1+["coffee"]')

    const { sid } = await openPolling(shop.url, 4, { headers })
    const poll = `${shop.url}/socket.io/?EIO=4&transport=polling&sid=${sid}`
    await ask(poll, { body: '40/shop,' })
    assert.match((await ask(poll)).body, /^40\/shop,/)
    await ask(poll, { body: '42/shop,1["look"]' })
    assert.equal((await ask(poll)).body, '43/shop,1["coffee"]')

    await visitor.get('/logout')
    const held = ask(url)
    await ask(url, { body: '5:2+:/shop:{"name":"look"}' })
    // [17] Not 0::, which would keep it away.
    assert.equal((await held).body, '7:::1+0')
    await ask(poll, { body: '42/shop,2["look"]' })
    // The packet with which engine.io closes a session, behind one that says nothing.
    assert.equal((await ask(poll)).body, '6\u001e1')
  })
}
