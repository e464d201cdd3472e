// Owns: a clock that jumps, by hours and back: nobody who lives is lost by a jump back, and what is due comes once.
// Elsewhere: time that runs as it should (test/conformance/liveness.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, ClosedError, type DisconnectReason } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { startServer } from '../support/server.js'
import { connectPeer } from '../support/v09-peers.js'
import { Queue } from '../support/wire-client.js'

const hour = 3_600_000

/** A clock whose time can be set, as when a machine has slept or its time was corrected. */
class JumpingClock extends FakeClock {
  #offset = 0

  override now(): number {
    return super.now() + this.#offset
  }

  jump(ms: number): void {
    this.#offset += ms
  }
}

interface Heard {
  readonly reasons: Queue<DisconnectReason>
  readonly ticks: string[]
}

async function start(t: TestContext, transport: 'websocket' | 'xhr-polling') {
  const clock = new JumpingClock()
  const heard: Heard = { reasons: new Queue<DisconnectReason>('a reason'), ticks: [] }
  class Clockwork extends BaseNamespace {
    on_sleep(ms: number) {
      this.spawn(() =>
        this.sleep(ms).then(
          () => heard.ticks.push('awake'),
          (error: unknown) => heard.ticks.push(error instanceof ClosedError ? 'ended' : 'failed'),
        ),
      )
      return 'asleep'
    }

    override recv_disconnect(reason: DisconnectReason) {
      heard.reasons.push(reason)
    }
  }
  const server = await startServer(t, { '': Clockwork }, { clock })
  const peer = await connectPeer(t, server, transport)
  await peer.send('5:1+::{"name":"sleep","args":[1000]}')
  assert.equal(await peer.receive(), '6:::1+["asleep"]')
  return { clock, peer, ...heard }
}

test('after a jump back by hours a websocket lives on, is asked for signs of life, and is lost when it gives none', async (t) => {
  const { clock, peer, reasons, ticks } = await start(t, 'websocket')
  clock.jump(-5 * hour)
  clock.advance(25_000)
  assert.deepEqual(reasons.takeAll(), [])
  // A timer that is due by its own count looks at the time, and waits until that has come as well.
  clock.advance(5 * hour)
  assert.equal(await peer.receive(), '2::')
  assert.deepEqual(ticks, ['awake'])
  await peer.send('2::')
  await peer.send('5:2+::{"name":"sleep","args":[100000000]}')
  assert.equal(await peer.receive(), '6:::2+["asleep"]')
  clock.advance(25_000)
  assert.equal(await peer.receive(), '2::')
  clock.advance(60_000)
  assert.equal(await reasons.next(), 'heartbeat timeout')
  clock.advance(hour)
  await turn()
  assert.deepEqual([reasons.takeAll(), ticks], [[], ['awake', 'ended']])
})

test('after a jump forward by hours what is due comes once, and a client that answers is not lost', async (t) => {
  const { clock, peer, reasons, ticks } = await start(t, 'websocket')
  clock.jump(5 * hour)
  clock.advance(25_000)
  assert.equal(await peer.receive(), '2::')
  await peer.send('2::')
  await peer.send('5:2+::{"name":"sleep","args":[0]}')
  assert.equal(await peer.receive(), '6:::2+["asleep"]')
  clock.advance(10)
  await turn()
  assert.deepEqual([reasons.takeAll(), ticks], [[], ['awake', 'awake']])
  clock.advance(24_990)
  assert.equal(await peer.receive(), '2::')
})

test('a poll that is held over a jump forward is answered once, and one that stays away is lost', async (t) => {
  const { clock, peer, reasons } = await start(t, 'xhr-polling')
  const held = peer.receive()
  await peer.send('5:2+::{"name":"sleep","args":[0]}')
  assert.equal(await held, '6:::2+["asleep"]')
  clock.jump(5 * hour)
  clock.advance(60_000)
  assert.equal(await reasons.next(), 'close timeout')
  clock.jump(-10 * hour)
  clock.advance(20 * hour)
  assert.deepEqual(reasons.takeAll(), [])
})
