// Owns: clients of 0.9 and 2 that say who they were, and not how much they have received: what was on its way at a cut is lost to
// them, nothing comes twice, and what was sent while they were away comes.
// Elsewhere: those that count (random-cuts.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { CuttingProxy } from '../cutting-proxy.js'
import { Random } from '../random.js'
import { startFeed } from './feed.js'
import { Line } from './line.js'
import { below, isPollingOld, Listener, plainLibraries, ways, type Way } from './listeners.js'

// The decoder of 2 fails by itself after an attachment that was cut off; answers to polls may be sent again.
const old = ways.filter(({ generation, transports }) => generation === '0.9' && transports[0] === 'websocket')
const seeds = [1, 2, 3]
const count = 400
const fewestRecoveries = 5

/** As a page does, by one line. */
function listen(t: TestContext, url: string, way: Way): Listener {
  const listener = new Listener(t, url, way, plainLibraries)
  if (way.generation === '0.9') {
    const chat = listener.socket as ReturnType<(typeof plainLibraries)['0.9']['connect']>
    chat.on('disconnect', () => {
      chat.socket.options['query'] = `resume=${chat.socket.sessionid}`
    })
  } else {
    const chat = listener.socket as ReturnType<(typeof plainLibraries)['2']>
    chat.on('connect', () => {
      chat.io.opts.query = { resume: chat.io.engine.id }
    })
  }
  return listener
}

for (const way of old) {
  for (const seed of seeds) {
    test(`${way.name} that does not count, cut at random, seed ${seed}: nothing comes twice, and what it was away for comes`, async (t) => {
      const random = new Random(seed)
      const feed = await startFeed(t, { asks: true, recovery: { maxBytes: 10_000_000 } })
      const proxy = new CuttingProxy(random, feed.server.port)
      proxy.stopCutting()
      const listener = listen(t, `http://127.0.0.1:${await proxy.listen(t)}`, way)
      await listener.connected()
      proxy.startCutting()
      while (feed.sent.feed < count || listener.back.entries.length < fewestRecoveries) {
        for (let more = 1 + random.below(4); more > 0; more--) feed.send('x'.repeat(random.below(200)))
        await pause(random.below(8))
      }
      proxy.stopCutting()
      await listener.until(feed.send())
      const numbers = listener.numbers.entries as number[]
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((one, other) => one - other),
      )
      const lost = below(feed.sent.feed).filter((number) => !numbers.includes(number))
      t.diagnostic(`${lost.length} of ${feed.sent.feed} lost, ${listener.back.entries.length} recoveries`)
      assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
    })
  }

  test(`${way.name} that does not count loses nothing when all had arrived at the cut`, async (t) => {
    const feed = await startFeed(t)
    const line = new Line(feed.server.port)
    const listener = listen(t, `http://127.0.0.1:${await line.listen(t)}`, way)
    await listener.connected()
    for (const round of [1, 2, 3]) {
      for (let more = 0; more < 10; more++) feed.send()
      await listener.until(feed.send())
      await line.cut()
      if (!isPollingOld(way)) await feed.suspended.until(2 * round)
      for (let more = 0; more < 10; more++) feed.send()
      await listener.back.until(round)
    }
    await listener.until(feed.sent.feed - 1)
    assert.deepEqual(listener.numbers.entries, below(feed.sent.feed))
    if (!isPollingOld(way)) assert.equal(feed.whileAway.length, 30)
    assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
  })
}
