// Owns: a namespace that a client of Socket.IO 4 entered on several connections, because the first confirmation did not arrive: the
// life that it names is the one that goes on, whichever of its earlier clients comes back first.
// Elsewhere: what else shares a connection (resume-carried.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import type { BaseNamespace } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { within } from '../../support/journal.js'
import { readEvent, ResumingPeer } from '../../support/resuming-peer.js'
import { lostFrom, noting, startResuming, type Life } from '../../support/resuming-server.js'
import { until } from './raw.js'

/** A client that was lost from `/x` and a first life of `/twice`, and then from a second one and `/y`. */
async function startTwice(t: TestContext, { isSlow = false, isSlowToEnd = false } = {}) {
  const lives: BaseNamespace[] = []
  const waiting: (() => void)[] = []
  const ends: (() => void)[] = []
  const over = (): void => {
    isSlowToEnd = false
    for (const end of ends) end()
  }
  const { io, life, url } = await startResuming(t, {}, (noted: Life) => ({
    '/x': noting(noted),
    '/y': noting(noted),
    '/twice': class extends noting(noted) {
      override recv_connect(): unknown {
        lives.push(this)
        return super.recv_connect()
      }
      override recv_resume(request: object, auth: unknown): unknown {
        const noteIt = (): unknown => super.recv_resume(request, auth)
        return isSlow ? new Promise<void>((resolve) => waiting.push(resolve)).then(noteIt) : noteIt()
      }
      override async recv_disconnect(...args: Parameters<BaseNamespace['recv_disconnect']>): Promise<void> {
        if (isSlowToEnd) await new Promise<void>((resolve) => ends.push(resolve))
        await super.recv_disconnect(...args)
      }
    },
  }))
  const [x, first] = await lostFrom(t, { life, url }, '/x', '/twice')
  const [second, y] = await lostFrom(t, { life, url }, '/twice', '/y')
  const pids = { '/x': x.pid, '/twice': second.pid, '/y': y.pid }
  return { io, life, url, pids, first, lives, waiting, over, peer: await ResumingPeer.open(t, url) }
}

/** What comes until so many connects are confirmed, with what follows the last of them. */
async function untilConfirmed(peer: ResumingPeer, count: number): Promise<readonly string[]> {
  const got: string[] = []
  await until(() => {
    got.push(...peer.peer.taken().map(String))
    return got.filter((frame) => frame.startsWith('40')).length === count
  })
  return [...got, ...(await peer.settled())]
}

/** All orders of a list. */
function ordersOf<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  if (items.length < 2) return [items]
  return items.flatMap((item) => ordersOf(items.filter((other) => other !== item)).map((rest) => [item, ...rest]))
}

const orders = ordersOf(['/x', '/y', '/twice'] as const)

for (const isSlow of [false, true]) {
  describe(`a client that was told of the second life alone${isSlow ? ', whose application takes its time,' : ''}`, () => {
    for (const order of orders) {
      test(`is back in it by ${order.join(', ')}`, async (t) => {
        const { io, life, pids, lives, waiting, peer } = await startTwice(t, { isSlow })
        lives[1]?.emit('missed')
        for (const endpoint of order) peer.ask(endpoint, { pid: pids[endpoint] })
        if (isSlow) {
          await until(() => waiting.length > 0)
          await peer.settled().then((frames) => {
            peer.peer.putBack(frames)
          })
        }
        for (const goOn of waiting) goOn()
        const got = await untilConfirmed(peer, 3)
        for (const endpoint of order)
          assert.ok(
            got.some((frame) => frame.includes(`"pid":"${pids[endpoint]}"`)),
            endpoint,
          )
        assert.equal(got.filter((frame) => frame.startsWith('42/twice,["missed"')).length, 1)
        assert.equal(life.count('disconnect transport close'), 1)
        assert.deepEqual(
          (await io.of('/twice').fetchSockets()).map(({ id }) => id),
          [lives[1]?.socket.id],
        )
      })
    }
  })
}

