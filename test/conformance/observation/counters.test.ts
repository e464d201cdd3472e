// Owns: that the counters of io.stats() are what clients counted, come back to zero, and are read at the same cost for any number.
// Elsewhere: sockets by transport and generation, errors (stats.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, ConnectError, RoomsMixin, type Io, type Options, type Stats } from '../../../lib/index.js'
import { Crowd, randomOf } from '../../soak/crowd.js'
import { Tally } from '../../soak/sequence.js'
import { ask, openPolling, payload } from '../../support/engine-peer.js'
import { enter, generations, openIn, type Generation, type NamespacePeer } from '../../support/generations.js'
import { startServer } from '../../support/server.js'
import { Gate } from '../../support/wire-client.js'

/** Reads until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !isSo(); tries++) await sleep(5)
}

/** What is now, and zero when nobody is there. */
function present({ sockets, byTransport, byProtocol, namespaces, backlog, paused, acksPending }: Stats): number[] {
  return [
    sockets,
    paused,
    acksPending,
    backlog.packets,
    backlog.bytes,
    ...Object.values(byTransport),
    ...Object.values(byProtocol),
    ...Object.values(namespaces).flatMap((counted) => [counted.sockets, counted.rooms]),
  ]
}

async function assertZero(io: Io): Promise<void> {
  await until(() => present(io.stats()).every((count) => count === 0))
  assert.deepEqual(new Set(present(io.stats())), new Set([0]), JSON.stringify(io.stats()))
}

class Chat extends RoomsMixin(BaseNamespace) {
  on_echo(...args: unknown[]) {
    return args
  }
  on_hello(name: string) {
    this.emit('hello', name, { list: [1, 2, 3] })
  }
  on_join(...rooms: string[]) {
    return this.join(rooms)
  }
  on_leave(...rooms: string[]) {
    return this.leave(rooms)
  }
  on_ask() {
    this.emitWithAck('question').catch(() => {})
  }
  on_leave_own() {
    return this.leave(this.socket.id)
  }
}

/** Notes what a peer sends. */
function sentBy(peer: NamespacePeer): string[] {
  const sent: string[] = []
  const send = peer.send.bind(peer)
  peer.send = (...frames) => {
    sent.push(...frames)
    send(...frames)
  }
  return sent
}

/** The packets of Socket.IO among frames. */
function packetsOf(generation: Generation, frames: readonly string[]): string[] {
  if (generation === '0.9') return [...frames]
  return frames.filter((frame) => frame.startsWith('4')).map((frame) => frame.slice(1))
}

const lengthOf = (packets: readonly string[]): number => packets.reduce((sum, { length }) => sum + length, 0)

