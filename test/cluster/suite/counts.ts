// Owns: counts, partial answers and data of several processes, while one of them is stopped, dies, or holds data that cannot be
// shown.
// Elsewhere: what the processes ask each other (test/unit/rooms/questions.test.ts), other software on the same backplane
// (counts-foreign.test.ts), what it costs (counts-cost.test.ts).
import assert from 'node:assert/strict'
import { before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { AnyNamespace, Constructor } from '../../../lib/index.js'
import { startBackplane } from '../../support/backplane.js'
import { startCluster, type ClusterNode } from '../../support/cluster.js'
import type { ClusterAdapterName } from '../../support/cluster-adapters.js'
import { generations, openIn, type NamespacePeer } from '../../support/generations.js'
import { patienceMs } from '../../support/journal.js'
import { afterFile } from '../../support/redis.js'

/** How many sockets a process counts in all. */
export function countBy(node: ClusterNode): Promise<number> {
  return node.run(({ io }) => io.of('/chat').count())
}

/** Everything that a process says of all, as far as others answer; and what it says when all must. */
function partsBy(node: ClusterNode) {
  return node.run(async ({ io }) => {
    const chat = io.of('/chat')
    const reason = (error: { code: string; partial?: object }) => [error.code, error.partial]
    const began = Date.now()
    const [count, rooms, sockets, whole] = await Promise.all([
      chat.in('lobby').count({ partial: true }),
      chat.roomCounts({ partial: true }),
      chat.fetchSockets({ partial: true }),
      chat.count().catch(reason),
    ])
    return {
      count,
      rooms: { ...rooms, rooms: [...rooms.rooms] },
      sockets: { ...sockets, sockets: sockets.sockets.map(({ data }) => String(data.who)).toSorted() },
      whole,
      ms: Date.now() - began,
    }
  })
}

/** Asks until the answer is the expected one: processes find each other in their own time. */
export async function until<Value>(ask: () => Promise<Value>, expected: Value, ms = patienceMs): Promise<void> {
  const end = Date.now() + ms
  for (;;) {
    const value = await ask().catch((error: Error) => error)
    try {
      assert.deepEqual(value, expected)
      return
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await pause(50)
  }
}

export function countsSuite(adapter: ClusterAdapterName): void {
  let nodes: [ClusterNode, ClusterNode, ClusterNode]
  const after = afterFile()

  before(async () => {
    const redisUrl = await startBackplane(after, adapter)
    nodes = (await startCluster(after, 3, { adapter, redisUrl })) as [ClusterNode, ClusterNode, ClusterNode]
  })

  /** A client of each generation in each process, in the lobby, with its name as data. */
  const fill = async (t: TestContext): Promise<NamespacePeer[]> => {
    const peers = await Promise.all(
      nodes.flatMap((node, at) =>
        generations.map(async (generation) => {
          const peer = await openIn(t, node, generation, `who=${at} ${generation}`)
          await peer.enter('/chat')
          peer.ask(1, '/chat', 'join', 'lobby')
          await peer.until('ack /chat 1')
          return peer
        }),
      ),
    )
    for (const node of nodes) {
      await node.run(({ io }) => {
        for (const { data, environ } of io.of<Constructor<AnyNamespace>>('/chat').instances()) {
          Object.assign(data, { who: environ.query['who'] })
        }
      })
    }
    for (const node of nodes) await until(() => countBy(node), 9)
    return peers
  }

  const names = (...of: number[]): string[] => of.flatMap((at) => generations.map((each) => `${at} ${each}`))

  test(`${adapter}: each process counts the sockets of all, in rooms and without others`, async (t) => {
    const [first] = await fill(t)
    first?.ask(2, '/chat', 'join', 'muted')
    await first?.until('ack /chat 2')
    for (const node of nodes) {
      const counts = await node.run(async ({ io }) => {
        const chat = io.of('/chat')
        const { id } = io.of<Constructor<AnyNamespace>>('/chat').instances()[0]?.socket ?? {}
        return Promise.all([
          chat.count(),
          chat.in('lobby').count(),
          chat.in('lobby').except('muted').count(),
          chat.in(['muted', 'nowhere']).count(),
          chat.in('nowhere').count(),
          chat.except(String(id)).count(),
          chat.local.count(),
          io.count(),
          chat.count({ partial: true }),
          chat.roomCounts().then((rooms) => [...rooms]),
          chat.roomCounts({ prefix: 'm', limit: 1 }).then((rooms) => [...rooms]),
          Promise.resolve(chat.rooms().get('lobby')),
        ])
      })
      assert.deepEqual(counts, [
        9,
        9,
        8,
        1,
        0,
        8,
        3,
        9,
        { count: 9, processes: 3, missing: 0 },
        [
          ['lobby', 9],
          ['muted', 1],
        ],
        [['muted', 1]],
        3,
      ])
    }
  })

  test(`${adapter}: the data of each socket is seen by all processes; what cannot be shown loses no other`, async (t) => {
    await fill(t)
    const [one, two, three] = nodes
    // What some adapters encode, they do not read.
    const odd = await openIn(t, two, '4', '__proto__=1&who=odd')
    await odd.enter('/chat')
    await until(() => countBy(three), 10)
    await two.run(({ io }) => {
      const [first, second, third] = io.of<Constructor<AnyNamespace>>('/chat').instances()
      Object.assign(first?.data ?? {}, { big: 1n })
      Object.assign(second?.data ?? {}, { large: 'a'.repeat(100_000) })
      Object.assign(third?.data ?? {}, { fn: () => {}, at: new Date(0), roles: ['admin'] })
    })
    const seenBy = (node: ClusterNode) =>
      node.run(async ({ io }) => {
        const own = new Set(
          io
            .of<Constructor<AnyNamespace>>('/chat')
            .instances()
            .map(({ socket }) => socket.id),
        )
        const others = async (sockets: readonly { id: string; data: unknown }[]) =>
          sockets.filter(({ id }) => !own.has(id)).map(({ data }) => data)
        const chat = io.of('/chat')
        return [
          await others(await chat.fetchSockets()),
          await others((await chat.fetchSockets({ partial: true })).sockets),
        ]
      })
    for (const [node, at] of [
      [one, 2],
      [three, 0],
    ] as const) {
      for (const seen of await seenBy(node)) {
        assert.equal(seen?.length, 7)
        const whole = (seen as { who?: string; at?: string }[]).filter(({ who }) => who !== undefined)
        assert.deepEqual(
          whole
            .filter(({ at: date }) => date === undefined)
            .map(({ who }) => who)
            .toSorted((first, second) => String(first).localeCompare(String(second))),
          names(at),
        )
        assert.deepEqual(
          whole.filter(({ at: date }) => date !== undefined).map((data) => ({ ...data, who: '' })),
          [{ who: '', at: '1970-01-01T00:00:00.000Z', roles: ['admin'] }],
        )
        assert.equal(seen?.filter((data) => Object.keys(data as object).length === 0).length, 3)
      }
    }
    const reports = await Promise.all(
      nodes.map((node) => node.run(({ reports: all }) => all.map(({ message }) => message))),
    )
    const told = 'this.data could not be published'
    assert.deepEqual(reports, [[], [told, told], []])
  })

  test(`${adapter}: a process that is stopped is missing, and counts again when it goes on`, async (t) => {
    await fill(t)
    const [one, , three] = nodes
    three.stop()
    const hasty = one.run(async ({ io }) => {
      const began = Date.now()
      const partial = await io.of('/chat').timeout(1_000).count({ partial: true })
      return { partial, ms: Date.now() - began }
    })
    const { count, rooms, sockets, whole, ms } = await partsBy(one)
    const two = { processes: 2, missing: 1 }
    assert.deepEqual(count, { count: 6, ...two })
    assert.deepEqual(rooms, { rooms: [['lobby', 6]], ...two })
    assert.deepEqual(sockets, { sockets: names(0, 1), ...two })
    assert.deepEqual(whole, ['SIO_ADAPTER', { count: 6, ...two }])
    assert.ok(ms < 9_000, `expected the patience of the adapter, it took ${ms} ms`)
    const soon = await hasty
    assert.deepEqual(soon.partial, { count: 6, ...two })
    assert.ok(soon.ms < 3_000, `expected the patience of timeout(), it took ${soon.ms} ms`)
    three.goOn()
    await until(() => countBy(one), 9)
    await until(() => countBy(three), 9)
  })

  test(`${adapter}: a process that dies while it is asked is missing, and then gone`, async (t) => {
    await fill(t)
    const [one, two, three] = nodes
    three.stop()
    const asked = partsBy(two)
    await pause(500)
    await three.kill()
    const { count, sockets, whole } = await asked
    assert.deepEqual(count, { count: 6, processes: 2, missing: 1 })
    assert.deepEqual(sockets.sockets, names(0, 1))
    assert.deepEqual(whole, ['SIO_ADAPTER', { count: 6, processes: 2, missing: 1 }])
    // Adapters that live by heartbeats give it ten seconds.
    for (const node of [one, two]) await until(() => countBy(node), 6, 30_000)
    assert.deepEqual((await partsBy(one)).count, { count: 6, processes: 2, missing: 0 })
  })

  test(`${adapter}: no process has ended`, () => {
    assert.deepEqual(
      nodes.map(({ hasEnded }) => hasEnded),
      [false, false, true],
    )
  })
}
