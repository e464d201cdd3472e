// Owns: how sessions end, and how they go on over another transport.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { overAll, type Case } from '../case.js'
import { notHandshaken, polls, streams, transports, type Target } from '../client.js'

const origin = 'http://page.example'

// Until the server has worked on what came: it says nothing of that.
const settledMs = 150

async function assertUnknown(target: Target, sid: string): Promise<void> {
  assert.equal((await target.get('xhr-polling', sid)).body, notHandshaken)
}

const leaving = (target: Target, sid: string): string => `${target.mount}//${sid}/?disconnect=1`

export const endings: readonly Case[] = [
  ...overAll(
    streams,
    'a client that leaves is answered, the stream ends, and its id is not known',
    async (target, transport) => {
      const client = await target.open(transport)
      await client.send('0::')
      assert.equal(await client.next(), '0::')
      await client.ended()
      await assertUnknown(target, client.sid)
    },
  ),
  ...overAll(
    polls,
    'a client that leaves is answered by its held poll, and its id is not known',
    async (target, transport) => {
      const client = await target.open(transport)
      const poll = client.next()
      await sleep(settledMs)
      await client.send('0::')
      assert.equal(await poll, '0::')
      await assertUnknown(target, client.sid)
    },
  ),
  ...overAll(streams, 'a client that leaves by URL is answered on its stream', async (target, transport) => {
    const client = await target.open(transport)
    const { status, body } = await target.request(leaving(target, client.sid))
    assert.deepEqual({ status, body }, { status: 200, body: '' })
    assert.equal(await client.next(), '0::')
    await client.ended()
    await assertUnknown(target, client.sid)
  }),
  ...overAll(polls, 'a client that leaves by URL between two polls has left', async (target, transport) => {
    const client = await target.open(transport)
    const { status, body } = await target.request(leaving(target, client.sid))
    assert.deepEqual({ status, body }, { status: 200, body: '' })
    await assertUnknown(target, client.sid)
  }),
  {
    name: 'a client that leaves by URL may do so from a page of another origin',
    async run(target) {
      const client = await target.open('websocket')
      const { headers } = await target.request(leaving(target, client.sid), { headers: { Origin: origin } })
      assert.equal(headers['access-control-allow-origin'], origin)
      assert.equal(headers['access-control-allow-credentials'], 'true')
    },
  },
  {
    name: 'an id that nobody knows may leave by URL',
    async run(target) {
      const { status, body } = await target.request(leaving(target, 'nobody'))
      assert.deepEqual({ status, body }, { status: 200, body: '' })
    },
  },
  ...overAll(streams, 'a stream that is lost ends its session', async (target, transport) => {
    const client = await target.open(transport)
    target.close()
    await sleep(settledMs)
    await assertUnknown(target, client.sid)
  }),
  ...overAll(
    streams,
    'a client that the server disconnects is told, and its stream ends',
    async (target, transport) => {
      const client = await target.open(transport)
      await client.send('5:::{"name":"kick"}')
      assert.equal(await client.next(), '0::')
      await client.ended()
      await assertUnknown(target, client.sid)
    },
  ),
  ...overAll(
    polls,
    'a client that the server disconnects between two polls is told by the next',
    async (target, transport) => {
      const client = await target.open(transport)
      await client.send('5:::{"name":"kick"}')
      await sleep(settledMs)
      assert.equal(await client.next(), '0::')
    },
  ),
  {
    name: 'a session goes on over a websocket, and is not connected again',
    async run(target) {
      const polled = await target.open('xhr-polling')
      await polled.send('1::/chat')
      assert.equal(await polled.next(), '1::/chat')
      const client = target.attach('websocket', polled.sid)
      await client.send('3::/chat:x', '3:::y')
      assert.deepEqual(await client.take(2), ['3::/chat:chat x', '3:::echo y'])
    },
  },
  ...overAll(transports, 'an id is of no use after the end of its session', async (target, transport) => {
    const client = await target.open(transport)
    await client.send('0::')
    await sleep(settledMs)
    // What is left for it.
    if (transport.endsWith('polling')) await target.get(transport, client.sid)
    await assertUnknown(target, client.sid)
    const { status } = await target.post('xhr-polling', client.sid, '3:::x')
    assert.equal(status, 200)
  }),
]
