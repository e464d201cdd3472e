// Owns: what every adapter must do between two processes.
import assert from 'node:assert/strict'
import { before, test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startBackplane } from '../../support/backplane.js'
import { startCluster, type ClusterNode } from '../../support/cluster.js'
import type { ClusterAdapterName } from '../../support/cluster-adapters.js'
import { connectClient, generations, type RoomClient } from '../../support/cluster-clients.js'
import { patienceMs } from '../../support/journal.js'
import { afterFile } from '../../support/redis.js'

/**
 * Makes sure that what each process says to a room reaches all of its clients, with a `word` that is new to them: each
 * adapter subscribes, and comes back after an outage, in its own time.
 */
export async function warmUp(
  nodes: readonly ClusterNode[],
  clients: readonly RoomClient[],
  room: string,
  word = 'warm',
): Promise<void> {
  const end = Date.now() + patienceMs
  for (const node of nodes) {
    const text = `${word} from ${node.url}`
    const deaf = (): RoomClient[] => clients.filter(({ warmed }) => !warmed.entries.includes(text))
    while (deaf().length > 0) {
      if (Date.now() > end) throw new Error(`no ${text} for ${deaf().length} clients`)
      await node.run(
        ({ io }, [to, said]) => {
          io.of('/chat').to(to).emit('warm', said)
        },
        [room, text] as const,
      )
      await pause(10)
    }
  }
}

let rooms = 0

/** One client of every generation in each process, all in one new room. */
export async function fillRoom(
  t: TestContext,
  nodes: readonly ClusterNode[],
): Promise<{ room: string; clients: RoomClient[]; ids: string[] }> {
  const room = `room ${++rooms}`
  const clients = await Promise.all(
    nodes.flatMap(({ url }) => generations.map((generation) => connectClient(t.after.bind(t), url, generation))),
  )
  const ids = await Promise.all(clients.map((client) => client.ask<string>('join', room)))
  await warmUp(nodes, clients, room)
  return { room, clients, ids }
}