for (const generation of generations) {
  describe(`a client of ${generation}`, () => {
    test('has sent and received what the counters say', async (t) => {
      const server = await startServer(t, { '/chat': Chat })
      const peer = await openIn(t, server, generation)
      const before = server.io.stats()
      const received = peer.frames.length
      const sent = sentBy(peer)
      await peer.enter('/chat')
      for (let id = 1; id < 30; id++) peer.ask(id, '/chat', 'echo', 'x'.repeat(id * 40), { id })
      peer.emit('/chat', 'hello', 'world')
      peer.emit('/chat', 'nothing')
      peer.emit('/chat', 'ask')
      await peer.until('asks /chat')
      peer.answer(['answer'])
      server.io.of('/chat').emit('all', 'of you')
      await peer.settled()
      const after = server.io.stats()
      const out = packetsOf(generation, peer.frames.slice(received))
      const into = packetsOf(generation, sent)
      assert.deepEqual(
        {
          packetsIn: after.packetsIn - before.packetsIn,
          bytesIn: after.bytesIn - before.bytesIn,
          packetsOut: after.packetsOut - before.packetsOut,
          bytesOut: after.bytesOut - before.bytesOut,
          events: after.events - before.events,
        },
        {
          packetsIn: into.length,
          bytesIn: lengthOf(into),
          packetsOut: out.length,
          bytesOut: lengthOf(out),
          events: 32,
        },
      )
    })

    test('owes as many acks as it was asked for and has not given', async (t) => {
      const server = await startServer(t, { '/chat': Chat })
      const peer = await enter(t, server, generation, '/chat')
      const other = await enter(t, server, generation, '/chat')
      for (let count = 0; count < 3; count++) peer.emit('/chat', 'ask')
      for (let count = 0; count < 3; count++) await peer.until('asks /chat')
      assert.equal(server.io.stats().acksPending, 3)
      peer.answer([])
      peer.answer([])
      await peer.settled()
      assert.equal(server.io.stats().acksPending, 2)
      const answers = server.io.of('/chat').timeout(10_000).emitWithAck('question')
      assert.equal(server.io.stats().acksPending, 4)
      await other.until('asks /chat')
      other.answer(['yes'])
      await other.settled()
      assert.equal(server.io.stats().acksPending, 3)
      peer.leave('/chat')
      await peer.settled()
      assert.equal(server.io.stats().acksPending, 0)
      assert.deepEqual(await answers, ['yes'])
      other.emit('/chat', 'ask')
      await other.until('asks /chat')
      other.close()
      peer.close()
      await assertZero(server.io)
    })

    test('waits with its packets for a busy handler, and is not read meanwhile', async (t) => {
      const gate = new Gate()
      class Busy extends BaseNamespace {
        on_work() {
          return gate.opened
        }
      }
      const server = await startServer(t, { '/busy': Busy }, { maxQueuedEvents: 5 })
      const peer = await enter(t, server, generation, '/busy')
      const { io } = server
      const sent = sentBy(peer)
      for (let count = 0; count < 4; count++) peer.emit('/busy', 'work', count)
      await until(() => io.stats().backlog.packets === 3)
      assert.deepEqual(io.stats().backlog, { packets: 3, bytes: lengthOf(packetsOf(generation, sent.slice(1))) })
      assert.equal(io.stats().paused, 0)
      for (let count = 0; count < 4; count++) peer.emit('/busy', 'work', count)
      await until(() => io.stats().paused === 1)
      assert.deepEqual([io.stats().paused, io.stats().backlog.packets >= 6], [1, true])
      gate.open()
      await peer.settled()
      assert.deepEqual([io.stats().paused, io.stats().backlog], [0, { packets: 0, bytes: 0 }])
      assert.equal(io.stats().events, 8)
    })

    test('that is lost while its packets wait, and is not read, leaves nothing behind', async (t) => {
      const gate = new Gate()
      t.after(() => {
        gate.open()
      })
      class Busy extends BaseNamespace {
        on_work() {
          return gate.opened
        }
      }
      const { io, ...place } = await startServer(t, { '/busy': Busy }, { maxQueuedEvents: 2 })
      for (const end of ['kick', 'close'] as const) {
        const peer = await enter(t, place, generation, '/busy')
        for (let count = 0; count < 6; count++) peer.emit('/busy', 'work', count)
        await until(() => io.stats().paused === 1)
        assert.equal(io.stats().paused, 1)
        if (end === 'close') peer.close()
        io.of('/busy').disconnectSockets(true)
        await until(() => io.stats().sockets === 0)
        await assertZero(io)
      }
    })

    test('is in a namespace once it is accepted, in rooms that somebody is in', async (t) => {
      const gate = new Gate()
      class Slow extends Chat {
        override async recv_connect() {
          await gate.opened
          if (this.nsName === '/refusing') throw new ConnectError('no')
        }
      }
      const server = await startServer(t, { '/chat': Chat, '/slow': Slow, '/refusing': Slow })
      const { io } = server
      const first = await openIn(t, server, generation)
      assert.deepEqual(io.stats().namespaces, {
        '': { sockets: 1, rooms: 0 },
        '/chat': { sockets: 0, rooms: 0 },
        '/slow': { sockets: 0, rooms: 0 },
        '/refusing': { sockets: 0, rooms: 0 },
      })
      first.connect('/slow')
      first.connect('/refusing')
      await first.settled()
      assert.equal(io.stats().namespaces['/slow']?.sockets, 0)
      gate.open()
      await first.until('connected /slow')
      await first.settled()
      assert.equal(io.stats().namespaces['/slow']?.sockets, 1)
      assert.equal(io.stats().namespaces['/refusing']?.sockets, 0)
      const second = await enter(t, server, generation, '/slow')
      first.emit('/slow', 'join', 'a', 'b')
      second.emit('/slow', 'join', 'b', 'c')
      await first.settled()
      await second.settled()
      assert.deepEqual(io.stats().namespaces['/slow'], { sockets: 2, rooms: 3 })
      second.emit('/slow', 'leave', 'b', 'c')
      first.emit('/slow', 'leave_own')
      await first.settled()
      await second.settled()
      assert.deepEqual(io.stats().namespaces['/slow'], { sockets: 2, rooms: 2 })
      first.leave('/slow')
      await first.settled()
      await until(() => io.stats().namespaces['/slow']?.sockets === 1)
      assert.deepEqual(io.stats().namespaces['/slow'], { sockets: 1, rooms: 0 })
      first.close()
      second.close()
      await assertZero(io)
    })
  })
}