for (const order of orders.filter((each) => each.at(-1) === '/twice')) {
  test(`a client that names the first life is back in that, by ${order.join(', ')}`, async (t) => {
    const { life, pids, first, lives, peer } = await startTwice(t)
    for (const namespace of lives) namespace.emit('missed', lives.indexOf(namespace))
    for (const endpoint of order.slice(0, 2)) await peer.connect(endpoint, { pid: pids[endpoint] })
    const { data, events } = await peer.connect('/twice', { pid: first.pid })
    assert.equal(data.pid, first.pid)
    assert.deepEqual(events, ['["missed",0]'])
    assert.equal(life.count('disconnect transport close'), 1)
  })

  test(`a client that names no life enters anew, and both are over, by ${order.join(', ')}`, async (t) => {
    const { io, life, pids, first, lives, peer } = await startTwice(t)
    for (const endpoint of order.slice(0, 2)) await peer.connect(endpoint, { pid: pids[endpoint] })
    const { data } = await peer.connect('/twice')
    assert.ok(data.pid !== first.pid && data.pid !== pids['/twice'])
    assert.equal(life.count('disconnect transport close'), 2)
    assert.equal(lives.length, 3)
    assert.equal((await io.of('/twice').fetchSockets()).length, 1)
  })

  test(`a life that was ended while its client was away is what that client is told of, by ${order.join(', ')}`, async (t) => {
    const { pids, lives, peer } = await startTwice(t)
    lives[1]?.disconnect()
    for (const endpoint of order.slice(0, 2)) await peer.connect(endpoint, { pid: pids[endpoint] })
    assert.equal((await peer.connect('/twice', { pid: pids['/twice'] })).kind, 'disconnected')
  })
}

for (const [host, carried] of [
  ['/x', '/y'],
  ['/y', '/x'],
] as const) {
  for (const named of ['first', 'second'] as const) {
    test(`what a client sends to the ${named} life reaches that while the other one still ends, carried by ${host}`, async (t) => {
      const { io, pids, first, lives, over, peer } = await startTwice(t, { isSlowToEnd: true })
      for (const endpoint of [carried, host]) await peer.connect(endpoint, { pid: pids[endpoint] })
      const namespace = lives[named === 'first' ? 0 : 1] as BaseNamespace
      const { data } = await peer.connect('/twice', { pid: named === 'first' ? first.pid : pids['/twice'] })
      peer.send('42/twice,7["echo",1]')
      assert.equal(await peer.frame(), '43/twice,7[1]')
      const answer = namespace.emitWithAck('ask')
      const { id } = readEvent(await peer.frame())
      peer.send(`43/twice,${id}["yes"]`)
      assert.equal(await answer, 'yes')
      peer.send('41/twice,')
      await peer.settled()
      assert.equal((await io.of('/twice').fetchSockets()).length, 0)
      peer.send('40/twice,')
      over()
      await until(() => lives.length === 3)
      await peer.settled()
      io.of('/twice').emit('said', 1)
      const frames = await peer.settled()
      assert.equal(frames.filter((frame) => frame.startsWith('42/twice,["said"')).length, 1)
      assert.ok(!frames.some((frame) => frame.includes(data.pid)))
    })
  }
}

/** A client that was lost from `/x`, `/y` and `/z`, with a life of `/twice` on each of these connections. */
async function startThrice(t: TestContext) {
  const clock = new FakeClock()
  const lives: BaseNamespace[] = []
  const { io, life, url } = await startResuming(t, { clock }, (noted: Life) => ({
    ...Object.fromEntries(['/x', '/y', '/z'].map((endpoint) => [endpoint, noting(noted)])),
    '/twice': class extends noting(noted) {
      override recv_connect(): unknown {
        lives.push(this)
        return super.recv_connect()
      }
    },
  }))
  const pids = new Map<string, string>()
  for (const endpoint of ['/x', '/y', '/z']) {
    const [own, common] = await lostFrom(t, { life, url }, endpoint, '/twice')
    pids.set(endpoint, own.pid).set('/twice', common.pid)
  }
  return { io, life, url, clock, lives, pids, peer: await ResumingPeer.open(t, url) }
}

