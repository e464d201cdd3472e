// Owns: the operators on io itself, which are those of io.sockets, and io.of(pattern), with clients of 0.9 and 4.
// Elsewhere: what each operator means (test/unit/rooms/operator.test.ts), other processes (test/cluster/).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { io as open } from 'socket.io-client-4'
import { BaseNamespace, RoomsMixin, socketioMiddleware, type AckTimeoutError } from '../../lib/index.js'
import { startServer, type TestServer } from '../support/server.js'
import { event, joinClient, openClient, Queue } from '../support/wire-client.js'

class Root extends RoomsMixin(BaseNamespace) {
  async on_join(room: string) {
    await this.join(room)
    return 'joined'
  }
}

class Project extends Root {}

/** A client of 0.9 in `''`, and one of 4, each in a room of its own. */
async function hall(t: TestContext) {
  const server = await startServer(t, { '': Root })
  const old = await openClient(t, server)
  assert.equal(await old.ask('5:1+::{"name":"join","args":["old"]}'), '6:::1+["joined"]')
  const heard = new Queue<unknown[]>('an event')
  const modern = open(server.url, { transports: ['websocket'], reconnection: false })
  t.after(() => modern.disconnect())
  modern.onAny((...args: unknown[]) => {
    const answer = args.at(-1)
    if (typeof answer === 'function') (answer as (value: string) => void)('modern')
    else heard.push(args)
  })
  assert.equal(await modern.emitWithAck('join', 'new'), 'joined')
  return { ...server, old, modern, heard }
}

test('io.emit() is heard by clients of every generation', async (t) => {
  const { io, old, heard } = await hall(t)
  io.emit('news', 1, { two: 2 })
  assert.equal(await old.next(), event('', 'news', 1, { two: 2 }))
  assert.deepEqual(await heard.next(), ['news', 1, { two: 2 }])
})

test('io.to(), in(), except(), local and volatile choose as those of io.sockets do', async (t) => {
  const { io, old, heard } = await hall(t)
  io.to('old').emit('a')
  io.in(['old', 'new']).emit('b')
  io.except('old').emit('c')
  io.except('new').emit('d')
  io.local.emit('e')
  io.volatile.emit('f')
  io.to('old').except('old').emit('never')
  io.emit('end')
  assert.deepEqual(
    await old.take(6),
    ['a', 'b', 'd', 'e', 'f', 'end'].map((name) => event('', name)),
  )
  assert.deepEqual((await heard.take(5)).flat(), ['b', 'c', 'e', 'f', 'end'])
})

test('io.emitWithAck() and io.timeout() gather acks', async (t) => {
  const { io, old } = await hall(t)
  const answers = io.emitWithAck('question')
  const [, id = ''] = /^5:(\d+)\+::/.exec(await old.next()) ?? []
  old.send(`6:::${id}+["old"]`)
  assert.deepEqual(new Set(await answers), new Set(['modern', 'old']))
  await assert.rejects(io.timeout(2_000).emitWithAck('question'), (error: AckTimeoutError) => {
    assert.deepEqual(error.responses, ['modern'])
    return error.code === 'SIO_ACK_TIMEOUT'
  })
})

test('io.fetchSockets(), socketsJoin(), socketsLeave() and disconnectSockets() are about all', async (t) => {
  const { io, old, modern, heard } = await hall(t)
  const sockets = await io.fetchSockets()
  assert.equal(sockets.length, 2)
  assert.ok(sockets.some(({ id }) => id === modern.id))
  io.socketsJoin(['lobby', 'garden'])
  io.socketsLeave('garden')
  assert.equal((await io.in('lobby').fetchSockets()).length, 2)
  assert.equal((await io.in('garden').fetchSockets()).length, 0)
  assert.deepEqual([await io.count(), await io.count({ partial: true })], [2, { count: 2, processes: 1, missing: 0 }])
  assert.equal((await io.fetchSockets({ partial: true })).sockets.length, 2)
  assert.deepEqual([io.rooms().get('lobby'), (await io.roomCounts({ prefix: 'l' })).get('lobby')], [2, 2])
  assert.ok(io.instances().length === 2 && io.instances().every((instance) => instance instanceof Root))
  io.to('lobby').emit('news')
  assert.equal(await old.next(), event('', 'news'))
  assert.deepEqual(await heard.next(), ['news'])
  const gone = new Promise((resolve) => {
    modern.once('disconnect', resolve)
  })
  io.disconnectSockets(true)
  assert.equal(await gone, 'io server disconnect')
  assert.deepEqual(await old.ended(), ['0::'])
})