test('endpoints that a pattern allows are counted together, under the pattern as it is written', async (t) => {
  const { io, ...place } = await startServer(
    t,
    new Map<string | RegExp, typeof Chat>([
      ['/chat', Chat],
      [/^\/project-\d+$/i, Chat],
    ]),
  )
  const peers = await Promise.all(generations.map((generation) => openIn(t, place, generation)))
  for (const [index, peer] of peers.entries()) {
    await peer.enter(`/project-${index}`)
    peer.emit(`/project-${index}`, 'join', 'same room')
    await peer.settled()
  }
  for (let count = 0; count < 50; count++) await peers[2]!.enter(`/project-1${count}`)
  const { namespaces } = io.stats()
  assert.deepEqual(new Set(Object.keys(namespaces)), new Set(['', '/chat', String(/^\/project-\d+$/i)]))
  assert.deepEqual(namespaces[String(/^\/project-\d+$/i)], { sockets: 53, rooms: 3 })
  for (const peer of peers) peer.close()
  await assertZero(io)
  assert.equal(Object.keys(io.stats().namespaces).length, 3)
})

test('a broadcast counts once for each who gets it', async (t) => {
  const server = await startServer(t, { '/chat': Chat })
  const peers = await Promise.all(generations.map((generation) => enter(t, server, generation, '/chat')))
  const before = server.io.stats()
  const frames = peers.map((peer) => peer.frames.length)
  server.io.of('/chat').emit('news', 'today')
  const { packetsOut, bytesOut } = server.io.stats()
  await Promise.all(peers.map((peer) => peer.settled()))
  const got = peers.map((peer, index) => packetsOf(peer.generation, peer.frames.slice(frames[index])))
  assert.equal(packetsOut - before.packetsOut, 3)
  assert.equal(bytesOut - before.bytesOut, lengthOf(got.flat()))
})

test('polling counts packets, however many travel together, and what is sent again once', async (t) => {
  const { io, url } = await startServer(t, { '/chat': Chat })
  const [sid] = (await ask(`${url}/socket.io/1/`)).body.split(':')
  const at = `${url}/socket.io/1/xhr-polling/${sid}`
  assert.equal((await ask(at)).body, '1::')
  const said = ['1::/chat', '5:1+:/chat:{"name":"echo","args":["a"]}', '5:2+:/chat:{"name":"echo","args":["b"]}']
  const body = said.map((packet) => `\ufffd${packet.length}\ufffd${packet}`).join('')
  const before = io.stats()
  assert.equal((await ask(at, { body })).body, '1')
  const heard = (await ask(at)).body.split(/\ufffd\d+\ufffd/).slice(1)
  assert.deepEqual(heard, ['1::/chat', '6::/chat:1+["a"]', '6::/chat:2+["b"]'])
  const after = io.stats()
  assert.deepEqual([after.packetsIn - before.packetsIn, after.bytesIn - before.bytesIn], [said.length, lengthOf(said)])
  assert.deepEqual(
    [after.packetsOut - before.packetsOut, after.bytesOut - before.bytesOut],
    [heard.length, lengthOf(heard)],
  )
  const modern = await openPolling(url)
  const begun = io.stats()
  await modern.post(payload(4, '40/chat', '42/chat,1["echo","a"]', '42/chat,2["echo","b"]'))
  const answers = packetsOf('4', (await modern.poll()).body.split('\u001e'))
  assert.equal(answers.length, 3)
  assert.equal(io.stats().packetsIn - begun.packetsIn, 3)
  assert.equal(io.stats().bytesIn - begun.bytesIn, lengthOf(['0/chat', '2/chat,1["echo","a"]', '2/chat,2["echo","b"]']))
  assert.equal(io.stats().packetsOut - begun.packetsOut, 3)
  assert.equal(io.stats().bytesOut - begun.bytesOut, lengthOf(answers))
})

