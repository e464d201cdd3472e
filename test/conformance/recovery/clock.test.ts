// Owns: clients that are away while the clock of the system is set: how long they may be is none of its business.
// Elsewhere: how long that is (life.test.ts, resume-bounds.test.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FakeClock } from '../../support/clock.js'
import { generations } from '../../support/generations.js'
import { chatServer, comeBy } from './any-wire.js'
import { until } from './raw.js'

const hour = 3_600_000

for (const wire of generations) {
  describe(`a client of ${wire} that is away while the system clock is set`, () => {
    for (const [how, by] of [
      ['back by an hour', -hour],
      ['back by ten years', -87_600 * hour],
      ['on by an hour', hour],
    ] as const) {
      test(`${how} comes back as long as its time has not passed, and with what it has missed`, async (t) => {
        const server = await chatServer(t, { recovery: { duration: 60_000 } })
        const client = await comeBy(t, server, wire)
        client.cut()
        await until(() => server.io.stats().suspended === 1)
        const now = Date.now()
        t.mock.method(Date, 'now', () => now + by)
        server.io.of('/chat').emit('said', 1)
        const back = await comeBy(t, server, wire, { back: client })
        assert.deepEqual(await back.event(), ['said', 1])
        back.emit('number', 1)
        assert.deepEqual(await back.event(), ['numbered', 1])
        assert.deepEqual(server.seen, ['connect', 'suspend', 'resume'])
      })

      test(`${how} ends when its time has passed`, async (t) => {
        const clock = new FakeClock()
        const server = await chatServer(t, { clock, recovery: { duration: 60_000 } })
        const client = await comeBy(t, server, wire)
        client.cut()
        await until(() => server.io.stats().suspended === 1)
        const now = Date.now()
        t.mock.method(Date, 'now', () => now + by)
        clock.advance(59_999)
        assert.deepEqual(server.seen, ['connect', 'suspend'])
        clock.advance(1)
        assert.deepEqual(server.seen, ['connect', 'suspend', 'disconnect transport close'])
        assert.deepEqual([server.io.stats().suspended, server.io.stats().sockets], [0, 0])
      })
    }
  })
}
