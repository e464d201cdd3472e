// Owns: sessionEnded(), in each way to fail: the client ends all the same, and the process lives.
// Elsewhere: when a session has ended (express.test.ts, idle.test.ts), what real clients do then (test/interop/session-ended.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type express from 'express'
import { BaseNamespace, SessionMixin } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { generations } from '../../support/generations.js'
import { Journal } from '../../support/journal.js'
import { openShop } from '../../support/session-shop.js'

class Chat extends SessionMixin(BaseNamespace<{ request: express.Request }>) {
  static freshFor = 0

  on_look() {
    return this.request.session['cart'] as string
  }
}

const faults: Readonly<Record<string, readonly [reports: number, fault: () => unknown]>> = {
  throws: [
    1,
    () => {
      throw new Error('of a hook')
    },
  ],
  rejects: [1, () => turn().then(() => Promise.reject(new Error('of a hook')))],
  'never settles': [1, () => new Promise(() => {})],
  'answers garbage': [0, () => 42],
  'answers a promise': [0, () => turn()],
  'answers what cannot be awaited': [
    1,
    () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- on purpose
      then() {
        throw new Error('of a hook')
      },
    }),
  ],
}

for (const generation of generations) {
  for (const [what, [expected, fault]] of Object.entries(faults)) {
    for (const kind of ['method', 'field'] as const) {
      test(`a client of ${generation} ends with its session where sessionEnded(), a ${kind}, ${what}`, async (t) => {
        const clock = new FakeClock()
        const ends = new Journal<string>()
        const asked = new Journal<string>()
        class Faulty extends Chat {
          constructor(...args: ConstructorParameters<typeof Chat>) {
            super(...args)
            if (kind === 'field') Object.defineProperty(this, 'sessionEnded', { value: () => this.fault() })
          }

          fault() {
            asked.note('asked')
            return fault()
          }

          override sessionEnded() {
            return this.fault()
          }

          override recv_disconnect(reason: string) {
            ends.note(reason)
          }
        }
        const { visitor, shop } = await openShop(t, { '/shop': Faulty }, { options: { clock } })
        const peer = await visitor.enter(t, generation, '/shop')
        await visitor.get('/logout')
        peer.emit('/shop', 'look')
        await asked.until(1)
        if (what === 'never settles') {
          peer.emit('/shop', 'look')
          assert.deepEqual(await peer.settled(), [])
          await clock.tick(60_000)
        }
        assert.deepEqual(await peer.ended(), [])
        assert.deepEqual(await ends.until(1), ['session ended'])
        const messages = shop.reports.takeAll().map(({ message }) => message)
        assert.deepEqual(
          messages,
          Array.from({ length: expected }, () => 'The method "sessionEnded" failed'),
        )
        assert.equal(asked.entries.length, 1)
      })
    }
  }
}

test('sessionEnded() is called in each namespace that keeps it, and may keep the client from coming back', async (t) => {
  const clock = new FakeClock()
  const told = new Journal<string>()
  class Leaving extends Chat {
    override async sessionEnded() {
      told.note(`${this.nsName} begins`)
      await turn()
      this.emit('logged out')
      told.note(`${this.nsName} ends`)
      this.socket.disconnect()
    }
  }
  class Failing extends Chat {
    override sessionEnded() {
      told.note('failing')
      throw new Error('of a hook')
    }
  }
  for (const generation of generations) {
    told.entries.length = 0
    const { visitor, shop } = await openShop(t, { '/a': Leaving, '/b': Failing }, { options: { clock } })
    const peer = await visitor.enter(t, generation, '/a')
    await peer.enter('/b')
    await visitor.get('/logout')
    peer.emit('/b', 'look')
    const lines = await peer.ended()
    assert.equal(lines[0], 'event /a logged out []', generation)
    assert.ok(lines.includes(generation === '0.9' ? 'left ' : 'left /a'), lines.join('\n'))
    assert.deepEqual(told.entries.toSorted(), ['/a begins', '/a ends', 'failing'])
    const [report, ...others] = shop.reports.takeAll()
    assert.equal(report?.message, 'The method "sessionEnded" failed')
    assert.deepEqual(others, [])
  }
})
