// Owns: who counts as being in a namespace: who is open, and nobody who is still asked or already leaving.
// Elsewhere: who hears broadcasts (held.test.ts, rooms.test.ts), acks of many in other processes (test/cluster).
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { setImmediate as turn } from 'node:timers/promises'
import { BaseNamespace, ConnectError, RoomsMixin, type AdapterFactory, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { generations, openIn, type Generation, type NamespacePeer } from '../../support/generations.js'
import { within } from '../../support/journal.js'
import { startServer } from '../../support/server.js'
import { Gate, Queue } from '../../support/wire-client.js'

const adapters: Readonly<Record<string, AdapterFactory | undefined>> = {
  'our own adapter': undefined,
  "Socket.IO's adapter": Adapter,
}

async function open(t: TestContext, adapter: AdapterFactory | undefined, options: Options = {}) {
  const seen = new Queue<string>('something that a namespace saw')
  const gates = { connect: new Gate(), work: new Gate(), end: new Gate() }
  const clock = new FakeClock()
  class Chat extends RoomsMixin(BaseNamespace) {
    override async initialize() {
      await this.join('lobby')
    }
    override async recv_connect() {
      if (this.nsName !== '/slow' && !this.nsName.startsWith('/refusing')) return
      seen.push(`asked ${this.nsName}`)
      await gates.connect.opened
      if (this.nsName === '/refusing') throw new ConnectError('no')
    }
    async on_work() {
      seen.push('works')
      await gates.work.opened
    }
    async on_ask() {
      seen.push('asks')
      await this.emitWithAck('own').catch((error: { code: string }) => seen.push(error.code))
    }
    override async recv_disconnect() {
      seen.push('ending')
      await gates.end.opened
    }
  }
  const server = await startServer(
    t,
    { '/chat': Chat, '/slow': Chat, '/refusing': Chat },
    { clock, ...(adapter && { adapter }), ...options },
  )
  t.after(() => {
    for (const gate of Object.values(gates)) gate.open()
  })
  return { server, seen, gates, clock }
}

async function entered(t: TestContext, place: { url: string; port: number }, generation: Generation, endpoint: string) {
  const peer = await openIn(t, place, generation)
  await peer.enter(endpoint)
  return peer
}

/** Answers each question of the server as it comes, with its own number. */
function answering(peer: NamespacePeer, value: unknown): void {
  void (async () => {
    for (;;) {
      const line = await peer.next().catch(() => '')
      if (line === '') return
      if (line.startsWith('asks ')) peer.answer([value])
    }
  })()
}

for (const [name, adapter] of Object.entries(adapters)) {
  describe(`with ${name}`, () => {
    for (const generation of generations) {
      test(`who is still asked is not listed, holds up no ack of many, and hears broadcasts after it, on ${generation}`, async (t) => {
        const { server, seen, gates } = await open(t, adapter)
        const slow = await openIn(t, server, generation)
        slow.connect('/slow')
        assert.equal(await seen.next(), 'asked /slow')
        const all = server.io.of('/slow')
        for (const some of [all, all.to('lobby'), all.in(['lobby']), all.local, all.except('garden')]) {
          assert.deepEqual(await some.fetchSockets(), [])
          assert.deepEqual(await within('acks', some.emitWithAck('question')), [])
        }
        all.emit('news', 1)
        all.to('lobby').emit('news', 2)
        assert.deepEqual(await slow.settled(), [])
        gates.connect.open()
        assert.equal(await slow.next(), 'connected /slow')
        // What was asked before it was in was not for it to answer; what was told was held.
        const told = await slow.settled()
        assert.deepEqual(
          told.filter((line) => line.startsWith('event')),
          ['event /slow news [1]', 'event /slow news [2]'],
        )
        assert.deepEqual(
          (await all.fetchSockets()).map(({ rooms }) => rooms.has('lobby')),
          [true],
        )
        answering(slow, 'here')
        assert.deepEqual(await within('acks', all.emitWithAck('question')), ['here'])
      })

      test(`acks of many are those of all who are in, though another is still asked, on ${generation}`, async (t) => {
        const { server, seen, gates } = await open(t, adapter)
        gates.connect.open()
        const insiders = [await entered(t, server, '0.9', '/slow'), await entered(t, server, '4', '/slow')]
        seen.takeAll()
        for (const [at, peer] of insiders.entries()) answering(peer, at)
        const asked = (gates.connect = new Gate())
        const slow = await openIn(t, server, generation)
        slow.connect('/slow')
        assert.equal(await seen.next(), 'asked /slow')
        const answers = await within('acks', server.io.of('/slow').emitWithAck('question'))
        assert.deepEqual(new Set(answers), new Set([0, 1]))
        assert.equal((await server.io.of('/slow').fetchSockets()).length, 2)
        asked.open()
        await slow.until('connected /slow')
      })

      test(`who is refused in the end was never listed, on ${generation}`, async (t) => {
        const { server, seen, gates } = await open(t, adapter)
        const peer = await openIn(t, server, generation)
        peer.connect('/refusing')
        assert.equal(await seen.next(), 'asked /refusing')
        assert.deepEqual(await server.io.of('/refusing').fetchSockets(), [])
        gates.connect.open()
        assert.equal(await peer.next(), 'refused /refusing')
        assert.deepEqual(await server.io.of('/refusing').fetchSockets(), [])
      })

      test(`who is leaving is not listed, holds up no ack of many, and is told what is sent, on ${generation}`, async (t) => {
        const { server, seen, gates } = await open(t, adapter)
        const peer = await entered(t, server, generation, '/chat')
        peer.emit('/chat', 'work')
        assert.equal(await seen.next(), 'works')
        peer.leave('/chat')
        await peer.settled()
        const all = server.io.of('/chat')
        assert.deepEqual(await all.fetchSockets(), [])
        assert.deepEqual(await within('acks', all.emitWithAck('question')), [])
        assert.deepEqual(await within('acks', all.to('lobby').emitWithAck('question')), [])
        gates.work.open()
        assert.equal(await seen.next(), 'ending')
        assert.deepEqual(await all.fetchSockets(), [])
        assert.deepEqual(await within('acks', all.emitWithAck('question')), [])
      })

      test(`who is ending is not listed, whoever ended it, on ${generation}`, async (t) => {
        const { server, seen } = await open(t, adapter)
        const all = server.io.of('/chat')
        for (const end of ['kick', 'loss', 'goodbye'] as const) {
          const peer = await entered(t, server, generation, '/chat')
          if (end === 'kick') all.disconnectSockets()
          else if (end === 'loss') peer.reset()
          else peer.leave('/chat')
          assert.equal(await seen.next(), 'ending')
          assert.deepEqual(await all.fetchSockets(), [], end)
          assert.deepEqual(await within('acks', all.emitWithAck('question')), [], end)
        }
      })

      test(`emitWithAck() towards a client that has left rejects at once, on ${generation}`, async (t) => {
        const { server, seen } = await open(t, adapter)
        const peer = await entered(t, server, generation, '/chat')
        peer.emit('/chat', 'ask')
        assert.equal(await seen.next(), 'asks')
        assert.match(await peer.next(), /^asks \/chat own/)
        // What waits for its answer waits for nothing.
        peer.leave('/chat')
        assert.equal(await seen.next(), 'SIO_CLOSED')
        assert.equal(await seen.next(), 'ending')
      })

      test(`emitWithAck() after the goodbye of its client rejects at once, on ${generation}`, async (t) => {
        const seen = new Queue<string>()
        const gate = new Gate()
        class Chat extends BaseNamespace {
          async on_work() {
            seen.push('works')
            await gate.opened
            for (const asking of [this.emitWithAck('own'), this.timeout(1_000).emitWithAck('own')]) {
              await asking.catch((error: { code: string }) => seen.push(error.code))
            }
            this.timeout(1_000).emit('own', (error: { code: string } | null) => seen.push(`callback ${error?.code}`))
          }
          override recv_disconnect(reason: string) {
            seen.push(reason)
          }
        }
        const server = await startServer(t, { '/chat': Chat }, { clock: new FakeClock() })
        const peer = await entered(t, server, generation, '/chat')
        peer.emit('/chat', 'work')
        assert.equal(await seen.next(), 'works')
        peer.leave('/chat')
        await peer.settled()
        gate.open()
        assert.deepEqual(await seen.take(4), [
          'SIO_CLOSED',
          'SIO_CLOSED',
          // A callback is never called in the turn of its emit().
          'client namespace disconnect',
          'callback SIO_CLOSED',
        ])
      })

      test(`a kick reaches who is still asked: it is refused, and never in, on ${generation}`, async (t) => {
        const { server, seen, gates } = await open(t, adapter)
        const peer = await openIn(t, server, generation)
        peer.connect('/slow')
        assert.equal(await seen.next(), 'asked /slow')
        server.io.of('/slow').to('lobby').disconnectSockets()
        assert.equal(await peer.next(), 'refused /slow')
        gates.connect.open()
        gates.end.open()
        for (let turns = 0; turns < 10; turns++) await turn()
        assert.deepEqual(await server.io.of('/slow').fetchSockets(), [])
        assert.deepEqual(await peer.settled(), [])
        // It may ask again, and is asked again.
        peer.connect('/slow')
        assert.equal(await peer.next(), 'connected /slow')
        assert.equal((await server.io.of('/slow').fetchSockets()).length, 1)
      })

      test(`a kick reaches who is leaving: its handlers are not heard out, on ${generation}`, async (t) => {
        const { server, seen, gates } = await open(t, adapter)
        const peer = await entered(t, server, generation, '/chat')
        peer.emit('/chat', 'work')
        assert.equal(await seen.next(), 'works')
        peer.emit('/chat', 'work')
        peer.leave('/chat')
        await peer.settled()
        server.io.of('/chat').disconnectSockets()
        gates.end.open()
        gates.work.open()
        assert.equal(await seen.next(), 'ending')
        for (let turns = 0; turns < 10; turns++) await turn()
        assert.deepEqual(seen.takeAll(), [])
      })
    }
  })
}

for (const generation of ['0.9', '2'] as const) {
  test(`in the global namespace of ${generation} who is connected is listed before its first packet, and while its class opens`, async (t) => {
    const gate = new Gate()
    const seen = new Queue<string>()
    class Root extends BaseNamespace {
      override async initialize() {
        seen.push('opens')
        await gate.opened
      }
    }
    const server = await startServer(t, { '': Root })
    const peer = await openIn(t, server, generation)
    assert.equal((await server.io.sockets.fetchSockets()).length, 1)
    const asked = server.io.sockets.emitWithAck('question')
    assert.match(await peer.next(), /^asks {2}question/)
    peer.answer(['yes'])
    assert.deepEqual(await within('acks', asked), ['yes'])
    peer.emit('', 'anything')
    assert.equal(await seen.next(), 'opens')
    assert.equal((await server.io.sockets.fetchSockets()).length, 1)
    server.io.sockets.emit('news')
    assert.equal(await peer.next(), 'event  news []')
    gate.open()
    assert.equal((await server.io.sockets.fetchSockets()).length, 1)
  })
}
