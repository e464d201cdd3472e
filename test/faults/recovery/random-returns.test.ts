// Owns: random lives of a few clients that are lost, come back, take over, are refused, kicked and asked for long: hooks come
// in pairs, no place is lost, and nothing is left in the end.
// Elsewhere: each of these by itself (test/conformance/recovery).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { comeBy, trustingServer, type AnyClient } from '../../conformance/recovery/any-wire.js'
import { until } from '../../conformance/recovery/raw.js'
import { FakeClock } from '../../support/clock.js'
import { generations, type Generation } from '../../support/generations.js'

const places = 6

/** Numbers that look random, and are the same for a seed. */
function randomBy(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** What one namespace has seen, in order: checked as it comes. */
class Life {
  state: 'connected' | 'away' | 'ended' = 'connected'
  readonly wrong: string[]

  constructor(wrong: string[]) {
    this.wrong = wrong
  }

  is(now: Life['state'], after: readonly Life['state'][], what: string): void {
    if (!after.includes(this.state)) this.wrong.push(`${what} when ${this.state}`)
    this.state = now
  }
}

async function run(t: TestContext, wire: Generation, seed: number): Promise<void> {
  const random = randomBy(seed)
  t.mock.method(console, 'error', () => {})
  const wrong: string[] = []
  const lives: Life[] = []
  const spaces = new Set<BaseNamespace>()
  class Chat extends BaseNamespace {
    life = new Life(wrong)
    override recv_connect() {
      lives.push(this.life)
      spaces.add(this)
    }
    override recv_suspend() {
      this.life.is('away', ['connected'], 'recv_suspend')
      if (random(12) === 0) this.socket.disconnect()
    }
    override async recv_resume() {
      this.life.is('connected', ['away'], 'recv_resume')
      if (random(3) > 0) await new Promise((resolve) => setTimeout(resolve, random(30)))
      if (random(10) === 0) throw new Error('refused')
    }
    override recv_disconnect() {
      this.life.is('ended', ['connected', 'away'], 'recv_disconnect')
      spaces.delete(this)
    }
    on_echo(value: unknown) {
      this.emit('echoed', value)
    }
  }
  const clock = new FakeClock()
  const options = { clock, maxSockets: places, maxSocketsPerAddress: places, recovery: { maxSuspended: 4 } }
  const server = await trustingServer(t, { '/chat': Chat }, options)
  const { io } = server
  const open = new Set<AnyClient['websocket']>()
  const names: { name: string; seen: number; offset?: string | undefined }[] = []
  const clients: AnyClient[] = []
  const come = (back?: { name: string; seen: number }): void => {
    const began = (websocket: AnyClient['websocket']): void => {
      open.add(websocket)
      websocket.once('close', () => open.delete(websocket))
    }
    comeBy(t, server, wire, { began, ...(back !== undefined && { back }) }).then(
      (client) => {
        clients.push(client)
        names.push({ name: client.name, seen: 0 })
      },
      // Refused, or cut before it was in.
      () => {},
    )
  }
  const operations = [
    () => {
      come()
    },
    () => {
      come(names[random(names.length)])
    },
    () => {
      come(names.at(-1))
    },
    () => {
      const all = [...open]
      all[random(all.length)]?.terminate()
    },
    () => {
      for (const websocket of open) if (random(3) === 0) websocket.terminate()
    },
    () => {
      io.of('/chat').emit('news', random(1000))
    },
    () => {
      const all = [...spaces]
      if (random(6) === 0) all[random(all.length)]?.socket.disconnect()
    },
    () => {
      clients.at(-1)?.emit('echo', 1)
    },
  ]
  for (let step = 0; step < 250; step++) {
    operations[random(operations.length)]?.()
    if (random(3) === 0) await new Promise((resolve) => setTimeout(resolve, random(12)))
    const { suspended, sockets, byTransport } = io.stats()
    assert.ok(suspended <= 4 && byTransport.websocket <= places, `${suspended} away, ${byTransport.websocket} here`)
    assert.ok(suspended >= 0 && sockets >= 0)
  }
  await new Promise((resolve) => setTimeout(resolve, 60))
  for (const websocket of open) websocket.terminate()
  await until(() => io.stats().byTransport.websocket === 0)
  clock.advance(10_000_000)
  await until(() => io.stats().sockets === 0)
  assert.deepEqual(wrong, [])
  assert.deepEqual([io.stats().suspended, io.stats().backlog.packets], [0, 0])
  for (const life of lives) assert.equal(life.state, 'ended')
  // All places are there again.
  const last = Array.from({ length: places }, () => comeBy(t, server, wire))
  await Promise.all(last)
  await assert.rejects(comeBy(t, server, wire), /refused: 503/)
}

for (const wire of generations) {
  for (let seed = 1; seed <= 3; seed++) {
    test(`clients of ${wire}, at random, ${seed}`, (t) => run(t, wire, seed * 7919))
  }
}