test('io.serverSideEmit() and its listeners are those of io.sockets', () => {
  const io = socketioMiddleware({})
  const calls: unknown[][] = []
  for (const name of ['serverSideEmit', 'onServerSideEmit', 'offServerSideEmit'] as const) {
    io.sockets[name] = (...args: unknown[]) => {
      calls.push([name, ...args])
    }
  }
  const listener = (): void => {}
  io.serverSideEmit('ping', 1, 2)
  io.onServerSideEmit('ping', listener)
  io.offServerSideEmit('ping', listener)
  assert.deepEqual(calls, [
    ['serverSideEmit', 'ping', 1, 2],
    ['onServerSideEmit', 'ping', listener],
    ['offServerSideEmit', 'ping', listener],
  ])
})

test('this.server has them as well', async (t) => {
  class Loud extends BaseNamespace {
    on_shout(text: string) {
      this.server.emit('shouted', text)
    }
  }
  const server = await startServer(t, { '': Loud })
  const client = await openClient(t, server)
  assert.equal(await client.ask(event('', 'shout', 'hello')), event('', 'shouted', 'hello'))
})

// What io.of(pattern) means in socket.io 4.8: every child namespace of the pattern, and no other.

async function projects(t: TestContext, ...names: string[]) {
  const server = await startServer(
    t,
    new Map<string | RegExp, typeof Project>([
      ['/chat', Project],
      ['/project-0', Project],
      [/^\/project-\d+$/, Project],
    ]),
  )
  return { ...server, clients: await Promise.all(names.map((name) => joinClient(t, server, name))) }
}

function clientsOf<Client>({ clients }: { clients: Client[] }): Client[] {
  return clients
}

test('io.of(pattern) means all endpoints that match it, and no others', async (t) => {
  const scene = await projects(t, '/project-0', '/project-1', '/project-22', '/chat')
  const [zero, one, two, chat] = clientsOf(scene)
  scene.io.of(/^\/project-\d+$/).emit('changed', 1)
  assert.equal(await zero?.next(), event('/project-0', 'changed', 1))
  assert.equal(await one?.next(), event('/project-1', 'changed', 1))
  assert.equal(await two?.next(), event('/project-22', 'changed', 1))
  assert.deepEqual(await chat?.settled(), [])
  scene.io.of(/-22/g).emit('a')
  scene.io.of(/-22/g).local.volatile.emit('b')
  assert.deepEqual(await two?.take(2), [event('/project-22', 'a'), event('/project-22', 'b')])
  assert.deepEqual(await one?.settled(), [])
})

test('io.of(pattern) finds endpoints when it is used, and one pattern may be used again', async (t) => {
  const scene: TestServer = await projects(t)
  const all = scene.io.of(/^\/project-/g)
  all.emit('nobody')
  for (const name of ['/project-1', '/project-2', '/project-3']) {
    const client = await joinClient(t, scene, name)
    all.emit('here')
    assert.equal(await client.next(), event(name, 'here'))
  }
})

