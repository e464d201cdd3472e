// Owns: what a namespace does while its client is away: a handler that runs through it, a job that goes on for an hour, its end by a
// kick or with the server; on clients of each generation.
// Elsewhere: what is lost and comes again (the other files here), the hooks (test/conformance/recovery).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { watchRest } from '../../support/at-rest.js'
import { FakeClock } from '../../support/clock.js'
import { Journal } from '../../support/journal.js'
import { Gate } from '../../support/wire-client.js'
import { startQuietServer } from '../quiet.js'
import { Line } from './line.js'
import { below, countingLibraries, Listener, ways, type Way } from './listeners.js'

const libraries = countingLibraries()
const hour = 3_600_000

/** The namespaces of one client; what it sends are numbers from 0 on. */
async function open(t: TestContext, way: Way, options: Options = {}) {
  const life = new Journal<string>()
  const gate = new Gate()
  const feeds: Feed[] = []
  class Feed extends BaseNamespace {
    sent = 0

    override recv_connect() {
      feeds.push(this)
      life.note('connect')
    }

    recv_suspend() {
      life.note('away')
    }

    recv_resume() {
      life.note('back')
    }

    override recv_disconnect(reason: string) {
      life.note(`ended ${reason}`)
      this.disconnect(true)
    }

    /** Runs until the test opens the gate. */
    async on_slow() {
      this.next()
      life.note('slow')
      await gate.opened
      this.next()
      life.note('slow done')
      return 'done'
    }

    next() {
      this.emit('number', this.sent++)
    }

    begin() {
      this.spawn(async (signal) => {
        try {
          while (!signal.aborted) {
            await this.sleep(1_000)
            this.next()
          }
        } finally {
          life.note(`job over at ${this.sent}`)
        }
      })
    }
  }
  const server = await startQuietServer(t, { '/feed': Feed, '/other': BaseNamespace }, { recovery: true, ...options })
  const line = new Line(server.port, watchRest(server))
  const listener = new Listener(t, `http://127.0.0.1:${await line.listen(t)}`, way, libraries)
  await listener.connected()
  await life.until(1)
  const [feed] = feeds
  assert.ok(feed !== undefined)
  return { server, line, listener, feed, life, gate }
}

for (const way of ways.filter(({ transports: [first] }) => first === 'websocket' || first === 'htmlfile')) {
  for (const isBackFirst of [false, true])
    test(`${way.name}: a handler runs through its absence, and is done ${isBackFirst ? 'after it' : 'within it'}`, async (t) => {
      const { line, listener, feed, life, gate } = await open(t, way)
      const acks: unknown[] = []
      listener.emit('slow', (answer: unknown) => acks.push(answer))
      await listener.until(0)
      await line.cutOff()
      await life.until(3)
      if (!isBackFirst) {
        gate.open()
        await life.until(4)
      }
      line.accept()
      await listener.back.until(1)
      gate.open()
      await life.until(5)
      feed.next()
      await listener.until(2)
      assert.deepEqual(listener.numbers.entries, [0, 1, 2])
      const end = isBackFirst ? ['back', 'slow done'] : ['slow done', 'back']
      assert.deepEqual(life.entries, ['connect', 'slow', 'away', ...end])
      // The client of 4 forgets its callbacks when the connection is lost.
      assert.deepEqual(acks, way.generation === '4' ? [] : ['done'])
    })

  test(`${way.name}: a job that sends for an hour while it is away is heard whole`, async (t) => {
    const clock = new FakeClock()
    const recovery = { duration: hour + 1, maxBytes: 1_000_000 }
    const { line, listener, feed, life } = await open(t, way, { clock, recovery, maxBufferedPackets: 10_000 })
    await line.cutOff()
    await life.until(2)
    feed.begin()
    await clock.tick(hour)
    assert.deepEqual(life.entries, ['connect', 'away'])
    line.accept()
    await listener.back.until(1)
    await listener.until(3_599)
    assert.deepEqual(listener.numbers.entries, below(3_600))
    assert.deepEqual(life.entries, ['connect', 'away', 'back'])
  })

  test(`${way.name}: a job that sends more than is kept ends with its client, once`, async (t) => {
    const clock = new FakeClock()
    const { server, line, listener, feed, life } = await open(t, way, {
      clock,
      recovery: { duration: hour + 1, maxBytes: 20_000 },
      maxBufferedPackets: 10_000,
    })
    await line.cutOff()
    await life.until(2)
    feed.begin()
    await clock.tick(hour)
    const [, , ...end] = await life.until(4)
    assert.ok(end.includes('ended transport close'), String(end))
    assert.equal(end.length, 2)
    assert.ok(feed.sent < 1_500, String(feed.sent))
    assert.equal(server.io.stats().suspended, 0)
    line.accept()
    await listener.back.until(1)
    assert.deepEqual((await life.until(5)).at(-1), 'connect')
    assert.deepEqual(listener.numbers.entries, [])
  })

  test(`${way.name}: a kick while it is away ends its namespace once, and is told at its return`, async (t) => {
    const { line, listener, feed, life, server } = await open(t, way)
    await line.cutOff()
    await life.until(2)
    feed.next()
    feed.disconnect()
    assert.deepEqual((await life.until(3)).at(-1), 'ended server namespace disconnect')
    while (listener.isConnected) await pause(5)
    const told = listener.disconnected()
    line.accept()
    await told
    // Clients of 2 and 4 keep what comes before their connect is confirmed, and forget it when they are disconnected.
    assert.deepEqual(listener.numbers.entries, way.generation === '0.9' ? [0] : [])
    assert.deepEqual(life.entries, ['connect', 'away', 'ended server namespace disconnect'])
    assert.equal(server.io.stats().suspended, 0)
  })

  test(`${way.name}: a server that closes and drains waits for the handler of one that is away`, async (t) => {
    const { line, listener, life, gate, server } = await open(t, way)
    listener.emit('slow')
    await listener.until(0)
    await line.cutOff()
    await life.until(3)
    const closed = server.io.close({ drain: 10_000 })
    setTimeout(() => {
      gate.open()
    }, 50)
    await closed
    assert.deepEqual(life.entries, ['connect', 'slow', 'away', 'slow done', 'ended server shutting down'])
  })
}
