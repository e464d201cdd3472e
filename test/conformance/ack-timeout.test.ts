// Owns: how long an ack is waited for when nobody says: ackTimeout, on every wire, and for those whom reading holds up.
// Elsewhere: timeout() and the table of acks (namespaces/acks.test.ts, test/unit/socket/acks.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { connectWebSocket, openPolling, payload, type EngineRevision } from '../support/engine-peer.js'
import { Journal, within } from '../support/journal.js'
import { startServer } from '../support/server.js'
import { numbers } from '../support/slow-namespace.js'
import { connectPeer, framed, polls } from '../support/v09-peers.js'
import { event, openClient } from '../support/wire-client.js'

const revisions: readonly EngineRevision[] = [4, 3]

async function start(t: TestContext, options: Options = {}) {
  const journal = new Journal()
  const begun = new Journal<number>()
  class Asking extends BaseNamespace {
    async on_promise() {
      const answer = await this.emitWithAck('question').catch((error: Error) => Reflect.get(error, 'code'))
      journal.note(['promise', answer])
    }
    on_callback() {
      this.emit('question', (...args: unknown[]) => journal.note(['callback', ...args]))
    }
    on_timed() {
      this.timeout(300_000).emit('question', (error: Error | null) => {
        journal.note(['timed', error && Reflect.get(error, 'code')])
      })
    }
    on_send() {
      this.send('news', { callback: () => journal.note(['received']) })
    }
    // The first waits for an ack that cannot be read before the others are done.
    async on_work(number: number) {
      begun.note(number)
      if (number > 0) return
      journal.note(await this.emitWithAck('question').catch((error: Error) => Reflect.get(error, 'code')))
    }
    override recv_disconnect(reason: string) {
      journal.note(reason)
    }
  }
  const clock = new FakeClock()
  const server = await startServer(t, { '': Asking }, { clock, ...options })
  return { ...server, clock, journal, begun }
}

/** A client on a websocket, whatever it speaks, and how it asks for what. */
type Open = (
  t: TestContext,
  server: Awaited<ReturnType<typeof start>>,
) => Promise<{
  emit(...events: string[]): void
  /** The id of the next question. */
  question(): Promise<string>
  ack(id: string): void
}>

