// Owns: time: heartbeats, polls that run out of time, clients that fall silent. Each case takes as long as it takes.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { overAll, type Case } from '../case.js'
import { notHandshaken, polls, streams, undressed, type Target } from '../client.js'

// More than the README asks of the server, but not by much.
const slackMs = 3_000

async function timeoutsOf(target: Target): Promise<{ heartbeatMs: number; closeMs: number }> {
  const { heartbeatTimeout, closeTimeout } = await target.handshake()
  return { heartbeatMs: 1_000 * Number(heartbeatTimeout), closeMs: 1_000 * Number(closeTimeout) }
}

export const liveness: readonly Case[] = [
  ...overAll(streams, 'the server sends heartbeats', async (target, transport) => {
    const { heartbeatMs } = await timeoutsOf(target)
    const client = await target.open(transport)
    assert.equal(await client.any(heartbeatMs), '2::')
    await client.send('2::')
    assert.equal(await client.any(heartbeatMs), '2::')
  }),
  ...overAll(streams, 'a client that answers no heartbeat is given up', async (target, transport) => {
    const { heartbeatMs } = await timeoutsOf(target)
    const client = await target.open(transport)
    assert.equal(await client.any(heartbeatMs), '2::')
    await client.ended(heartbeatMs + slackMs)
    assert.equal((await target.get('xhr-polling', client.sid)).body, notHandshaken)
  }),
  ...overAll(streams, 'a client that answers heartbeats is kept', async (target, transport) => {
    const { heartbeatMs } = await timeoutsOf(target)
    const client = await target.open(transport)
    const end = Date.now() + 1.5 * heartbeatMs
    while (Date.now() < end) {
      assert.equal(await client.any(heartbeatMs), '2::')
      await client.send('2::')
    }
    await client.send('3:::alive')
    assert.equal(await client.next(), '3:::echo alive')
  }),
  ...overAll(polls, 'a poll that runs out of time is answered with a noop', async (target, transport) => {
    const { closeMs } = await timeoutsOf(target)
    const { sid } = await target.open(transport)
    const { status, body } = await target.get(transport, sid, {}, closeMs)
    assert.deepEqual({ status, payload: undressed(transport, body) }, { status: 200, payload: '8::' })
  }),
  ...overAll(polls, 'a client that polls no more is given up', async (target, transport) => {
    const { closeMs } = await timeoutsOf(target)
    const { sid } = await target.open(transport)
    await sleep(closeMs + slackMs)
    assert.equal((await target.get('xhr-polling', sid)).body, notHandshaken)
  }),
  ...overAll(polls, 'a client that polls is kept', async (target, transport) => {
    const { closeMs } = await timeoutsOf(target)
    const client = await target.open(transport)
    const end = Date.now() + 1.5 * closeMs
    while (Date.now() < end) assert.equal(await client.any(closeMs), '8::')
    await client.send('3:::alive')
    assert.equal(await client.next(), '3:::echo alive')
  }),
]
