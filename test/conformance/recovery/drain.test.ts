// Owns: io.close() while clients are away, or come back: with `drain` their handlers run to the end.
// Elsewhere: clients that are connected (test/conformance/drain*.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { generations, type Generation } from '../../support/generations.js'
import { Gate } from '../../support/wire-client.js'
import { comeBy, trustingServer, type AnyClient, type Coming } from './any-wire.js'
import { until } from './raw.js'

async function start(t: TestContext, wire: Generation, options: Options = {}, resume: () => unknown = () => undefined) {
  const seen: string[] = []
  const gate = new Gate()
  class Chat extends BaseNamespace {
    override recv_disconnect(reason: string) {
      seen.push(`disconnect ${reason}`)
    }
    override recv_resume() {
      return resume()
    }
    async on_work(value: unknown) {
      seen.push(`begins ${String(value)}`)
      await gate.opened
      this.emit('worked', value)
      seen.push(`ends ${String(value)}`)
    }
  }
  const server = await trustingServer(t, { '/chat': Chat }, { recovery: true, ...options })
  const { io } = server
  const come = (coming?: Coming): Promise<AnyClient> => comeBy(t, server, wire, coming)
  return {
    io,
    seen,
    gate,
    come,
    /** One that is away, and whose first handler runs. */
    lost: async (): Promise<AnyClient> => {
      const client = await come()
      client.emit('work', 1)
      client.emit('work', 2)
      await until(() => io.stats().backlog.packets === 1)
      client.cut()
      await until(() => io.stats().suspended === 1)
      return client
    },
  }
}

for (const wire of generations) {
  describe(`io.close() with a client of ${wire} that is away`, () => {
    test('and drain waits until all that it has sent is handled', async (t) => {
      const { io, seen, gate, lost } = await start(t, wire)
      await lost()
      const closed = io.close({ drain: 10_000 }).then(() => seen.push('closed'))
      await new Promise((resolve) => setTimeout(resolve, 50))
      assert.deepEqual(seen, ['begins 1'])
      gate.open()
      await closed
      assert.deepEqual(seen, ['begins 1', 'ends 1', 'begins 2', 'ends 2', 'disconnect server shutting down', 'closed'])
      assert.deepEqual([io.stats().suspended, io.stats().sockets], [0, 0])
    })

    test('and drain waits no longer than that', async (t) => {
      const { io, seen, gate, lost } = await start(t, wire, { closeTimeout: 200, pollingDuration: 100 })
      await lost()
      await io.close({ drain: 50 })
      assert.deepEqual(seen.slice(0, 2), ['begins 1', 'disconnect server shutting down'])
      assert.deepEqual([io.stats().suspended, io.stats().sockets], [0, 0])
      gate.open()
    })

    test('and without drain ends it immediately', async (t) => {
      const { io, seen, gate, lost } = await start(t, wire)
      await lost()
      const closed = io.close()
      await until(() => seen.length === 2)
      assert.deepEqual(seen, ['begins 1', 'disconnect server shutting down'])
      gate.open()
      await closed
    })
  })

  test(`a client of ${wire} that waits for recv_resume ends with io.close(), drained or not`, async (t) => {
    for (const closing of [{}, { drain: 10_000 }]) {
      for (const isLost of [true, false]) {
        let isAsked = false
        const asked = new Gate()
        const { io, seen, come } = await start(t, wire, {}, () => {
          isAsked = true
          return asked.opened
        })
        const client = await come()
        if (isLost) {
          client.cut()
          await until(() => io.stats().suspended === 1)
        }
        const back = come({ back: client })
        back.catch(() => {})
        await until(() => isAsked)
        const closed = io.close(closing)
        // Its connection is closed whether the answer comes or not.
        asked.open()
        await closed
        assert.deepEqual(seen, ['disconnect server shutting down'])
        assert.deepEqual([io.stats().suspended, io.stats().sockets], [0, 0])
      }
    }
  })
}
