// Owns: clients that are back, and whose recv_resume takes its time: they are not away meanwhile, on any wire.
// Elsewhere: what recv_resume decides (hooks.test.ts, resume-access.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { ask } from '../../support/engine-peer.js'
import { generations, type Generation } from '../../support/generations.js'
import { Gate } from '../../support/wire-client.js'
import { comeBy, trustingServer, type AnyClient, type Coming } from './any-wire.js'
import { until } from './raw.js'

async function start(t: TestContext, wire: Generation, options: Options) {
  const seen: string[] = []
  const gate = new Gate()
  class Chat extends BaseNamespace {
    override recv_suspend() {
      seen.push('suspend')
    }
    override recv_resume() {
      seen.push('resume')
      return gate.opened
    }
    override recv_disconnect(reason: string) {
      seen.push(`disconnect ${reason}`)
    }
    on_echo(value: unknown) {
      this.emit('echoed', value)
    }
  }
  const server = await trustingServer(t, { '/chat': Chat }, options)
  const { io } = server
  return {
    ...server,
    seen,
    gate,
    come: (coming?: Coming): Promise<AnyClient> => comeBy(t, server, wire, coming),
    lose: async (client: AnyClient): Promise<void> => {
      const before = seen.filter((entry) => entry === 'suspend').length
      client.cut()
      await until(() => seen.filter((entry) => entry === 'suspend').length > before)
    },
    asked: (times: number): Promise<void> => until(() => seen.filter((entry) => entry === 'resume').length === times),
    io,
  }
}

for (const wire of generations) {
  describe(`a client of ${wire} whose recv_resume takes its time`, () => {
    test('does not end because its time to come back passes meanwhile', async (t) => {
      const clock = new FakeClock()
      const { come, lose, asked, seen, gate, io } = await start(t, wire, { clock, recovery: { duration: 5_000 } })
      const client = await come()
      await lose(client)
      clock.advance(4_900)
      const back = come({ back: client })
      await asked(1)
      assert.equal(io.stats().suspended, 0)
      clock.advance(1_000)
      gate.open()
      const peer = await back
      peer.emit('echo', 1)
      assert.deepEqual(await peer.event(), ['echoed', 1])
      assert.deepEqual(seen, ['suspend', 'resume'])
      assert.deepEqual([io.stats().suspended, io.stats().resumed], [0, 1])
    })

    test('does not end because others are lost meanwhile', async (t) => {
      const { come, lose, asked, seen, gate, io } = await start(t, wire, { recovery: { maxSuspended: 1 } })
      const client = await come()
      const other = await come()
      await lose(client)
      const back = come({ back: client })
      await asked(1)
      await lose(other)
      assert.equal(io.stats().suspended, 1)
      gate.open()
      const peer = await back
      peer.emit('echo', 1)
      assert.deepEqual(await peer.event(), ['echoed', 1])
      assert.deepEqual(seen, ['suspend', 'resume', 'suspend'])
    })
  })
}

test('a client that is ended meanwhile, and whose connection is lost, leaves nothing behind', async (t) => {
  const clock = new FakeClock()
  const { come, lose, asked, io } = await start(t, '0.9', { clock, recovery: { duration: 5_000 } })
  const client = await come()
  await lose(client)
  let websocket: AnyClient['websocket'] | undefined
  come({ back: client, began: (begun) => (websocket = begun) }).catch(() => {})
  await asked(1)
  const [socket] = await io.of('/chat').fetchSockets()
  socket?.disconnect(true)
  websocket?.terminate()
  await new Promise((resolve) => setTimeout(resolve, 50))
  clock.advance(5_000)
  assert.deepEqual([io.stats().sockets, io.stats().suspended], [0, 0])
  const again = await come({ back: client })
  again.emit('echo', 1)
  assert.deepEqual(await again.event(), ['echoed', 1])
  assert.deepEqual([io.stats().resumed, io.stats().resumesRefused.unknown], [0, 1])
})

test('a client of 0.9 whose poll is gone meanwhile is away again, if it does not poll in time', async (t) => {
  const clock = new FakeClock()
  const options = { clock, recovery: { duration: 600_000 }, closeTimeout: 60_000 }
  const { come, lose, asked, seen, gate, io, url } = await start(t, '0.9', options)
  const client = await come()
  await lose(client)
  const { body } = await ask(`${url}/socket.io/1/?t=1&resume=${client.name}&seen=0`)
  const polling = new AbortController()
  const polled = fetch(`${url}/socket.io/1/xhr-polling/${body.split(':')[0]}`, { signal: polling.signal })
  polled.catch(() => {})
  await asked(1)
  polling.abort()
  await new Promise((resolve) => setTimeout(resolve, 50))
  gate.open()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual([seen.at(-1), io.stats().suspended], ['resume', 0])
  clock.advance(60_000)
  assert.deepEqual([seen.at(-1), io.stats().suspended], ['suspend', 1])
  const back = await come({ back: client })
  back.emit('echo', 1)
  assert.deepEqual(await back.event(), ['echoed', 1])
  assert.deepEqual(seen, ['suspend', 'resume', 'suspend', 'resume'])
})
