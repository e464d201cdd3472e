// Owns: @socket.io/redis-emitter, which speaks to rooms from a process that serves nobody.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { Emitter } from '@socket.io/redis-emitter'
import { createClient } from 'redis'
import { startCluster, type ClusterNode } from '../support/cluster.js'
import { afterFile, startRedis } from '../support/redis.js'
import { fillRoom } from './suite/rooms.js'

const after = afterFile()
let nodes: ClusterNode[]
let emitter: Emitter

before(async () => {
  const redis = await startRedis(after)
  nodes = await startCluster(after, 2, { adapter: 'redis-adapter with redis', redisUrl: redis.url })
  const client = createClient({ url: redis.url })
  await client.connect()
  after(() => client.close())
  emitter = new Emitter(client).of('/chat')
})

test('an emitter outside reaches every generation in both processes, but those excepted', async (t) => {
  const { room, clients, ids } = await fillRoom(t, nodes)
  emitter
    .to(room)
    .except(ids[0] as string)
    .emit('said', 'from outside')
  emitter.to(room).emit('said', 'end')
  assert.deepEqual(
    await Promise.all(clients.map((client) => client.until('end'))),
    clients.map((_, index) => (index === 0 ? ['end'] : ['from outside', 'end'])),
  )
})

test('an emitter outside moves sockets to a room, and ends them after its last word', async (t) => {
  const { room, clients } = await fillRoom(t, nodes)
  const annex = `${room}, annex`
  emitter.in(room).socketsJoin(annex)
  for (let found = 0; found < clients.length;) {
    found = await (nodes[0] as ClusterNode).run(
      async ({ io }, of) => (await io.of('/chat').in(of).fetchSockets()).length,
      annex,
    )
  }
  emitter.to(annex).emit('said', 'the end')
  emitter.in(annex).disconnectSockets()
  await Promise.all(clients.map(({ ended }) => ended))
  assert.deepEqual(
    clients.map(({ heard }) => heard.entries),
    clients.map(() => ['the end']),
  )
})

test('an emitter outside speaks to the processes themselves', async () => {
  const told = nodes.map((node) =>
    node.run(
      ({ io }) =>
        new Promise((resolve) => {
          io.of('/chat').onServerSideEmit('tell', resolve)
        }),
    ),
  )
  // Steps are run in order: whoever answers this is listening.
  await Promise.all(nodes.map((node) => node.run(() => true)))
  emitter.serverSideEmit('tell', 'news')
  assert.deepEqual(await Promise.all(told), ['news', 'news'])
})
