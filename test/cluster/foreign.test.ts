// Owns: foreign and malformed messages on the channels of Redis: no process ends, and what is well formed still comes.
// Elsewhere: the messages (suite/foreign.ts).
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { createClient } from 'redis'
import { redisAdapters } from '../support/cluster-adapters.js'
import { startCluster } from '../support/cluster.js'
import { connectClient } from '../support/cluster-clients.js'
import { afterFile, startRedis, type Redis } from '../support/redis.js'
import { broadcasts, clusterBytes, entries, requests } from './suite/foreign.js'
import { fillRoom, warmUp } from './suite/rooms.js'

const after = afterFile()
const newClient = (url: string) => createClient({ url })
let redis: Redis
let foreigner: ReturnType<typeof newClient>

before(async () => {
  redis = await startRedis(after)
  foreigner = newClient(redis.url)
  await foreigner.connect()
  after(() => foreigner.close())
})

async function publishAll(channels: readonly string[], messages: readonly Buffer[]): Promise<void> {
  for (const channel of channels) for (const message of messages) await foreigner.publish(channel, message)
}

const publishing: Record<(typeof redisAdapters)[number], () => Promise<void>> = {
  'redis-adapter with redis': publishToRedisAdapter,
  'redis-adapter with ioredis': publishToRedisAdapter,
  'sharded redis-adapter with redis': publishToShards,
  'sharded redis-adapter with ioredis': publishToShards,
  'redis-streams-adapter with redis': publishToStream,
  'redis-streams-adapter with ioredis': publishToStream,
}

async function publishToRedisAdapter(): Promise<void> {
  await publishAll(['socket.io#/chat#', 'socket.io#/chat#warm#'], broadcasts)
  await publishAll(['socket.io-request#/chat#', 'socket.io-response#/chat#'], requests)
}

async function publishToShards(): Promise<void> {
  for (const message of clusterBytes) await foreigner.sPublish('socket.io#/chat#', message)
  // What answers a process goes to a channel of its own.
  for (const channel of await foreigner.pubSubShardChannels('socket.io#/chat#*')) {
    for (const message of clusterBytes) await foreigner.sPublish(channel, message)
  }
}

async function publishToStream(): Promise<void> {
  await publishAll(await foreigner.pubSubChannels('socket.io#/chat#*'), clusterBytes)
  for (const entry of entries) await foreigner.xAdd('socket.io', '*', entry)
}

for (const adapter of redisAdapters) {
  test(`${adapter}: nothing on its channels ends a process or keeps it from hearing the others`, async (t) => {
    const nodes = await startCluster(t.after.bind(t), 2, { adapter, redisUrl: redis.url })
    const { room, clients } = await fillRoom(t, nodes)
    const [exposed] = await Promise.all(nodes.map(({ url }) => connectClient(t.after.bind(t), url, '0.9 websocket')))
    await exposed?.ask('join', 'warm')
    await publishing[adapter]()
    // Some of it says, in good grammar, that everybody is to leave.
    const late = await Promise.all(
      nodes.flatMap(({ url }) =>
        (['0.9 websocket', '4 websocket'] as const).map((generation) =>
          connectClient(t.after.bind(t), url, generation),
        ),
      ),
    )
    await Promise.all(late.map((client) => client.ask('join', room)))
    await warmUp(nodes, late, room, 'after all that')
    const heard = new Set(clients.flatMap((client) => client.heard.entries))
    for (const text of ['as a connect', 'as a disconnect', 'as nothing', 'elsewhere', 'a number']) {
      assert.ok(!heard.has(text), `somebody heard ${text}`)
    }
    assert.deepEqual(
      nodes.map(({ hasEnded }) => hasEnded),
      [false, false],
    )
  })
}
