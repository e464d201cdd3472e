// Owns: what a count costs on the wire between processes, whatever the number of sockets.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { createClient } from 'redis'
import { startCluster, type ClusterNode } from '../support/cluster.js'
import { afterFile, startRedis } from '../support/redis.js'
import { countBy, until } from './suite/counts.js'

const after = afterFile()
const published: string[][] = []
let nodes: ClusterNode[]

before(async () => {
  const redis = await startRedis(after)
  nodes = await startCluster(after, 3, {
    adapter: 'redis-adapter with redis',
    redisUrl: redis.url,
    options: () => ({ maxSockets: 20_000 }),
  })
  const watcher = createClient({ url: redis.url })
  await watcher.connect()
  after(() => watcher.destroy())
  await watcher.monitor((line) => {
    const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word = '']) => word.replaceAll('\\"', '"'))
    if (words[0]?.toUpperCase() === 'PUBLISH') published.push(words.slice(1))
  })
})

test('a count of 10,000 sockets costs each process less than 100 bytes', { timeout: 120_000 }, async () => {
  const [one, ...others] = nodes as [ClusterNode, ...ClusterNode[]]
  for (const node of others) {
    for (let hundreds = 0; hundreds < 50; hundreds++) await node.run(({ crowd }) => crowd(100))
  }
  await until(() => countBy(one), 10_000)
  await pause(200)
  published.length = 0
  assert.equal(await countBy(one), 10_000)
  await pause(200)
  const costs = published.map(([channel, message = '']) => [channel, Buffer.byteLength(message)] as const)
  assert.deepEqual(
    costs.map(([channel]) => channel),
    ['socket.io-request#/chat#', 'socket.io-response#/chat#', 'socket.io-response#/chat#'],
  )
  for (const [channel, bytes] of costs) assert.ok(bytes < 100, `${channel} got ${bytes} bytes`)
  console.log(`a count of 10,000 sockets in 3 processes: ${costs.map(([, bytes]) => bytes).join(', ')} bytes`)
})
