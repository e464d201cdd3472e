// Owns: a broadcast that cannot be encoded for the clients of one wire: everybody else gets it, and that is reported once.
// Elsewhere: one that cannot be encoded at all (../../unit/rooms/broadcast.test.ts).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, BroadcastMixin, RoomsMixin, type AdapterFactory, type Options } from '../../../lib/index.js'
import { enter, openIn, type NamespacePeer } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { startServer, type TestServer } from '../../support/server.js'
import { Gate } from '../../support/wire-client.js'

class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  override async initialize() {
    await this.join('lobby')
  }
  on_tell(how: 'broadcastEvent' | 'emitToRoom') {
    if (how === 'broadcastEvent') this.broadcastEvent('news', 'poison')
    else this.emitToRoom('lobby', 'news', 'poison')
    return 'told'
  }
}

/** Clients of every generation, the first and the last of 0.9, on a server whose wire of 0.9 knows no poison. */
async function open(t: TestContext, options: Options = {}) {
  const reports: string[] = []
  t.mock.method(console, 'error', (what: unknown) => {
    reports.push(String(what))
  })
  let encoded = 0
  const server = await startServer(
    t,
    { '/chat': Chat, '/other': Chat },
    {
      errorHandler: (_socket, _name, message) => {
        reports.push(message)
      },
      jsonStringify: (value) => {
        const text = JSON.stringify(value)
        if (!text.includes('poison')) return text
        encoded++
        throw new TypeError('cannot be encoded')
      },
      ...options,
    },
  )
  const peers: NamespacePeer[] = []
  for (const generation of ['0.9', '4', '0.9', '2', '4', '0.9'] as const) {
    peers.push(await enter(t, server, generation, '/chat'))
  }
  return { server, peers, reports, encoded: () => encoded }
}

async function assertHeard(peers: readonly NamespacePeer[], without?: NamespacePeer): Promise<void> {
  for (const peer of peers) {
    const heard = (await peer.settled()).filter((line) => line.startsWith('event'))
    const expected = peer.generation === '0.9' || peer === without ? [] : ['event /chat news ["poison"]']
    assert.deepEqual(heard, expected, peer.generation)
    assert.ok(peer.isOpen)
  }
}

const adapters: Readonly<Record<string, Options>> = {
  'our own adapter': {},
  "Socket.IO's adapter": { adapter: Adapter },
}

const ways: Readonly<Record<string, (server: TestServer) => void>> = {
  'io.of().emit()': ({ io }) => {
    io.of('/chat').emit('news', 'poison')
  },
  'io.of().to(room).emit()': ({ io }) => {
    io.of('/chat').to('lobby').emit('news', 'poison')
  },
  'io.of().except(room).emit()': ({ io }) => {
    io.of('/chat').except('elsewhere').emit('news', 'poison')
  },
  'io.of().volatile.emit()': ({ io }) => {
    io.of('/chat').volatile.emit('news', 'poison')
  },
  'io.of(pattern).emit()': ({ io }) => {
    io.of(/^\/(?:chat|other)$/).emit('news', 'poison')
  },
}