test('attachments count by their bytes', async (t) => {
  class Binary extends BaseNamespace {
    on_echo(bytes: Buffer) {
      return bytes
    }
  }
  const server = await startServer(t, { '': Binary })
  const peer = await openIn(t, server, '4')
  const before = server.io.stats()
  const head = '51-0["echo",{"_placeholder":true,"num":0}]'
  peer.send(`4${head}`)
  peer.send(Buffer.alloc(100) as never)
  await peer.settled()
  const after = server.io.stats()
  assert.equal(after.packetsIn - before.packetsIn, 1)
  assert.equal(after.bytesIn - before.bytesIn, head.length + 100)
  assert.ok(after.bytesOut - before.bytesOut > 100)
  assert.equal(after.packetsOut - before.packetsOut, 1)
})

test('an adapter that cannot reach others is down until it can', async (t) => {
  let isDown = false
  class Unreliable extends Adapter {
    override broadcast(...args: Parameters<Adapter['broadcast']>): Promise<void> {
      super.broadcast(...args)
      return isDown ? Promise.reject(new Error('down')) : Promise.resolve()
    }
  }
  const { io } = await startServer(t, { '/chat': Chat }, { adapter: Unreliable, errorHandler: () => {} })
  const say = async (): Promise<string> => {
    io.of('/chat').emit('said')
    await sleep(5)
    return io.stats().adapter
  }
  assert.equal(await say(), 'up')
  isDown = true
  assert.equal(await say(), 'down')
  assert.equal(await say(), 'down')
  assert.equal(io.stats().errors.adapter_failed, 1)
  isDown = false
  assert.equal(await say(), 'up')
})

/** How many steps of built-in loops a function takes. */
function stepsOf(run: () => unknown): number {
  let steps = 0
  const restore: (() => void)[] = []
  const count = (target: object, name: string, weigh: (self: unknown) => number): void => {
    const original = Reflect.get(target, name) as (...args: unknown[]) => unknown
    Reflect.set(target, name, function (this: unknown, ...args: unknown[]) {
      steps += weigh(this)
      return original.apply(this, args)
    })
    restore.push(() => Reflect.set(target, name, original))
  }
  for (const iterable of [[], new Map(), new Set()]) {
    count(Object.getPrototypeOf(iterable[Symbol.iterator]()) as object, 'next', () => 1)
  }
  for (const name of ['forEach', 'map', 'filter', 'reduce', 'some', 'every', 'flatMap', 'concat']) {
    count(Array.prototype, name, (self) => (self as unknown[]).length)
  }
  for (const { prototype } of [Map, Set]) count(prototype, 'forEach', (self) => (self as Set<unknown>).size)
  try {
    run()
  } finally {
    for (const undo of restore) undo()
  }
  return steps
}

test('reading takes the same steps for one client as for hundreds, with their rooms and endpoints', async (t) => {
  const { io, ...place } = await startServer(
    t,
    new Map<string | RegExp, typeof Chat>([
      ['/chat', Chat],
      [/^\/project-\d+$/, Chat],
    ]),
  )
  // What is not counted could not be compared.
  const hundred = Array.from({ length: 100 }, (_, index) => index)
  assert.ok(stepsOf(() => [...new Map(hundred.map((index) => [index, index]))]) >= 200)
  const empty = stepsOf(() => io.stats())
  assert.ok(empty > 0)
  for (let index = 0; index < 90; index++) {
    const peer = await enter(t, place, generations[index % 3] as Generation, '/chat')
    await peer.enter(`/project-${index}`)
    peer.emit('/chat', 'join', `room ${index}`, 'all')
    peer.emit('/chat', 'ask')
    await peer.settled()
  }
  assert.equal(io.stats().sockets, 90)
  assert.equal(io.stats().namespaces['/chat']?.rooms, 91)
  assert.equal(
    stepsOf(() => io.stats()),
    empty,
  )
})

