// Owns: counts, rooms, instances and data of one process, with clients of 0.9 and newer ones.
// Elsewhere: other processes (test/cluster/), what they ask each other (test/unit/rooms/questions.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, RoomsMixin, socketioMiddleware } from '../../../lib/index.js'
import { generations, openIn, type Generation } from '../../support/generations.js'
import { patienceMs } from '../../support/journal.js'
import { listen } from '../../support/server.js'

class Chat extends RoomsMixin(BaseNamespace<{ data: { name: string; visits?: number } }>) {
  entered = false

  override recv_connect() {
    const { who = 'nobody' } = this.environ.query
    this.data.name = who
    this.entered = true
  }

  async on_join(room: string) {
    await this.join(room)
  }

  on_call(name: string) {
    this.data = { name, visits: (this.data.visits ?? 0) + 1 }
  }
}

/** A process with so many clients of each kind in /chat, named by their order. */
async function chat(t: TestContext, wanted: readonly Generation[]) {
  const io = socketioMiddleware({ '/chat': Chat })
  const server = await listen(t, io, http.createServer(io))
  const peers = await Promise.all(
    wanted.map(async (generation, at) => {
      const peer = await openIn(t, server, generation, `who=${at}`)
      await peer.enter('/chat')
      return peer
    }),
  )
  return { io, all: io.of('/chat'), peers }
}

test('count() is how many are in, of every generation, in rooms and without others', async (t) => {
  const { io, all, peers } = await chat(t, generations)
  for (const [at, rooms] of [['lobby'], ['lobby', 'muted'], ['garden']].entries()) {
    for (const room of rooms) {
      peers[at]?.ask(at, '/chat', 'join', room)
      await peers[at]?.until(`ack /chat ${at}`)
    }
  }
  const chosen = [
    all,
    all.local,
    all.in('lobby'),
    all.in(['lobby', 'garden']),
    all.in('lobby').in('garden').except('muted'),
    all.except('lobby'),
    all.in('nowhere'),
    all.except((await all.fetchSockets())[0]?.id as string),
    io.of(/^\/chat/).in('lobby'),
    io.of(/nowhere/),
  ]
  const counts = await Promise.all(chosen.map((some) => some.count()))
  assert.deepEqual(counts, [3, 3, 2, 3, 2, 1, 0, 2, 2, 0])
  const fetched = await Promise.all(chosen.map(async (some) => (await some.fetchSockets()).length))
  assert.deepEqual(fetched, counts)
  assert.deepEqual(
    await Promise.all(chosen.map((some) => some.count({ partial: true }))),
    counts.map((count) => ({ count, processes: 1, missing: 0 })),
  )
  assert.deepEqual(
    all.rooms(),
    new Map([
      ['lobby', 2],
      ['muted', 1],
      ['garden', 1],
    ]),
  )
  assert.deepEqual([...(await all.roomCounts({ prefix: 'g' }))], [['garden', 1]])
  assert.deepEqual(
    [...(await all.roomCounts({ limit: 2 }))],
    [
      ['garden', 1],
      ['lobby', 2],
    ],
  )
  peers[0]?.close()
  await until(() => all.count(), 2)
  assert.deepEqual(
    all.rooms(),
    new Map([
      ['lobby', 1],
      ['muted', 1],
      ['garden', 1],
    ]),
  )
})

test('instances() are the open objects of the class', async (t) => {
  const { all, peers } = await chat(t, generations)
  const instances = all.instances()
  assert.ok(instances.every((instance) => instance instanceof Chat && instance.entered))
  assert.deepEqual(instances.map(({ data }) => data.name).toSorted(), ['0', '1', '2'])
  for (const peer of peers) peer.leave('/chat')
  await until(async () => all.instances().length, 0)
})

test("on '' of 0.9 and 2 a client counts from the start, and has an instance from its first packet on", async (t) => {
  class Root extends RoomsMixin(BaseNamespace) {
    on_hello() {
      return 'hello'
    }
  }
  const io = socketioMiddleware({ '': Root })
  const server = await listen(t, io, http.createServer(io))
  const peer = await openIn(t, server, '0.9')
  await until(() => io.count(), 1)
  assert.deepEqual(io.instances(), [])
  assert.deepEqual((await io.fetchSockets())[0]?.data, {})
  peer.ask(1, '', 'hello')
  await peer.until('ack  1')
  const [root] = io.instances()
  assert.ok(root instanceof Root)
  assert.deepEqual([await io.count(), await io.in('nowhere').count()], [1, 0])
  await root.join('lobby')
  assert.deepEqual([io.rooms(), await io.roomCounts()], [new Map([['lobby', 1]]), new Map([['lobby', 1]])])
})

test('fetchSockets() shows this.data itself, and what is assigned to it', async (t) => {
  const { all, peers } = await chat(t, ['0.9', '4'])
  peers[0]?.ask(1, '/chat', 'call', 'Ada')
  await peers[0]?.until('ack /chat 1')
  const sockets = await all.fetchSockets()
  assert.deepEqual(
    sockets.map(({ data }) => data).toSorted((one, other) => String(one.name).localeCompare(String(other.name))),
    [{ name: '1' }, { name: 'Ada', visits: 1 }],
  )
  const instances = all.instances()
  for (const { id, data } of sockets) {
    const instance = instances.find(({ socket }) => socket.id === id)
    assert.equal(data, instance?.data)
  }
  const { sockets: partial } = await all.fetchSockets({ partial: true })
  assert.deepEqual(
    partial.map(({ data }) => data),
    sockets.map(({ data }) => data),
  )
})

test('data is new with each instance, and each namespace has its own', async (t) => {
  const io = socketioMiddleware({ '/chat': Chat, '/other': Chat })
  const server = await listen(t, io, http.createServer(io))
  const peer = await openIn(t, server, '4', 'who=ada')
  await peer.enter('/chat')
  await peer.enter('/other')
  peer.ask(1, '/chat', 'call', 'Ada')
  await peer.until('ack /chat 1')
  const dataIn = async (name: '/chat' | '/other') => (await io.of(name).fetchSockets()).map(({ data }) => data)
  assert.deepEqual([await dataIn('/chat'), await dataIn('/other')], [[{ name: 'Ada', visits: 1 }], [{ name: 'ada' }]])
  peer.leave('/chat')
  await peer.enter('/chat')
  assert.deepEqual(await dataIn('/chat'), [{ name: 'ada' }])
})

test('data may be set from the constructor on, and a class may have a field of that name for itself', async (t) => {
  class Early extends BaseNamespace<{ data: { at: string[] } }> {
    constructor(...args: ConstructorParameters<typeof BaseNamespace>) {
      super(...args)
      this.data = { at: ['constructor'] }
    }
    override initialize() {
      this.data.at.push('initialize')
    }
  }
  class Own extends BaseNamespace {}
  Object.defineProperty(Own.prototype, 'data', { value: 'mine', writable: true })
  const io = socketioMiddleware({ '/early': Early, '/own': Own })
  const server = await listen(t, io, http.createServer(io))
  const peer = await openIn(t, server, '4')
  await peer.enter('/early')
  await peer.enter('/own')
  assert.deepEqual((await io.of('/early').fetchSockets())[0]?.data, { at: ['constructor', 'initialize'] })
  assert.deepEqual((await io.of('/own').fetchSockets())[0]?.data, {})
})

/** Asks until the answer is the expected one. */
async function until<Value>(ask: () => Promise<Value>, expected: Value): Promise<void> {
  const end = Date.now() + patienceMs
  while ((await ask()) !== expected) {
    if (Date.now() > end) assert.deepEqual(await ask(), expected)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
