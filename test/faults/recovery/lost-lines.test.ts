// Owns: connections that are lost by a reset, by the server, on one side alone, or that fall silent; a client that is back before
// the server has noticed; recoveries in a row, before anything was sent, after an idle hour; and what it ends as.
// Elsewhere: cuts within frames (every-byte.test.ts, random-cuts.test.ts).
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { watchRest } from '../../support/at-rest.js'
import { FakeClock } from '../../support/clock.js'
import { startFeed, type Feed, type FeedOptions } from './feed.js'
import { Line } from './line.js'
import { below, countingLibraries, isPollingOld, Listener, ways, type Way } from './listeners.js'

const libraries = countingLibraries()
const closeTimeout = 60_000

interface Scene {
  readonly feed: Feed
  readonly line: Line
  readonly listener: Listener
  /** How many requests the server has and has not answered. */
  readonly held: () => number
  /** Ends all connections on the server's side. */
  readonly cutByServer: () => Promise<void>
}

async function open(t: TestContext, way: Way, options: FeedOptions = {}): Promise<Scene> {
  const feed = await startFeed(t, options)
  const sockets = new Set<Socket>()
  feed.server.server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  let held = 0
  feed.server.server.prependListener('request', (_request: object, response: ServerResponse) => {
    held++
    response.on('close', () => held--)
  })
  const rest = watchRest(feed.server)
  const atRest = (): Promise<void> => rest(way.transports.length > 1)
  const line = new Line(feed.server.port, atRest)
  const listener = new Listener(t, `http://127.0.0.1:${await line.listen(t)}`, way, libraries)
  await listener.connected()
  return {
    feed,
    line,
    listener,
    held: () => held,
    cutByServer: async () => {
      await atRest()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** One that is missing or too much anywhere, or a second life of a namespace, fails it. */
async function assertWhole({ feed, listener }: Scene): Promise<void> {
  if (feed.sent.feed > 0) await listener.until(feed.sent.feed - 1)
  assert.deepEqual(listener.numbers.entries, below(feed.sent.feed))
  assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
  assert.deepEqual(feed.ended.entries, [])
}

/** The server has noticed that its connections are broken. */
async function connectionsGone({ server: { server } }: Feed): Promise<void> {
  const count = promisify(server.getConnections.bind(server))
  while ((await count()) > 0) await pause(5)
}

// Soon noticed: by the client, and by the server.
const impatient = {
  heartbeatInterval: 400,
  heartbeatTimeout: 1_000,
  pollingDuration: 400,
  closeTimeout: 1_000,
  pingInterval: 400,
  pingTimeout: 400,
}

const losses: readonly (readonly [name: string, options: FeedOptions, lose: (scene: Scene) => Promise<void>])[] = [
  ['that is reset', {}, ({ line }) => line.cut()],
  ['that the server ends', {}, ({ cutByServer }) => cutByServer()],
  ['of which the server has not noticed that it is lost', {}, ({ line }) => line.cutClients()],
  ['that falls silent', impatient, ({ line }) => line.fallSilent()],
]

for (const way of ways) {
  for (const [name, options, lose] of losses) {
    test(`${way.name} comes back from a connection ${name}, with all that was sent meanwhile, once`, async (t) => {
      const scene = await open(t, way, options)
      const { feed, listener } = scene
      for (let round = 1; round <= 3; round++) {
        for (let more = 0; more < 7; more++) feed.send()
        if (round > 1) await listener.until(feed.send())
        await lose(scene)
        for (let more = 0; more < 20; more++) feed.send()
        const returned = listener.back.until(round)
        for (;;) {
          feed.send()
          if (await Promise.race([returned.then(() => true), pause(50, false)])) break
        }
      }
      await assertWhole(scene)
      if (way.generation === '4') assert.deepEqual(listener.back.entries, [true, true, true])
    })
  }

  test(`${way.name} comes back three times in a row without a word between`, async (t) => {
    const scene = await open(t, way)
    const { feed, line, listener } = scene
    await listener.until(feed.send())
    for (const round of [1, 2, 3]) {
      await line.cut()
      await listener.back.until(round)
    }
    feed.send()
    await assertWhole(scene)
  })

  test(`${way.name} comes back before anything was ever sent, and gets what was sent meanwhile`, async (t) => {
    const scene = await open(t, way)
    const { feed, line, listener } = scene
    await line.cut()
    await listener.back.until(1)
    assert.deepEqual(feed.opened.entries.toSorted(), ['/feed', '/other'])
    await line.cut()
    if (!isPollingOld(way)) await feed.suspended.until(4)
    feed.send()
    await listener.back.until(2)
    await assertWhole(scene)
    if (!isPollingOld(way)) assert.deepEqual(feed.whileAway, [0])
    if (way.generation === '4') assert.deepEqual(listener.back.entries, [true, true])
  })

  // Those that upgrade are watched by the server's clock and pinged by engine.io's, which is Node's: often, so that each step has one.
  const isUpgrading = way.transports.length > 1
  const pings = isUpgrading ? { pingInterval: 20, pingTimeout: 60_000 } : {}

  test(`${way.name} comes back after an idle hour`, async (t) => {
    const clock = new FakeClock()
    const scene = await open(t, way, { clock, ...pings })
    const { feed, line, listener } = scene
    await listener.until(feed.send())
    for (let passed = 0; passed < 3_600_000; passed += 20_000) {
      // What it is asked, it answers.
      clock.advance(20_000)
      await pause(isUpgrading ? 25 : 4)
      while (isPollingOld(way) && scene.held() === 0) await pause(1)
    }
    assert.ok(listener.isConnected)
    assert.deepEqual([feed.suspended.entries, feed.ended.entries], [[], []])
    await line.cut()
    if (!isPollingOld(way)) await feed.suspended.until(2)
    feed.send()
    await listener.back.until(1)
    await assertWhole(scene)
    if (way.generation === '4') assert.deepEqual(listener.back.entries, [true])
  })

  test(`${way.name} that stays away for longer than the duration ends once, and comes back as a new one`, async (t) => {
    const clock = new FakeClock()
    const scene = await open(t, way, { clock, recovery: { duration: 120_000 } })
    const { feed, line, listener } = scene
    await listener.until(feed.send())
    await line.cutOff()
    await connectionsGone(feed)
    // Its next poll may come for so long.
    if (isPollingOld(way)) clock.advance(closeTimeout)
    await feed.suspended.until(2)
    feed.send()
    clock.advance(119_999)
    assert.deepEqual(feed.ended.entries, [])
    clock.advance(1)
    const reason = isPollingOld(way) ? 'close timeout' : 'transport close'
    assert.deepEqual((await feed.ended.until(2)).toSorted(), [`/feed ${reason}`, `/other ${reason}`])
    line.accept()
    await listener.back.until(1)
    await feed.opened.until(4)
    assert.deepEqual(listener.numbers.entries, [0])
    await listener.until(feed.send())
    assert.deepEqual([listener.numbers.entries, feed.ended.entries.length], [[0, 2], 2])
    if (way.generation === '4') assert.deepEqual(listener.back.entries, [false])
  })
}