const generations: readonly (readonly [name: string, open: Open])[] = [
  [
    'Socket.IO 0.9',
    async (t, server) => {
      const client = await openClient(t, server)
      return {
        emit: (...events) => {
          client.send(...events.map((name) => event('', name)))
        },
        question: async () => /^[35]:(\d+)\+?:/.exec(await client.next())?.[1] ?? '',
        ack: (id) => {
          client.send(`6:::${id}`)
        },
      }
    },
  ],
  ...revisions.map((revision): readonly [string, Open] => [
    `engine.io ${revision}`,
    async (t, server) => {
      const peer = await connectWebSocket(t, server.url, revision)
      return {
        emit: (...events) => {
          peer.send(...events.map((name) => `42["${name}"]`))
        },
        question: async () => /^42(\d+)\[/.exec(await peer.text())?.[1] ?? '',
        ack: (id) => {
          peer.send(`43${id}[]`)
        },
      }
    },
  ]),
]

for (const [name, open] of generations) {
  describe(name, () => {
    test('emitWithAck without timeout() rejects after ackTimeout', async (t) => {
      const server = await start(t)
      const client = await open(t, server)
      client.emit('promise')
      await client.question()
      server.clock.advance(59_999)
      assert.deepEqual(server.journal.entries, [])
      server.clock.advance(1)
      assert.deepEqual(await server.journal.until(1), [['promise', 'SIO_ACK_TIMEOUT']])
    })

    test('the time is that of the option', async (t) => {
      const server = await start(t, { ackTimeout: 500 })
      const client = await open(t, server)
      client.emit('promise')
      await client.question()
      server.clock.advance(500)
      assert.deepEqual(await server.journal.until(1), [['promise', 'SIO_ACK_TIMEOUT']])
    })

    for (const asked of ['callback', 'send']) {
      test(`a callback of ${asked === 'send' ? 'send()' : 'emit()'} is forgotten after ackTimeout, and takes no place`, async (t) => {
        const server = await start(t, { maxPendingAcks: 1, ackTimeout: 500 })
        const client = await open(t, server)
        client.emit(asked)
        const late = await client.question()
        server.clock.advance(500)
        client.ack(late)
        client.emit(asked)
        const inTime = await client.question()
        server.clock.advance(499)
        client.ack(inTime)
        const heard = asked === 'send' ? ['received'] : ['callback']
        assert.deepEqual(await server.journal.until(1), [heard])
      })
    }

    test('timeout() says otherwise, for longer as well', async (t) => {
      const rare = { heartbeatInterval: 1_000_000, heartbeatTimeout: 2_000_000 }
      const server = await start(t, { ackTimeout: 500, ...rare })
      const client = await open(t, server)
      client.emit('timed')
      await client.question()
      server.clock.advance(299_999)
      client.emit('promise')
      await client.question()
      assert.deepEqual(server.journal.entries, [])
      server.clock.advance(1)
      assert.deepEqual(await server.journal.until(1), [['timed', 'SIO_ACK_TIMEOUT']])
    })

    test('a handler on a paused websocket whose ack is not read is freed by ackTimeout', async (t) => {
      const server = await start(t, { maxQueuedEvents: 2, ackTimeout: 5_000 })
      const connections: Socket[] = []
      server.server.on('connection', (connection: Socket) => connections.push(connection))
      const is09 = name === 'Socket.IO 0.9'
      const count = 60
      const ballast = 'x'.repeat(200_000)
      const work = (number: number): string =>
        is09 ? event('', 'work', number, ballast) : `42${JSON.stringify(['work', number, ballast])}`
      const peer = is09
        ? await openClient(t, server)
        : await connectWebSocket(t, server.url, name === 'engine.io 4' ? 4 : 3)
      const connection = connections.at(-1) as Socket
      peer.send(...numbers(count).map(work))
      await server.begun.until(1)
      if (!connection.isPaused()) await within('a pause', once(connection, 'pause'))
      const asked = 'text' in peer ? await peer.text() : await peer.next()
      const id = /^(?:5:|42)(\d+)/.exec(asked)?.[1]
      peer.send(is09 ? `6:::${id}+["late"]` : `43${id}["late"]`)
      server.clock.advance(4_999)
      assert.deepEqual([server.journal.entries, server.begun.entries], [[], [0]])
      server.clock.advance(1)
      assert.deepEqual(await server.journal.until(1), ['SIO_ACK_TIMEOUT'])
      assert.deepEqual(await server.begun.until(count), numbers(count))
      assert.equal(server.journal.entries.length, 1)
    })
  })
}

for (const transport of polls) {
  test(`a handler whose ack waits in a POST of ${transport} that is held back is freed by ackTimeout`, async (t) => {
    const server = await start(t, { maxQueuedEvents: 2, ackTimeout: 5_000 })
    const peer = await connectPeer(t, server, transport)
    const first = peer.raw.post(transport, peer.sid, framed(...numbers(6).map((number) => event('', 'work', number))))
    const id = /^5:(\d+)\+/.exec(await peer.receive())?.[1]
    const arrived = once(server.server, 'request')
    const second = peer.raw.post(transport, peer.sid, `6:::${id}+["late"]`)
    await within('the second POST', arrived)
    server.clock.advance(4_999)
    assert.deepEqual([server.journal.entries, server.begun.entries], [[], [0]])
    server.clock.advance(1)
    assert.deepEqual(await server.journal.until(1), ['SIO_ACK_TIMEOUT'])
    assert.deepEqual([(await first).body, (await second).body], ['1', '1'])
    assert.deepEqual(await server.begun.until(6), numbers(6))
  })
}

for (const revision of revisions) {
  test(`a handler whose ack waits in a POST of engine.io ${revision} is freed by ackTimeout`, async (t) => {
    const server = await start(t, { maxQueuedEvents: 2, ackTimeout: 5_000 })
    const peer = await openPolling(server.url, revision)
    const works = numbers(6).map((number) => `42["work",${number}]`)
    await peer.post(payload(revision, ...(revision === 4 ? ['40'] : []), ...works))
    await server.begun.until(1)
    const id = /42(\d+)\["question"\]/.exec((await peer.poll()).body)?.[1]
    const arrived = once(server.server, 'request')
    const second = peer.post(payload(revision, `43${id}["late"]`))
    await within('the second POST', arrived)
    server.clock.advance(4_999)
    assert.deepEqual([server.journal.entries, server.begun.entries], [[], [0]])
    server.clock.advance(1)
    assert.deepEqual(await server.journal.until(1), ['SIO_ACK_TIMEOUT'])
    assert.equal((await second).body, 'ok')
    assert.deepEqual(await server.begun.until(6), numbers(6))
  })
}

test('the acks of a broadcast are expected for ackTimeout at most', async (t) => {
  const server = await start(t, { ackTimeout: 500, maxPendingAcks: 1 })
  const client = await openClient(t, server)
  const outcome = server.io.sockets
    .timeout(1_000)
    .emitWithAck('question')
    .catch((error: Error) => Reflect.get(error, 'responses') as unknown)
  const late = await client.next()
  server.clock.advance(500)
  client.send(late.replace(/^5:(\d+)\+::.*/, '6:::$1+["late"]'), event('', 'callback'))
  // There is room for this one's ack.
  const id = /^5:(\d+)\+::/.exec(await client.next())?.[1]
  client.send(`6:::${id}`)
  assert.deepEqual(await server.journal.until(1), [['callback']])
  server.clock.advance(500)
  assert.deepEqual(await outcome, [])
})
