// Owns: sessions of clients that send nothing: no store call without an event, but for a check, so many in a second at most.
// Elsewhere: what an event finds (express.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type express from 'express'
import { BaseNamespace, SessionMixin, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { generations, type Generation, type NamespacePeer } from '../../support/generations.js'
import { Journal } from '../../support/journal.js'
import { openShop, Visitor, WatchedStore, type Shop } from '../../support/session-shop.js'

const ends = new Journal<string>()

class Chat extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  on_look() {
    return this.request.session['cart'] as string
  }

  override recv_disconnect(reason: string) {
    ends.note(reason)
  }
}

class Other extends BaseNamespace {}

interface Opened {
  readonly shop: Shop
  readonly visitor: Visitor
  readonly store: WatchedStore
  readonly clock: FakeClock
}

async function open(t: TestContext, options: Options = {}): Promise<Opened> {
  ends.entries.length = 0
  const store = new WatchedStore()
  const clock = new FakeClock()
  const opened = await openShop(t, { '/shop': Chat, '/other': Other }, { store, options: { clock, ...options } })
  return { ...opened, store, clock }
}

async function enterMany(t: TestContext, visitor: Visitor, generation: Generation, count: number) {
  const peers: NamespacePeer[] = []
  for (let index = 0; index < count; index++) peers.push(await visitor.enter(t, generation, '/shop'))
  return peers
}

for (const generation of generations) {
  test(`the store is not asked without an event of ${generation}, but once in sessionCheckInterval`, async (t) => {
    const { visitor, store, clock } = await open(t)
    await visitor.enter(t, generation, '/shop')
    store.takeCalls()
    await clock.tick(59_999)
    assert.deepEqual(store.takeCalls(), [])
    await clock.tick(2)
    assert.deepEqual(store.takeCalls(), ['get'])
    await clock.tick(59_000)
    assert.deepEqual(store.takeCalls(), [])
    await clock.tick(2_000)
    assert.deepEqual(store.takeCalls(), ['get'])
  })

  test(`a client of ${generation} that sends nothing ends after a logout, within sessionCheckInterval`, async (t) => {
    const { visitor, clock } = await open(t, { sessionCheckInterval: 5_000 })
    const peer = await visitor.enter(t, generation, '/shop')
    await visitor.get('/logout')
    await clock.tick(5_001)
    assert.deepEqual(await peer.ended(), [])
    assert.deepEqual(await ends.until(1), ['session ended'])
  })
}

test('an event counts as a check', async (t) => {
  const { visitor, store, clock } = await open(t)
  const peer = await visitor.enter(t, '4', '/shop')
  await clock.tick(50_000)
  peer.ask(1, '/shop', 'look')
  await peer.next()
  store.takeCalls()
  await clock.tick(59_900)
  assert.deepEqual(store.takeCalls(), [])
  await clock.tick(200)
  assert.deepEqual(store.takeCalls(), ['get'])
})

test('of many clients at once, maxSessionChecks are checked in a second', async (t) => {
  for (const [most, many] of [
    [20, 50],
    [3, 10],
    [1, 3],
  ] as const) {
    const { visitor, store, clock } = await open(t, { sessionCheckInterval: 10_000, maxSessionChecks: most })
    await enterMany(t, visitor, '4', many)
    store.takeCalls()
    await clock.tick(9_900)
    assert.deepEqual(store.takeCalls(), [])
    const perSecond: number[] = []
    let all = 0
    for (let second = 0; all < many && second < 100; second++) {
      await clock.tick(1_000)
      const { length } = store.takeCalls()
      perSecond.push(length)
      all += length
    }
    assert.equal(all, many)
    assert.ok(Math.max(...perSecond) <= most + 1, `${most}: ${perSecond.join(' ')}`)
    assert.ok(perSecond.length <= Math.ceil(many / most) + 2, `${most}: ${perSecond.join(' ')}`)
  }
})

test('no more are asked at once than that, of a store that does not answer; nobody ends, and it is logged once', async (t) => {
  const told: string[] = []
  t.mock.method(console, 'error', (text: unknown) => told.push(String(text)))
  const { visitor, store, clock } = await open(t, {
    sessionCheckInterval: 10_000,
    maxSessionChecks: 5,
    sessionTimeout: 5_000,
  })
  const peers = await enterMany(t, visitor, '4', 20)
  store.takeCalls()
  store.faults = { get: () => {} }
  await clock.tick(13_000)
  assert.equal(store.takeCalls().length, 5)
  await clock.tick(15_000)
  assert.deepEqual(
    peers.map(({ isOpen }) => isOpen),
    peers.map(() => true),
  )
  assert.deepEqual(ends.entries, [])
  assert.ok(told.length >= 1 && told.length <= 3, told.join('\n'))
  assert.match(told[0] as string, /the sessions of clients that send nothing could not be checked/)
  store.faults = {}
  await visitor.get('/logout')
  await clock.tick(30_000)
  for (const peer of peers) await peer.ended()
})

test('a client that has left the namespace, and one that was never in it, is not checked', async (t) => {
  const { visitor, store, clock } = await open(t)
  const peer = await visitor.enter(t, '4', '/shop')
  await peer.enter('/other')
  await visitor.enter(t, '4', '/other')
  peer.leave('/shop')
  await peer.settled()
  store.takeCalls()
  await visitor.get('/logout')
  store.takeCalls()
  await clock.tick(200_000)
  assert.deepEqual(store.takeCalls(), [])
  assert.deepEqual(await peer.settled(), [])
})

test('no timer stays when the clients have gone', async (t) => {
  const { visitor, clock } = await open(t)
  const peers = await enterMany(t, visitor, '4', 3)
  assert.ok(clock.timers > 0)
  for (const peer of peers) peer.close()
  await ends.until(3)
  for (let turns = 0; turns < 5; turns++) await turn()
  // Those of upgrades of Node's own, 30 s each, run out.
  clock.advance(40_000)
  assert.equal(clock.timers, 0)
})

test('nothing stays of a client that goes while the store is asked for it', async (t) => {
  const { visitor, store, clock } = await open(t)
  const peer = await visitor.enter(t, '4', '/shop')
  let answer = (): void => {}
  const asked = new Promise<void>((resolve) => {
    store.faults = {
      get: (done, usual) => {
        answer = () => {
          usual(done)
        }
        resolve()
      },
    }
  })
  peer.emit('/shop', 'look')
  await asked
  peer.close()
  await ends.until(1)
  answer()
  for (let turns = 0; turns < 10; turns++) await turn()
  clock.advance(40_000)
  assert.equal(clock.timers, 0)
})