for (const [kind, options] of Object.entries(adapters)) {
  describe(`with ${kind}`, () => {
    for (const [name, tell] of Object.entries(ways)) {
      test(`${name} that one wire cannot encode reaches everyone on the others, and is reported once`, async (t) => {
        const { server, peers, reports, encoded } = await open(t, options)
        tell(server)
        await assertHeard(peers)
        assert.equal(reports.length, 1, reports.join('\n'))
        assert.match(reports[0] as string, /news/)
        assert.equal(encoded(), 1, 'it is tried once')
        server.io.of('/chat').emit('news', 'good')
        for (const peer of peers) assert.equal(await peer.next(), 'event /chat news ["good"]')
      })
    }

    for (const how of ['broadcastEvent', 'emitToRoom'] as const) {
      test(`${how} that one wire cannot encode reaches everyone on the others, and is reported once`, async (t) => {
        const { peers, reports } = await open(t, options)
        const [, sender] = peers as [NamespacePeer, NamespacePeer]
        sender.ask(1, '/chat', 'tell', how)
        assert.equal(await sender.until('ack /chat 1'), 'ack /chat 1 ["told"]')
        await assertHeard(peers.filter((peer) => peer !== sender))
        assert.equal(reports.length, 1, reports.join('\n'))
      })
    }

    test('acks of many wait for those to whom it could be sent', async (t) => {
      const { server, peers, reports } = await open(t, options)
      const answers = server.io.of('/chat').timeout(10_000).emitWithAck('news', 'poison')
      for (const peer of peers) {
        if (peer.generation === '0.9') continue
        assert.equal(await peer.next(), 'asks /chat news ["poison"]')
        peer.answer([peer.generation])
      }
      assert.equal((await within('the acks of many', answers)).map(String).toSorted().join(), '2,4,4')
      assert.equal(reports.length, 1)
    })

    test('what is held for a client that connects is not held up', async (t) => {
      const gate = new Gate()
      class Slow extends BaseNamespace {
        override recv_connect() {
          return gate.opened
        }
      }
      const reports = t.mock.method(console, 'error', () => {})
      const server = await startServer(t, { '/slow': Slow }, { ...options, jsonStringify: failing })
      const peers = [await openIn(t, server, '0.9'), await openIn(t, server, '4')]
      for (const peer of peers) peer.connect('/slow')
      for (const peer of peers) await peer.settled()
      server.io.of('/slow').emit('news', 'poison')
      gate.open()
      for (const peer of peers) assert.equal(await peer.next(), 'connected /slow')
      assert.deepEqual(await peers[0]?.settled(), [])
      assert.equal(await peers[1]?.next(), 'event /slow news ["poison"]')
      assert.equal(reports.mock.callCount(), 1)
    })
  })
}

function failing(value: unknown): string {
  const text = JSON.stringify(value)
  if (text.includes('poison')) throw new TypeError('cannot be encoded')
  return text
}

test('a broadcast of another process that one wire cannot encode reaches everyone on the others, and is reported once', async (t) => {
  const made = new Map<string, Adapter>()
  class Heard extends Adapter {
    constructor(nsp: { name: string }) {
      super(nsp)
      made.set(nsp.name, this)
    }
  }
  const { peers, reports } = await open(t, { adapter: Heard as AdapterFactory })
  const options = { rooms: new Set<string>(), except: new Set<string>(), flags: {} }
  made.get('/chat')?.broadcast({ type: 2, data: ['news', 'poison'] }, options)
  await assertHeard(peers)
  assert.equal(reports.length, 1, reports.join('\n'))
})

test('a broadcast that no wire can encode throws where it was made, for every endpoint of a pattern', async (t) => {
  const { server, peers, reports } = await open(t)
  for (const of of ['/chat', /^\/(?:chat|other)$/] as const) {
    assert.throws(() => {
      server.io.of(of as '/chat').emit('news', 5n)
    }, TypeError)
  }
  for (const peer of peers) assert.deepEqual(await peer.settled(), [])
  assert.deepEqual(reports, [])
})

test('an endpoint whose clients cannot be told keeps no other endpoint of a pattern from it', async (t) => {
  const { server, reports } = await open(t)
  const old = await enter(t, server, '0.9', '/other')
  const others = server.io.of(/^\/(?:other|chat)$/)
  server.io.of('/chat').disconnectSockets(true)
  const newer = await enter(t, server, '4', '/chat')
  assert.throws(() => {
    others.emit('news', 'poison')
  }, TypeError)
  assert.equal(await newer.next(), 'event /chat news ["poison"]')
  assert.deepEqual(await old.settled(), [])
  assert.deepEqual(reports, [])
})
