// Owns: a process of several that is killed without a word: the others serve their clients on, and its clients are gone.
// Elsewhere: Redis that is away (outage-*.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startBackplane } from '../support/backplane.js'
import { startCluster, type ClusterNode } from '../support/cluster.js'
import { patienceMs } from '../support/journal.js'
import { afterFile } from '../support/redis.js'
import { fillRoom, warmUp } from './suite/rooms.js'

const after = afterFile()

for (const adapter of ['redis-adapter with redis', 'cluster-adapter'] as const) {
  test(`a process that is killed takes its own clients with it and nobody else's, over ${adapter}`, async (t) => {
    const redisUrl = await startBackplane(after, adapter)
    const nodes = await startCluster(after, 3, { adapter, redisUrl })
    const [one, other, killed] = nodes as [ClusterNode, ClusterNode, ClusterNode]
    const { room, clients, ids } = await fillRoom(t, nodes)
    // One of every generation in each process, in their order.
    const left = (clients.length / 3) * 2
    await killed.kill()
    await warmUp([one, other], clients.slice(0, left), room, 'after the kill')

    const found = (): Promise<string[]> =>
      one.run(async ({ io }, to) => {
        const sockets = await io
          .of('/chat')
          .in(to)
          .timeout(1_000)
          .fetchSockets()
          .catch(() => [])
        return sockets.map(({ id }) => id)
      }, room)
    const living = ids.slice(0, left).toSorted()
    const end = Date.now() + patienceMs
    let ended = await found()
    // The others learn of it in their adapter's own time, and ask for nothing meanwhile that they would not get.
    while (ended.length !== living.length) {
      assert.ok(Date.now() < end, `${ended.length} sockets were found`)
      await pause(50)
      ended = await found()
    }
    assert.deepEqual(ended.toSorted(), living)
    assert.deepEqual([one.hasEnded, other.hasEnded], [false, false])
  })
}