describe('a client that comes back to all that it has of three connections, and names the last life of what it has thrice,', () => {
  for (const order of ordersOf(['/x', '/y', '/z', '/twice'])) {
    test(`is back in each at once, by ${order.join(', ')}`, async (t) => {
      const { io, life, clock, lives, pids, peer } = await startThrice(t)
      lives[2]?.emit('missed')
      peer.send(...order.map((endpoint) => `40${endpoint},{"pid":"${pids.get(endpoint)}"}`))
      const got = await untilConfirmed(peer, 4)
      for (const endpoint of order)
        assert.ok(
          got.some((frame) => frame.includes(`"pid":"${pids.get(endpoint)}"`)),
          endpoint,
        )
      assert.equal(got.filter((frame) => frame.startsWith('42/twice,["missed"')).length, 1)
      for (const [id, endpoint] of order.entries()) {
        peer.send(`42${endpoint},${id}["echo",1]`)
        assert.equal(await peer.frame(), `43${endpoint},${id}[1]`)
      }
      assert.equal(life.count('disconnect transport close'), 2)
      const suspended = life.count('suspended transport close')
      peer.cut()
      await life.has('suspended transport close', suspended + 4)
      clock.advance(10 * 60_000)
      await life.has('disconnect transport close', 6)
      assert.equal(io.stats().sockets, 0)
    })
  }
})

test('an end that its client is told of lets it into no other life', async (t) => {
  const { life, pids, first, lives, peer } = await startTwice(t)
  lives[0]?.disconnect()
  lives[1]?.emit('missed')
  await peer.connect('/y', { pid: pids['/y'] })
  assert.equal((await peer.connect('/twice', { pid: first.pid })).kind, 'disconnected')
  lives[1]?.emit('after')
  assert.deepEqual(await peer.settled(), [])
  assert.equal(life.count('resumed'), 1)
  const { data } = await peer.connect('/twice')
  assert.ok(data.pid !== first.pid && data.pid !== pids['/twice'])
})

test('recv_resume and check get the request of the connection, whoever else is back on that', async (t) => {
  const seen: unknown[] = []
  const { life, url } = await startResuming(
    t,
    {
      recovery: {
        check: (request) => {
          seen.push(Reflect.get(request, 'url'))
          return true
        },
      },
    },
    (noted: Life) => ({
      '/x': noting(noted),
      '/y': class extends noting(noted) {
        override recv_resume(request: object, auth: unknown): unknown {
          seen.push(Reflect.get(request, 'url'))
          return super.recv_resume(request, auth)
        }
      },
    }),
  )
  const [x] = await lostFrom(t, { life, url }, '/x')
  const [y] = await lostFrom(t, { life, url }, '/y')
  const peer = await ResumingPeer.open(t, url, '&by=third')
  await peer.connect('/x', { pid: x.pid })
  await peer.connect('/y', { pid: y.pid })
  assert.deepEqual(
    seen.map((each) => String(each).includes('&by=third')),
    [true, true, true],
  )
})

test('nothing is left where a life that is given up ends its client while that takes a connection over', async (t) => {
  const { io, life, url } = await startResuming(t, {}, (noted: Life) => ({
    '/b': noting(noted),
    '/n': class extends noting(noted) {
      override recv_disconnect(...args: Parameters<BaseNamespace['recv_disconnect']>): unknown {
        this.socket.disconnect()
        return super.recv_disconnect(...args)
      }
    },
  }))
  const [b] = await lostFrom(t, { life, url }, '/b', '/n')
  const peer = await ResumingPeer.open(t, url)
  await peer.connect('/n')
  peer.ask('/b', { pid: b.pid })
  await within('the end of the connection', peer.peer.closed)
  await until(() => io.stats().sockets === 0)
})
