// Owns: a connection that breaks at each byte of a frame: what the frame carries comes once, in order, and nothing else is lost.
// Elsewhere: breaks by chance (random-cuts.test.ts), lines that fall silent (lost-lines.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFeed } from './feed.js'
import { Line, marker } from './line.js'
import { below, countingLibraries, Listener, ways } from './listeners.js'

const libraries = countingLibraries()

// From the frame in front of it to the one behind: a frame's head is short, of a poll's answer some headers are in there.
const first = -80

// What is behind the marker in a poll's answer, which breaks nothing when it has come whole; a stream may break behind it.
const restOf: Record<string, string> = {
  polling: '"]',
  // With its offset.
  numbered: '","12345678.1"]',
  'xhr-polling': '"]}',
  'jsonp-polling': String.raw`\"]}");`,
}

for (const way of ways) {
  test(`${way.name} whose connection breaks at each byte of a frame loses nothing, and gets nothing twice`, async (t) => {
    const feed = await startFeed(t)
    const line = new Line(feed.server.port)
    const listener = new Listener(t, `http://127.0.0.1:${await line.listen(t)}`, way, libraries)
    await listener.connected()
    const last =
      marker.length +
      (restOf[way.generation === '4' && way.transports[0] === 'polling' ? 'numbered' : (way.transports[0] as string)]
        ?.length ?? 50) -
      1
    feed.send()
    for (let offset = first; offset <= last; offset++) {
      line.arm(offset, offset % 2 === 0 ? 'reset' : 'end')
      // Two that travel together, and one that follows when the line is broken.
      feed.send()
      feed.sendOther()
      await listener.until(feed.send(marker))
      feed.sendOther()
      await listener.back.until(offset - first + 1)
    }
    await listener.until(feed.send())
    await listener.others.until(feed.sent.other)
    assert.equal(line.cuts, last - first + 1)
    assert.deepEqual(listener.numbers.entries, below(feed.sent.feed))
    assert.deepEqual(listener.others.entries, below(feed.sent.other))
    assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
    assert.deepEqual(feed.ended.entries, [])
    if (way.generation === '4') assert.ok(listener.back.entries.every((isRecovered) => isRecovered === true))
  })
}