// What the soak's clients need, in this process.
class Talk extends RoomsMixin(BaseNamespace) {
  static readonly said = new Map<string, number>()
  told = 0
  heard = 0

  async on_join(room: string) {
    await this.join(room)
    return (Talk.said.get(room) ?? 0) + 1
  }
  async on_leave(room: string) {
    const last = Talk.said.get(room) ?? 0
    await this.leave(room)
    return last
  }
  on_say(number: number, room: string, text: string) {
    this.heard = number
    const count = (Talk.said.get(room) ?? 0) + 1
    Talk.said.set(room, count)
    this.server.of('/chat').to(room).emit('said', room, count, text)
    this.emit('told', ++this.told, text)
    return number
  }
  on_bye() {
    return [this.told, this.heard]
  }
}

async function crowdOf(t: TestContext, seed: number, options: Options = {}) {
  const server = await startServer(
    t,
    { '/chat': Talk },
    {
      heartbeatInterval: 400,
      heartbeatTimeout: 2_000,
      closeTimeout: 2_000,
      pollingDuration: 300,
      handshakeTimeout: 2_000,
      pingInterval: 400,
      pingTimeout: 2_000,
      errorHandler: () => {},
      ...options,
    },
  )
  server.server.keepAliveTimeout = 600_000
  const agent = new http.Agent({ keepAlive: true })
  t.after(() => {
    agent.destroy()
  })
  const pace = { sockets: 40, arrivals: 200, thinkMs: 25, stayMs: 300 }
  return { io: server.io, crowd: new Crowd({ port: server.port, agent }, new Tally(), pace, randomOf(seed)) }
}

test('a crowd on every transport that comes, talks, upgrades, leaves and is lost is counted as it is, and leaves zeros', async (t) => {
  const seed = Date.now() % 1_000_000
  t.diagnostic(`seed ${seed}`)
  const { io, crowd } = await crowdOf(t, seed)
  const transports = new Set<string>()
  // On a machine that is busy, it takes some of them longer.
  const isEarly = (look: number): boolean => look < 40 || (look < 400 && (transports.size < 5 || crowd.visits <= 40))
  for (let look = 0; isEarly(look); look++) {
    await sleep(75)
    const { sockets, byProtocol, byTransport, namespaces, ...stats } = io.stats()
    const sum = (counts: object): number =>
      Object.values(counts).reduce((total: number, count: number) => total + count, 0)
    assert.equal(sum(byProtocol), sockets)
    // A client of 0.9 whose first request is a POST is carried by nothing yet.
    assert.ok(
      sum(byTransport) <= sockets && sum(byTransport) >= sockets - byProtocol['0.9'],
      JSON.stringify(byTransport),
    )
    assert.ok(present({ sockets, byProtocol, byTransport, namespaces, ...stats }).every((count) => count >= 0))
    for (const [transport, count] of Object.entries(byTransport)) if (count > 0) transports.add(transport)
    const fetching = io.of('/chat').local.fetchSockets()
    const now = io.stats()
    const listed = await fetching
    assert.equal(now.namespaces['/chat']?.sockets, listed.length)
    const ids = new Set(listed.map(({ id }) => id))
    const rooms = new Set(listed.flatMap((socket) => [...socket.rooms]).filter((room) => !ids.has(room)))
    // Those that are leaving are still in rooms.
    assert.ok((now.namespaces['/chat']?.rooms ?? 0) >= rooms.size)
  }
  assert.deepEqual(transports, new Set(['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling', 'polling']))
  await crowd.leave()
  assert.ok(crowd.visits > 40, String(crowd.visits))
  await assertZero(io)
  const { packetsIn, events } = io.stats()
  assert.ok(packetsIn > events && events > 0)
  await io.close()
  await assertZero(io)
})