test('rooms of io.of(pattern) are those of each endpoint', async (t) => {
  const scene = await projects(t, '/project-1', '/project-1', '/project-2')
  const [one, other, two] = clientsOf(scene)
  assert.equal(await one?.ask('5:1+:/project-1:{"name":"join","args":["red"]}'), '6::/project-1:1+["joined"]')
  assert.equal(await two?.ask('5:1+:/project-2:{"name":"join","args":["red"]}'), '6::/project-2:1+["joined"]')
  const all = scene.io.of(/^\/project-/)
  all.to('red').emit('a')
  all.in('red').except('blue').emit('b')
  all.except('red').emit('c')
  assert.deepEqual(await one?.take(2), [event('/project-1', 'a'), event('/project-1', 'b')])
  assert.deepEqual(await two?.take(2), [event('/project-2', 'a'), event('/project-2', 'b')])
  assert.equal(await other?.next(), event('/project-1', 'c'))

  all.to('red').socketsJoin('blue')
  assert.equal((await all.in('blue').fetchSockets()).length, 2)
  all.socketsLeave('blue')
  assert.equal((await all.in('blue').fetchSockets()).length, 0)
  assert.equal((await all.fetchSockets()).length, 3)
  all.to('red').disconnectSockets()
  assert.equal(await one?.next(), '0::/project-1')
  assert.equal(await two?.next(), '0::/project-2')
  assert.equal((await all.fetchSockets()).length, 1)
})

test('io.of(pattern).emitWithAck() gathers the acks of all endpoints, and rejects with those that came', async (t) => {
  const scene = await projects(t, '/project-1', '/project-2')
  const [one, two] = clientsOf(scene)
  const answer = async (client: typeof one, value: string): Promise<void> => {
    const [, id = '', endpoint = ''] = /^5:(\d+)\+:([^:]*):/.exec((await client?.next()) ?? '') ?? []
    client?.send(`6::${endpoint}:${id}+["${value}"]`)
  }
  const all = scene.io.of(/^\/project-/)
  const answers = all.emitWithAck('question')
  await answer(two, 'two')
  await answer(one, 'one')
  assert.deepEqual(new Set(await answers), new Set(['one', 'two']))

  const late = all.timeout(2_000).emitWithAck('question')
  await answer(one, 'one')
  await assert.rejects(late, { code: 'SIO_ACK_TIMEOUT', responses: ['one'] })
  assert.deepEqual(await scene.io.of(/nobody/).emitWithAck('question'), [])
})

test('the global endpoint has no name that a pattern could match', async (t) => {
  const server = await startServer(t, { '': Root })
  const client = await openClient(t, server)
  server.io.of(/^/).emit('never')
  server.io.of(/.*/).emit('never')
  server.io.emit('now')
  assert.equal(await client.next(), event('', 'now'))
})

for (const [name, told] of [
  ['chat', `got "chat": did you mean /chat? Declared: /chat, ''`],
  ['/Chat', `got "/Chat": did you mean /chat? Declared: /chat, ''`],
  ['/nowhere', `got "/nowhere". Declared: /chat, ''`],
  [undefined, 'got undefined'],
  [5, 'got 5'],
  [null, 'got null'],
  [() => true, 'got a function'],
  [{}, 'got an object'],
  [['/chat'], 'got an array'],
] as const) {
  test(`io.of() ${told}`, () => {
    const io = socketioMiddleware({ '/chat': Root })
    assert.throws(() => io.of(name as never), {
      code: 'SIO_USAGE_ENDPOINT',
      message: `expected a declared endpoint, ${told}`,
    })
  })
}

for (const [closing, told] of [
  [() => {}, 'expected io.close() to get { drain }, got a function: it returns a promise'],
  [5000, 'expected io.close() to get { drain }, got 5000'],
  [{ drian: 5 }, 'option "close.drian" does not exist: did you mean drain?'],
  [{ timeout: 5 }, 'expected option close.timeout to be one of drain, got 5'],
] as const) {
  test(`io.close(): ${told}`, () => {
    const io = socketioMiddleware({})
    assert.throws(() => io.close(closing as never), { code: 'SIO_USAGE_OPTION', message: told })
  })
}

test('io.close may be the listener of a signal, an event or an abort', async () => {
  for (const args of [['SIGTERM', 15], [], [new Event('abort')], [new Error('uncaught')]]) {
    await (socketioMiddleware({}).close as (...all: unknown[]) => Promise<void>)(...args)
  }
})
