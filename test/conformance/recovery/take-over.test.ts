// Owns: a client that comes back before its loss was noticed: its newer connection takes over. What that calls, counts and
// leaves as it is, on every wire.
// Elsewhere: what a client that was lost gets (life.test.ts, client-4.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { generations, type Generation } from '../../support/generations.js'
import { Gate } from '../../support/wire-client.js'
import { comeBy, trustingServer, type AnyClient, type Coming } from './any-wire.js'
import { until } from './raw.js'

interface Hooks {
  readonly suspend?: (this: BaseNamespace) => unknown
  readonly resume?: (this: BaseNamespace) => unknown
}

async function start(t: TestContext, options: Options, { suspend, resume }: Hooks = {}) {
  t.mock.method(console, 'error', () => {})
  const seen: string[] = []
  class Chat extends BaseNamespace {
    override recv_connect() {
      seen.push('connect')
    }
    override recv_suspend(reason: string) {
      seen.push(`suspend ${reason}`)
      return suspend?.call(this)
    }
    override recv_resume() {
      seen.push(`resume, suspended ${this.socket.isSuspended}`)
      return resume?.call(this)
    }
    override recv_disconnect(reason: string) {
      seen.push(`disconnect ${reason}`)
    }
    on_echo(value: unknown) {
      this.emit('echoed', value)
    }
  }
  const server = await trustingServer(t, { '/chat': Chat }, { recovery: true, ...options })
  const { io } = server
  return {
    ...server,
    seen,
    come: (wire: Generation, coming?: Coming): Promise<AnyClient> => comeBy(t, server, wire, coming),
    lose: async (client: AnyClient): Promise<void> => {
      const before = io.stats().suspended
      client.cut()
      await until(() => io.stats().suspended === before + 1)
    },
    figures: () => {
      const { sockets, suspended, resumed, byTransport } = io.stats()
      return { sockets, suspended, resumed, websocket: byTransport.websocket }
    },
  }
}

for (const wire of generations) {
  describe(`a newer connection of a client of ${wire} takes over the one that is still there`, () => {
    test('and nobody who is away ends for it', async (t) => {
      const { come, lose, seen, figures } = await start(t, { recovery: { maxSuspended: 2 } })
      for (const address of ['10.0.1.1', '10.0.1.2']) await lose(await come(wire, { address }))
      const first = await come(wire, { address: '10.0.1.3' })
      seen.length = 0
      const second = await come(wire, { back: first, address: '10.0.1.4' })
      await first.closed
      second.emit('echo', 1)
      assert.deepEqual(await second.event(), ['echoed', 1])
      assert.deepEqual(seen, ['suspend transport close', 'resume, suspended false'])
      assert.deepEqual(figures(), { sockets: 3, suspended: 2, resumed: 1, websocket: 1 })
    })

    test('when only one may be away, and it has been lost before', async (t) => {
      const { come, lose, seen, figures } = await start(t, { recovery: { maxSuspended: 1 } })
      let client = await come(wire)
      await lose(client)
      client = await come(wire, { back: client })
      const next = await come(wire, { back: client })
      await client.closed
      await lose(next)
      assert.deepEqual(figures(), { sockets: 1, suspended: 1, resumed: 2, websocket: 0 })
      assert.equal(seen.filter((entry) => entry.startsWith('disconnect')).length, 0)
    })

    test('unless its application ends it when it is told of the loss', async (t) => {
      const { come, seen, figures } = await start(
        t,
        {},
        {
          suspend() {
            this.socket.disconnect()
          },
        },
      )
      const first = await come(wire)
      const second = come(wire, { back: first })
      second.catch(() => {})
      await first.closed
      assert.deepEqual(seen.slice(0, 3), [
        'connect',
        'suspend transport close',
        'disconnect server namespace disconnect',
      ])
      assert.equal(figures().suspended, 0)
    })
  })
}

// Of 2, a connection that is not read is not known to be lost before it is read again.
for (const wire of ['0.9', '4'] as const) {
  test(`a client of ${wire} takes over, and is lost while its application is asked: it is away, and its older name is good`, async (t) => {
    const gate = new Gate()
    let isHeld = true
    const resume = (): unknown => (isHeld ? gate.opened : undefined)
    const { come, seen, figures } = await start(t, {}, { resume })
    const first = await come(wire)
    seen.length = 0
    let websocket: AnyClient['websocket'] | undefined
    const asked = come(wire, {
      back: first,
      began: (begun) => {
        websocket = begun
      },
    })
    // It gets no answer.
    asked.catch(() => {})
    await first.closed
    await until(() => seen.length === 2)
    assert.equal(figures().suspended, 0)
    websocket?.terminate()
    await until(() => figures().suspended === 1)
    isHeld = false
    gate.open()
    const third = await come(wire, { back: first })
    third.emit('echo', 3)
    assert.deepEqual(await third.event(), ['echoed', 3])
    assert.deepEqual(
      seen.map((entry) => entry.split(' ')[0]),
      ['suspend', 'resume,', 'suspend', 'resume,'],
    )
    assert.deepEqual([figures().suspended, figures().websocket, figures().sockets], [0, 1, 1])
  })
}
