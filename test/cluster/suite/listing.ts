// Owns: who is listed, asked and kicked between two processes while a connect or an end takes its time.
// Elsewhere: the same within one process (test/conformance/namespaces/listed.test.ts), those who are in (rooms.ts).
import assert from 'node:assert/strict'
import { before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startBackplane } from '../../support/backplane.js'
import { startCluster, type ClusterNode } from '../../support/cluster.js'
import type { ClusterAdapterName } from '../../support/cluster-adapters.js'
import { generations, openIn, type Generation, type NamespacePeer } from '../../support/generations.js'
import { patienceMs } from '../../support/journal.js'
import { afterFile } from '../../support/redis.js'

function listedBy(node: ClusterNode, room?: string): Promise<string[]> {
  return node.run(async ({ io }, from) => {
    const slow = io.of('/slow')
    const sockets = await (from === undefined ? slow : slow.in(from)).fetchSockets()
    return sockets.map(({ handshake }) => handshake.query['who'] ?? '')
  }, room)
}

/** Lets all that waits in a process go on. */
function goOn(node: ClusterNode): Promise<void> {
  return node.run(({ waiting }) => {
    for (const go of waiting.splice(0)) go()
  })
}

/** Waits until so many hooks wait in a process. */
async function waitingIn(node: ClusterNode, count: number): Promise<void> {
  const end = Date.now() + patienceMs
  while ((await node.run(({ waiting }) => waiting.length)) < count) {
    if (Date.now() > end) throw new Error(`expected ${count} hooks to wait`)
    await pause(5)
  }
}

export function listingSuite(adapter: ClusterAdapterName): void {
  let one: ClusterNode
  let other: ClusterNode
  const after = afterFile()

  before(async () => {
    const redisUrl = await startBackplane(after, adapter)
    ;[one, other] = (await startCluster(after, 2, { adapter, redisUrl })) as [ClusterNode, ClusterNode]
  })

  /** A client of the other process that is in, which the first process has found: it comes to that in its own time. */
  const someoneIn = async (t: TestContext, generation: Generation): Promise<NamespacePeer> => {
    const peer = await openIn(t, other, generation, 'who=in')
    await peer.enter('/slow')
    const end = Date.now() + patienceMs
    while (!(await listedBy(one)).includes('in')) {
      if (Date.now() > end) throw new Error('expected a client of the other process to be found')
      await pause(10)
    }
    return peer
  }

  for (const generation of generations) {
    test(`${adapter}: who connects, leaves or ends in the other process is neither listed nor waited for, on ${generation}`, async (t) => {
      const peer = await someoneIn(t, generation)
      const connecting = await openIn(t, other, generation, 'who=connecting&slow=connect')
      connecting.connect('/slow')
      const leaving = await openIn(t, other, generation, 'who=leaving')
      await leaving.enter('/slow')
      leaving.emit('/slow', 'work')
      leaving.leave('/slow')
      const ending = await openIn(t, other, generation, 'who=ending&slow=end')
      await ending.enter('/slow')
      ending.leave('/slow')
      await waitingIn(other, 3)
      for (const node of [one, other]) {
        assert.deepEqual(await listedBy(node), ['in'])
        assert.deepEqual(await listedBy(node, 'lobby'), ['in'])
        const answers = node.run(({ io }) => io.of('/slow').in('lobby').timeout(10_000).emitWithAck('question'))
        assert.equal(await peer.next(), 'asks /slow question []')
        peer.answer(['yes'])
        assert.deepEqual(await answers, ['yes'])
      }
      await goOn(other)
      assert.equal(await connecting.next(), 'connected /slow')
      for (const node of [one, other]) assert.deepEqual((await listedBy(node)).toSorted(), ['connecting', 'in'])
      for (const each of [peer, connecting, leaving, ending]) each.close()
    })

    test(`${adapter}: a kick from the other process refuses who connects, and ends who is in, on ${generation}`, async (t) => {
      const peer = await someoneIn(t, generation)
      const connecting = await openIn(t, other, generation, 'who=connecting&slow=connect')
      connecting.connect('/slow')
      await waitingIn(other, 1)
      await one.run(({ io }) => {
        io.of('/slow').in('lobby').disconnectSockets()
      })
      assert.equal(await connecting.next(), 'refused /slow')
      assert.equal(await peer.next(), 'left /slow')
      await goOn(other)
      assert.deepEqual(await connecting.settled(), [])
      for (const node of [one, other]) assert.deepEqual(await listedBy(node), [])
      // It may ask again.
      connecting.connect('/slow')
      await waitingIn(other, 1)
      await goOn(other)
      assert.equal(await connecting.next(), 'connected /slow')
      for (const each of [peer, connecting]) each.close()
    })

    test(`${adapter}: a kick with its socket from the other process ends who connects, on ${generation}`, async (t) => {
      await someoneIn(t, generation)
      const connecting = await openIn(t, other, generation, 'who=connecting&slow=connect')
      connecting.connect('/slow')
      await waitingIn(other, 1)
      await one.run(({ io }) => {
        io.of('/slow').disconnectSockets(true)
      })
      const heard = await connecting.ended()
      assert.ok(!heard.includes('connected /slow'), heard.join())
      await goOn(other)
      for (const node of [one, other]) assert.deepEqual(await listedBy(node), [])
    })
  }

  test(`${adapter}: no process has ended nor reported anything while hooks took their time`, async () => {
    assert.deepEqual(await Promise.all([one, other].map((node) => node.run(({ reports }) => reports))), [[], []])
  })
}
