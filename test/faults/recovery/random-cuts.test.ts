// Owns: numbers that are sent all the time while connections break at any byte, in requests, responses and between them.
// Elsewhere: each byte of one frame (every-byte.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faces, type Face } from '../../support/server.js'
import { Random } from '../random.js'
import { cutAtRandom } from './cut-at-random.js'
import { startFeed } from './feed.js'
import { below, countingLibraries, Listener, ways } from './listeners.js'

const libraries = countingLibraries()
const seeds = [1, 2]
const count = 600

for (const way of ways) {
  for (const seed of seeds) {
    const face = faces[seed % faces.length] as Face
    test(`${way.name} cut at random, seed ${seed} on ${face}: nothing is lost, doubled or reordered`, async (t) => {
      const random = new Random(seed)
      // An event that asks for an ack, and was on its way at a cut, is not sent again to a client that counts by offsets.
      const feed = await startFeed(t, { asks: way.generation !== '4', recovery: { maxBytes: 10_000_000 } }, face)
      const acks: unknown[] = []
      let asked = 0
      const listener = await cutAtRandom(
        t,
        feed,
        random,
        count,
        (port) => new Listener(t, `http://127.0.0.1:${port}`, way, libraries),
        ({ emit }) => {
          emit('echo', asked++, (number: unknown) => acks.push(number))
        },
      )
      await listener.until(feed.sent.feed - 1)
      await listener.others.until(feed.sent.other)
      assert.deepEqual(listener.numbers.entries, below(feed.sent.feed))
      assert.deepEqual(listener.others.entries, below(feed.sent.other))
      // What the client says may be lost on its way, and its ack with it; none comes twice.
      assert.equal(new Set(acks).size, acks.length)
      assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
      assert.deepEqual(feed.ended.entries, [])
      t.diagnostic(`${acks.length} acks`)
    })
  }
}
