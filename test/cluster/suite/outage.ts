// Owns: a Redis, or a PostgreSQL, that goes away and comes back, twice.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startServerOf } from '../../support/backplane.js'
import type { ClusterAdapterName } from '../../support/cluster-adapters.js'
import { startCluster, type ClusterNode } from '../../support/cluster.js'
import { fillRoom, warmUp } from './rooms.js'

export function outageSuite(adapter: ClusterAdapterName): void {
  test(`${adapter}: each process goes on without its backplane, says so once, and is back with it`, async (t) => {
    const backplane = await startServerOf(t.after.bind(t), adapter)
    const nodes = await startCluster(t.after.bind(t), 2, { adapter, redisUrl: backplane.url })
    const { room, clients } = await fillRoom(t, nodes)
    for (const round of [1, 2]) {
      await backplane.stop()
      await Promise.all(nodes.map((node) => actDuring(node, room, `without ${round}`)))
      // Those of its own process hear it at once, whatever they speak.
      await Promise.all(clients.map((client) => client.until(`without ${round}`)))
      await Promise.all(nodes.map((node) => reported(node, round)))
      assert.deepEqual(await Promise.all(nodes.map(fetching)), ['SIO_ADAPTER', 'SIO_ADAPTER'])
      // Four clients are in each.
      const alone = { count: 4, processes: 1, missing: 1 }
      assert.deepEqual(await Promise.all(nodes.map(counting)), [
        [alone, 'SIO_ADAPTER'],
        [alone, 'SIO_ADAPTER'],
      ])
      await Promise.all(nodes.map((node) => actDuring(node, room, `still without ${round}`)))
      await backplane.start()
      await warmUp(nodes, clients, room, `back ${round}`)
      // Requests and answers may go another way than broadcasts, which comes back in its own time.
      await Promise.all(nodes.map((node) => finding(node, room, clients.length)))
    }
    const reports = await Promise.all(nodes.map((node) => node.run(({ reports: all }) => all)))
    for (const report of reports.flat()) {
      const { concernsAll, name, message, endpoint, code } = report
      assert.deepEqual({ concernsAll, name, code }, { concernsAll: true, name: 'adapter_failed', code: 'SIO_ADAPTER' })
      // Which endpoint notices first is chance.
      assert.equal(message, `The adapter of "${endpoint}" failed`)
    }
    assert.deepEqual(
      reports.map((all) => all.length),
      [2, 2],
    )
  })
}

// Everything that asks the others for something.
function actDuring(node: ClusterNode, room: string, text: string): Promise<void> {
  return node.run(
    async ({ io }, [to, said]) => {
      const chat = io.of('/chat')
      chat.to(to).emit('said', said)
      chat.in(to).socketsJoin(`${to} too`)
      chat.in(to).socketsLeave(`${to} too`)
      chat.in('nowhere').disconnectSockets()
      chat.serverSideEmit('tell', said)
      chat.serverSideEmit('ask', said, () => {})
      chat
        .in(to)
        .fetchSockets()
        .catch(() => {})
      await chat
        .in(to)
        .timeout(100)
        .emitWithAck('asked', 'anyone?')
        .catch(() => {})
    },
    [room, text] as const,
  )
}

// Who asks for sockets everywhere is not kept waiting.
function fetching(node: ClusterNode): Promise<string> {
  return node.run(({ io }) =>
    io
      .of('/chat')
      .timeout(100)
      .fetchSockets()
      .then(
        () => 'fetched',
        ({ code }: { code: string }) => code,
      ),
  )
}

// With what there is of the others: nothing.
function counting(node: ClusterNode): Promise<unknown> {
  return node.run(({ io }) => {
    const chat = io.of('/chat').timeout(100)
    return Promise.all([
      chat.count({ partial: true }),
      chat.count().then(
        () => 'counted',
        ({ code }: { code: string }) => code,
      ),
    ])
  })
}

async function finding(node: ClusterNode, room: string, count: number): Promise<void> {
  for (let found = 0; found < count; await pause(25)) {
    found = await node.run(async ({ io }, of) => {
      const sockets = await io
        .of('/chat')
        .in(of)
        .timeout(1000)
        .fetchSockets()
        .catch(() => [])
      return sockets.length
    }, room)
  }
}

async function reported(node: ClusterNode, count: number): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if ((await node.run(({ reports }) => reports.length)) >= count) return
    await pause(25)
  }
  throw new Error(`${node.url} has not reported outage ${count}`)
}
