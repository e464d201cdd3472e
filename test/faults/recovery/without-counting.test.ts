// Owns: clients of 0.9 and 2 that say who they were, and not how much they have received: what was on its way at a cut is lost to
// them, nothing comes twice, and what was sent while they were away comes.
// Elsewhere: those that count (random-cuts.test.ts).
import assert from 'node:assert/strict'
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { watchRest } from '../../support/at-rest.js'
import { Random } from '../random.js'
import { cutAtRandom } from './cut-at-random.js'
import { startFeed } from './feed.js'
import { Line } from './line.js'
import { below, isPollingOld, Listener, plainLibraries, ways, type Way } from './listeners.js'

const old = ways.filter(({ generation }) => generation !== '4')
const seeds = [1, 2, 3]
const count = 400

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
    chat.io.on('open', () => {
      chat.io.opts.query = { resume: chat.io.engine.id }
    })
  }
  return listener
}

/** What has been written to connections: a number may be lost only then. */
function numbersWritten(server: Server): ReadonlySet<number> {
  const written = new Set<number>()
  server.on('connection', (socket: Socket) => {
    const write: unknown = Reflect.get(socket, 'write')
    socket.write = (...args: unknown[]) => {
      const chunk = args[0]
      const text = Buffer.isBuffer(chunk) ? chunk.toString('latin1') : String(chunk)
      for (const [, number] of text.matchAll(/number\\*",(?:\\*"args\\*":\[)?(\d+)/g)) written.add(Number(number))
      return Reflect.apply(write as Socket['write'], socket, args) as boolean
    }
  })
  return written
}

for (const way of old) {
  for (const seed of seeds) {
    test(`${way.name} that does not count, cut at random, seed ${seed}: nothing comes twice, and what it was away for comes`, async (t) => {
      const feed = await startFeed(t, {
        asks: true,
        attaches: way.generation === '0.9',
        recovery: { maxBytes: 10_000_000 },
      })
      const written = numbersWritten(feed.server.server)
      const listener = await cutAtRandom(t, feed, new Random(seed), count, (port) =>
        listen(t, `http://127.0.0.1:${port}`, way),
      )
      const numbers = listener.numbers.entries as number[]
      assert.deepEqual(
        numbers,
        [...new Set(numbers)].toSorted((one, other) => one - other),
      )
      const lost = below(feed.sent.feed).filter((number) => !numbers.includes(number))
      t.diagnostic(`${lost.length} of ${feed.sent.feed} lost, ${listener.back.entries.length} recoveries`)
      assert.deepEqual(
        lost.filter((number) => !written.has(number)),
        [],
        'what was never written is not lost',
      )
      const others = listener.others.entries as number[]
      assert.deepEqual(
        others,
        [...new Set(others)].toSorted((one, other) => one - other),
      )
      assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
    })
  }

  test(`${way.name} that does not count gets what was sent on a connection that had broken, before anybody noticed`, async (t) => {
    const feed = await startFeed(t)
    const rest = watchRest(feed.server)
    const connections = new Set<Socket>()
    feed.server.server.on('connection', (socket: Socket) => {
      connections.add(socket)
    })
    const listener = listen(t, `http://127.0.0.1:${feed.server.port}`, way)
    await listener.connected()
    for (const round of [1, 2, 3]) {
      await listener.until(feed.send())
      // The websocket is there, or the next poll is held.
      await rest(way.transports.length > 1)
      // A websocket's frames leave at the end of the turn, an answer at once. None of these has an attachment.
      if (listener.isOnWebsocket) for (let more = 0; more < 2; more++) feed.send()
      for (const connection of connections) connection.destroy()
      for (let more = 0; more < 3; more++) feed.send()
      setImmediate(() => feed.send())
      await listener.back.until(round)
    }
    await listener.until(feed.send())
    assert.deepEqual(listener.numbers.entries, below(feed.sent.feed))
  })

  test(`${way.name} that does not count loses nothing when all had arrived at the cut`, async (t) => {
    const feed = await startFeed(t)
    const rest = watchRest(feed.server)
    const line = new Line(feed.server.port, () => rest(way.transports.length > 1))
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
