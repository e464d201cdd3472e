// Owns: counts beside a server of Socket.IO's own on the same Redis, and messages of nobody's that look like ours.
import assert from 'node:assert/strict'
import http from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { before, test } from 'node:test'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'
import { startCluster, type ClusterNode } from '../support/cluster.js'
import { connectClient } from '../support/cluster-clients.js'
import { afterFile, startRedis } from '../support/redis.js'
import { countBy, until } from './suite/counts.js'

const after = afterFile()
let nodes: [ClusterNode, ClusterNode]
let pub: Redis
let theirs: Server
let theirUrl: string

before(async () => {
  const redis = await startRedis(after)
  nodes = (await startCluster(after, 2, { adapter: 'redis-adapter with redis', redisUrl: redis.url })) as typeof nodes
  pub = new Redis(redis.url)
  const sub = pub.duplicate()
  after(() => {
    pub.disconnect()
    sub.disconnect()
  })
  for (const node of nodes) {
    for (const generation of ['0.9 websocket', '4 websocket'] as const) await connectClient(after, node.url, generation)
  }
  for (const node of nodes) await until(() => countBy(node), 4)

  const server = http.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  theirs = new Server(server, { adapter: createAdapter(pub, sub) })
  theirs.of('/chat').on('connection', (socket) => {
    socket.data.who = 'theirs'
  })
  after(() => theirs.close().catch(() => {}))
  theirUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await connectClient(after, theirUrl, '4 websocket')
  await until(async () => (await theirs.of('/chat').fetchSockets()).length, 5)
})

test("a server of Socket.IO's own makes counts partial; fetchSockets() has its sockets, as before", async () => {
  const seen = nodes.map((node) =>
    node.run(async ({ io }) => {
      const chat = io.of('/chat')
      return Promise.all([
        chat.count({ partial: true }),
        chat.count().catch(({ code, partial }: { code: string; partial: object }) => [code, partial]),
        chat.fetchSockets({ partial: true }).then((part) => ({ ...part, sockets: part.sockets.length })),
        chat.fetchSockets().then((list) => list.map(({ data }) => data)),
      ])
    }),
  )
  for (const [count, whole, sockets, all] of await Promise.all(seen)) {
    assert.deepEqual(count, { count: 4, processes: 2, missing: 1 })
    assert.deepEqual(whole, ['SIO_ADAPTER', count])
    assert.deepEqual(sockets, { sockets: 4, processes: 2, missing: 1 })
    assert.deepEqual(
      all.filter((data) => Object.keys(data as object).length > 0),
      [{ who: 'theirs' }],
    )
    assert.equal(all.length, 5)
  }
})

test("a server of Socket.IO's own may ask, too", async () => {
  const answers = (await theirs.of('/chat').serverSideEmitWithAck('~sio:count')) as number[]
  assert.deepEqual(answers, [2, 2])
})

test('messages that look like ours end nothing, and are answered only if they are', async () => {
  // They would end its process.
  await theirs.close()
  const ask = (data: unknown, requestId?: string): Promise<unknown> =>
    pub.publish('socket.io-request#/chat#', JSON.stringify({ uid: 'nobody', requestId, type: 6, data }))
  const wrong: unknown[] = [
    ['~sio:count', 'lobby'],
    ['~sio:count', [1], {}],
    ['~sio:rooms', '', -1],
    ['~sio:rooms'],
    ['~sio:sockets', null, null],
    ['~sio:nothing'],
    ['~sio:count', ...Array.from({ length: 1_000 }, () => [])],
    [],
    [null],
    'text',
    null,
    { length: 2 },
  ]
  for (const data of wrong) {
    await ask(data, 'request')
    await ask(data)
  }
  for (const answer of ['many', -1, null, [1], { count: 1 }]) {
    await pub.publish('socket.io-response#/chat#', JSON.stringify({ type: 6, requestId: 'request', data: answer }))
  }
  for (const node of nodes) {
    assert.equal(await node.run(({ io }) => io.of('/chat').local.count()), 2)
    assert.deepEqual(await node.run(({ reports }) => reports), [])
  }
})