/** The same of an adapter, whichever it is. */
export function roomsSuite(adapter: ClusterAdapterName): void {
  let one: ClusterNode
  let other: ClusterNode
  let nodes: ClusterNode[]
  const after = afterFile()

  before(async () => {
    const redisUrl = await startBackplane(after, adapter)
    nodes = await startCluster(after, 2, { adapter, redisUrl })
    ;[one, other] = nodes as [ClusterNode, ClusterNode]
  })

  // The last word goes the same way as what comes before it, so that nothing can come after it.
  const heardByAll = async (clients: readonly RoomClient[], room: string): Promise<string[][]> => {
    await one.run(({ io }, to) => {
      io.of('/chat').to(to).emit('said', 'end')
    }, room)
    return Promise.all(clients.map((client) => client.until('end')))
  }

  test(`${adapter}: a word to a room reaches every generation in both processes, once`, async (t) => {
    const { room, clients } = await fillRoom(t, nodes)
    await one.run(({ io }, to) => {
      io.of('/chat').to(to).emit('said', 'to the room 😀')
      io.of('/chat').to('elsewhere').emit('said', 'to others')
    }, room)
    assert.deepEqual(
      await heardByAll(clients, room),
      clients.map(() => ['to the room 😀', 'end']),
    )
  })

  test(`${adapter}: except() and local are kept to in both processes`, async (t) => {
    const { room, clients, ids } = await fillRoom(t, nodes)
    await one.run(
      ({ io }, [to, first, last]) => {
        io.of('/chat').to(to).except([first, last]).emit('said', 'to most')
        io.of('/chat').local.to(to).emit('said', 'here')
      },
      [room, ids[0] as string, ids.at(-1) as string] as const,
    )
    const near = ['to most', 'here', 'end']
    const far = ['to most', 'end']
    assert.deepEqual(await heardByAll(clients, room), [['here', 'end'], near, near, near, far, far, far, ['end']])
  })

  test(`${adapter}: a client's own word to its room reaches the others in both processes`, async (t) => {
    const { room, clients } = await fillRoom(t, nodes)
    const [speaker, ...others] = clients as [RoomClient, ...RoomClient[]]
    await speaker.ask('pid')
    speaker.socket.emit('say', room, 'from a client')
    assert.deepEqual(
      await Promise.all(others.map((client) => client.until('from a client'))),
      others.map(() => ['from a client']),
    )
    assert.deepEqual(await heardByAll([speaker], room), [['end']])
  })

  test(`${adapter}: emitWithAck() gathers the answers of both processes`, async (t) => {
    const { room } = await fillRoom(t, nodes)
    const answers = await one.run(({ io }, to) => io.of('/chat').to(to).emitWithAck('asked', 'ready?'), room)
    assert.deepEqual(
      (answers as string[]).toSorted(),
      [...generations, ...generations].map((generation) => `ready?, says ${generation}`).toSorted(),
    )
  })

  test(`${adapter}: emitWithAck() rejects with the answers that came in time`, async (t) => {
    const { room, clients } = await fillRoom(t, nodes)
    // Whoever is never answered for: a listener that keeps silent.
    const silent = await connectClient(t.after.bind(t), other.url, '4 websocket')
    ;(silent.socket as unknown as { off(event: string): void }).off('asked')
    await silent.ask('join', room)
    const outcome = await one.run(
      ({ io }, to) =>
        io
          .of('/chat')
          .to(to)
          .timeout(500)
          .emitWithAck('asked', 'ready?')
          .then(
            () => 'resolved',
            ({ code, responses }: { code: string; responses: unknown[] }) => ({ code, count: responses.length }),
          ),
      room,
    )
    assert.deepEqual(outcome, { code: 'SIO_ACK_TIMEOUT', count: clients.length })
  })

  test(`${adapter}: fetchSockets() finds the sockets of both processes`, async (t) => {
    const { room, ids } = await fillRoom(t, nodes)
    const found = await one.run(async ({ io }, from) => {
      const sockets = await io.of('/chat').in(from).fetchSockets()
      return sockets.map(({ id, rooms: ofIt, handshake }) => ({ id, rooms: [...ofIt], method: handshake.method }))
    }, room)
    assert.deepEqual(found.map(({ id }) => id).toSorted(), ids.toSorted())
    for (const { id, rooms: ofIt, method } of found)
      assert.deepEqual({ rooms: ofIt, method }, { rooms: [id, room], method: 'GET' })
  })

  test(`${adapter}: socketsJoin() and socketsLeave() move sockets of the other process`, async (t) => {
    const { room, clients } = await fillRoom(t, nodes)
    const annex = `${room}, annex`
    await one.run(
      ({ io }, [from, to]) => {
        io.of('/chat').in(from).socketsJoin(to)
      },
      [room, annex] as const,
    )
    await one.run(async ({ io }, to) => {
      const chat = io.of('/chat')
      for (let found = 0; found < 8; found = (await chat.in(to).fetchSockets()).length) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      chat.in(to).emit('said', 'in the annex')
      chat.in(to).socketsLeave(to)
      for (let found = 1; found > 0; found = (await chat.in(to).fetchSockets()).length) {
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      chat.in(to).emit('said', 'to nobody')
    }, annex)
    assert.deepEqual(
      await heardByAll(clients, room),
      clients.map(() => ['in the annex', 'end']),
    )
  })

  test(`${adapter}: a last word and then disconnectSockets() loses nothing, in either process`, async (t) => {
    const { room, clients } = await fillRoom(t, nodes)
    await one.run(({ io }, to) => {
      io.of('/chat').in(to).emit('said', 'closing time')
      io.of('/chat').in(to).disconnectSockets()
    }, room)
    await Promise.all(clients.map(({ ended }) => ended))
    assert.deepEqual(
      clients.map(({ heard }) => heard.entries),
      clients.map(() => ['closing time']),
    )
  })

  test(`${adapter}: a namespace that says goodbye to all and ends is heard by all, itself included`, async (t) => {
    const { clients } = await fillRoom(t, nodes)
    const [leaver] = clients as [RoomClient]
    leaver.socket.emit('bye', 'I am off')
    await leaver.ended
    assert.deepEqual(leaver.heard.entries, ['I am off'])
    await Promise.all(clients.map((client) => client.until('I am off')))
  })

  test(`${adapter}: serverSideEmit() reaches the other process, and gathers what it answers`, async () => {
    await other.run(({ io, kept }) => {
      kept.told = []
      io.of('/chat').onServerSideEmit('tell', (text) => {
        ;(kept.told as unknown[]).push(text)
      })
      io.of('/chat').onServerSideEmit('ask', (text, answer) => {
        ;(answer as (text: string) => void)(`${String(text)} yes`)
      })
    })
    const answered = await one.run(
      ({ io }) =>
        new Promise((resolve) => {
          io.of('/chat').serverSideEmit('tell', 'news')
          io.of('/chat').serverSideEmit('ask', 'there?', (error: unknown, answers: unknown) => {
            resolve([error, answers])
          })
        }),
    )
    assert.deepEqual(answered, [null, ['there? yes']])
    assert.deepEqual(await other.run(({ kept }) => kept.told), ['news'])
  })

  test(`${adapter}: bytes come as bytes to the newer clients of the other process, and as JSON to the older`, async (t) => {
    const { room, clients } = await fillRoom(t, nodes)
    const got = Promise.all(
      clients.slice(4).map(
        ({ socket }) =>
          new Promise<unknown>((resolve) => {
            socket.on('bytes', (bytes: unknown) => {
              resolve(bytes)
            })
          }),
      ),
    )
    await one.run(({ io }, to) => {
      io.of('/chat').to(to).emit('bytes', Buffer.from('abc'))
    }, room)
    const json = { type: 'Buffer', data: [97, 98, 99] }
    assert.deepEqual(await got, [json, json, Buffer.from('abc'), Buffer.from('abc')])
  })

  test(`${adapter}: no process has ended nor reported anything`, async () => {
    assert.deepEqual(await Promise.all(nodes.map((node) => node.run(({ reports }) => reports))), [[], []])
  })
}
