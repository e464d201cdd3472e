// Owns: SessionMixin with connect-redis on a real Redis, which two servers share: one has the client, the other the requests.
// Elsewhere: express-session's own store (test/conformance/sessions).
import assert from 'node:assert/strict'
import { before, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisStore } from 'connect-redis'
import type express from 'express'
import { createClient } from 'redis'
import { BaseNamespace, SessionMixin } from '../../lib/index.js'
import { generations, type Generation, type NamespacePeer } from '../support/generations.js'
import { Journal, within } from '../support/journal.js'
import { afterFile, startRedis, type Redis } from '../support/redis.js'
import { startShop, Visitor, type Shop } from '../support/session-shop.js'

const ending = afterFile()
let redis: Redis

before(async () => {
  redis = await startRedis(ending)
})

const ends = new Journal<string>()

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

  override recv_disconnect(reason: string) {
    ends.note(reason)
  }
}

type Node = Shop & { readonly client: ReturnType<typeof connect> }

function connect() {
  return createClient({
    url: redis.url,
    // Commands fail while it is away, and do not wait for it.
    disableOfflineQueue: true,
    socket: { reconnectStrategy: 50 },
  })
}

async function startOne(t: TestContext): Promise<Node> {
  const client = connect()
  client.on('error', () => {})
  await client.connect()
  t.after(() => {
    client.destroy()
  })
  const others = { cookie: { maxAge: 60_000 } }
  // Its types are those of another major version of redis.
  const store = new RedisStore({ client: client as never })
  return { ...(await startShop(t, { '/shop': Chat }, store, {}, others)), client }
}

async function open(t: TestContext, generation: Generation) {
  const here = await startOne(t)
  const there = await startOne(t)
  // Cookies know no ports.
  const visitor = new Visitor(there)
  await visitor.get('/set?cart=tea')
  const same = new Visitor(here)
  same.cookie = visitor.cookie
  const peer: NamespacePeer = await same.enter(t, generation, '/shop')
  return { here, there, visitor, peer }
}

for (const generation of generations) {
  test(`a handler of ${generation} finds what another process has stored, and the other way round`, async (t) => {
    const { visitor, peer } = await open(t, generation)
    await visitor.get('/set?cart=coffee&coupon=10')
    peer.ask(1, '/shop', 'look')
    assert.equal(await peer.next(), 'ack /shop 1 ["coffee"]')
    peer.ask(2, '/shop', 'add', 'milk')
    assert.equal(await peer.next(), 'ack /shop 2 ["coffee, milk"]')
    assert.deepEqual(await visitor.session(), { cart: 'coffee, milk', coupon: '10' })
  })

  test(`a logout in another process ends a client of ${generation} at its next event, and leaves no session`, async (t) => {
    const { here, visitor, peer } = await open(t, generation)
    peer.ask(1, '/shop', 'add', 'milk')
    assert.equal(await peer.next(), 'ack /shop 1 ["tea, milk"]')
    await visitor.get('/logout')
    ends.entries.length = 0
    peer.ask(2, '/shop', 'add', 'sugar')
    assert.deepEqual(await peer.ended(), [])
    assert.deepEqual(await ends.until(1), ['session ended'])
    assert.deepEqual(await here.client.keys(`sess:${here.requests.at(-1)?.sessionID}`), [])
  })
}

test('events without changes move the expiry on in Redis', async (t) => {
  const { here, peer } = await open(t, '4')
  const key = `sess:${here.requests.at(-1)?.sessionID}`
  await here.client.expire(key, 20)
  peer.ask(1, '/shop', 'look')
  assert.equal(await peer.next(), 'ack /shop 1 ["tea"]')
  assert.ok((await here.client.ttl(key)) > 50)
})

test('a Redis that goes away fails handlers, and ends no client; when it is back, they go on', async (t) => {
  const { here, peer } = await open(t, '4')
  const key = `sess:${here.requests.at(-1)?.sessionID}`
  const kept = await here.client.get(key)
  await redis.stop()
  peer.ask(1, '/shop', 'add', 'milk')
  const failed = '{"error":{"name":"handler_failed","message":"The method \\"on_add\\" failed"}}'
  assert.equal(await peer.next(), `ack /shop 1 [${failed}]`)
  assert.match(await peer.next(), /^event \/shop error/)
  await redis.start()
  // It has kept nothing: what it had is put back, as a Redis with persistence would.
  await within(
    'Redis',
    (async () => {
      while (!here.client.isReady) await sleep(20)
    })(),
  )
  await here.client.set(key, kept as string)
  peer.ask(2, '/shop', 'add', 'sugar')
  assert.equal(await peer.next(), 'ack /shop 2 ["tea, sugar"]')
})
