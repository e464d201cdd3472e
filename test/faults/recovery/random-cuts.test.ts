// Owns: numbers that are sent all the time while connections break at any byte, in requests, responses and between them.
// Elsewhere: each byte of one frame (every-byte.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { faces, type Face } from '../../support/server.js'
import { CuttingProxy } from '../cutting-proxy.js'
import { Random } from '../random.js'
import { startFeed } from './feed.js'
import { below, countingLibraries, Listener, ways } from './listeners.js'

const libraries = countingLibraries()
const seeds = [1, 2]
const count = 600
const fewestRecoveries = 5

for (const way of ways.filter(({ generation, transports }) => generation !== '2' || transports[0] === 'polling')) {
  for (const seed of seeds) {
    const face = faces[seed % faces.length] as Face
    test(`${way.name} cut at random, seed ${seed} on ${face}: nothing is lost, doubled or reordered`, async (t) => {
      const random = new Random(seed)
      // An event that asks for an ack, and was on its way at a cut, is not sent again to a client that counts by offsets.
      const feed = await startFeed(t, { asks: way.generation !== '4', recovery: { maxBytes: 10_000_000 } }, face)
      const proxy = new CuttingProxy(random, feed.server.port)
      proxy.stopCutting()
      const listener = new Listener(t, `http://127.0.0.1:${await proxy.listen(t)}`, way, libraries)
      await listener.connected()
      proxy.startCutting()
      const acks: unknown[] = []
      let asked = 0
      while (feed.sent.feed < count || listener.back.entries.length < fewestRecoveries) {
        for (let more = 1 + random.below(4); more > 0; more--) feed.send('x'.repeat(random.below(200)))
        if (random.isOneIn(5)) feed.sendOther()
        if (random.isOneIn(8)) listener.emit('echo', asked++, (number: unknown) => acks.push(number))
        await pause(random.below(8))
      }
      proxy.stopCutting()
      await listener.until(feed.send())
      await listener.others.until(feed.sent.other)
      assert.deepEqual(listener.numbers.entries, below(feed.sent.feed))
      assert.deepEqual(listener.others.entries, below(feed.sent.other))
      // What the client says may be lost on its way, and its ack with it; none comes twice.
      assert.equal(new Set(acks).size, acks.length)
      assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
      assert.deepEqual(feed.ended.entries, [])
      const { cuts } = proxy
      t.diagnostic(
        JSON.stringify({ ...cuts, sent: feed.sent.feed, back: listener.back.entries.length, acks: acks.length }),
      )
    })
  }
}
