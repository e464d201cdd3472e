// Owns: io.close({ drain }): who is served to the end and how each client hears that it is over, on every wire.
// Elsewhere: when a socket may go (test/unit/socket/drain.test.ts), who is refused meanwhile (closing.test.ts).
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { ask, connectWebSocket, openPolling, type EngineRevision } from '../support/engine-peer.js'
import { within } from '../support/journal.js'
import { faces, startServer, type Face } from '../support/server.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { connectPeer, dressed, framed, notHandshaken, polls, transports } from '../support/v09-peers.js'
import { Gate, Queue } from '../support/wire-client.js'

const drain = 30_000

/** A server whose handlers wait to be told, and what they and the ends of their namespaces saw. */
async function open(t: TestContext, face: Face, options: Options = {}) {
  const heard = new Queue<string>('something that a handler saw')
  const gates = { work: new Gate(), farewell: new Gate() }
  const clock = new FakeClock()
  class Worker extends BaseNamespace {
    async on_work(what: string) {
      heard.push(`begins ${what}`)
      await gates.work.opened
      return what
    }
    async on_ask() {
      heard.push('asks')
      return this.emitWithAck('question')
    }
    on_join() {
      this.spawn(async (signal) => {
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve)
        })
        heard.push('job ended')
      })
    }
    override recv_disconnect(reason: string) {
      heard.push(reason)
    }
  }
  const server = await startServer(t, { '': Worker }, { clock, ...options }, face)
  return { server, heard, gates, clock, raw: new V09Peer(t, server) }
}

const work = (id: number, what: string): string => `5:${id}+::{"name":"work","args":["${what}"]}`

for (const face of faces) {
  for (const transport of transports) {
    describe(`${transport} on ${face}`, () => {
      test('what a client has sent is done and answered before it is let go', async (t) => {
        const { server, heard, gates } = await open(t, face)
        const peer = await connectPeer(t, server, transport)
        await peer.send(work(1, 'one'), work(2, 'two'), '5:::{"name":"join"}')
        assert.equal(await heard.next(), 'begins one')
        const over = server.io.close({ drain })
        gates.work.open()
        assert.deepEqual(await peer.receiveAll(2), ['6:::1+["one"]', '6:::2+["two"]'])
        await peer.assertEnded()
        await within('the end', over)
        assert.deepEqual(heard.takeAll(), ['begins two', 'server shutting down', 'job ended'])
      })

      test('a client that is owed nothing is let go at once', async (t) => {
        const { server, heard } = await open(t, face)
        const peer = await connectPeer(t, server, transport)
        await peer.send('5:::{"name":"join"}')
        const over = server.io.close({ drain })
        await peer.assertEnded()
        await within('the end', over)
        assert.deepEqual(heard.takeAll(), ['server shutting down', 'job ended'])
      })

      test('an ack that a handler waits for is still read', async (t) => {
        const { server, heard } = await open(t, face)
        const peer = await connectPeer(t, server, transport)
        await peer.send('5:7+::{"name":"ask"}')
        assert.equal(await heard.next(), 'asks')
        const over = server.io.close({ drain })
        const [, id] = /^5:(\d+)\+::\{"name":"question"\}$/.exec(await peer.receive()) ?? []
        await peer.send(`6:::${id}+["because"]`)
        assert.equal(await peer.receive(), '6:::7+["because"]')
        await peer.assertEnded()
        await within('the end', over)
        assert.deepEqual(heard.takeAll(), ['server shutting down'])
      })

      test('the deadline ends what is not done by then', async (t) => {
        const { server, heard, clock } = await open(t, face, { heartbeatInterval: 59_000 })
        const peer = await connectPeer(t, server, transport)
        await peer.send(work(1, 'one'), work(2, 'two'))
        assert.equal(await heard.next(), 'begins one')
        const over = server.io.close({ drain })
        clock.advance(drain - 1)
        assert.deepEqual(heard.takeAll(), [])
        clock.advance(1)
        await within('the end', over)
        assert.deepEqual(heard.takeAll(), ['server shutting down'])
        await peer.assertEnded()
      })
    })
  }

  for (const transport of polls) {
    describe(`${transport} on ${face}`, () => {
      test('acks that wait between two polls are polled, and the poll after that is told to begin anew', async (t) => {
        const { server, heard, gates, raw } = await open(t, face)
        const peer = await connectPeer(t, server, transport)
        await peer.send(work(1, 'one'), work(2, 'two'))
        gates.work.open()
        assert.deepEqual(await heard.take(2), ['begins one', 'begins two'])
        let isOver = false
        const over = server.io.close({ drain }).then(() => (isOver = true))
        const acks = framed('6:::1+["one"]', '6:::2+["two"]')
        assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, acks))
        assert.deepEqual([isOver, heard.takeAll()], [false, []])
        assert.equal((await raw.get(transport, peer.sid)).body, dressed(transport, notHandshaken))
        await within('the end', over)
        assert.deepEqual(heard.takeAll(), ['server shutting down'])
      })

      test('a poll that is held is told to begin anew', async (t) => {
        const { server, raw } = await open(t, face)
        const peer = await connectPeer(t, server, transport)
        const poll = await raw.hold(transport, peer.sid)
        const over = server.io.close({ drain })
        assert.equal((await poll.answer()).body, dressed(transport, notHandshaken))
        await within('the end', over)
      })

      test('a POST is taken until its client is let go, and refused from then on', async (t) => {
        const { server, heard, gates, raw } = await open(t, face)
        const peer = await connectPeer(t, server, transport)
        await peer.send(work(1, 'one'))
        const over = server.io.close({ drain })
        await peer.send(work(2, 'two'))
        gates.work.open()
        assert.deepEqual((await peer.receiveAll(2)).toSorted(), ['6:::1+["one"]', '6:::2+["two"]'])
        await peer.assertEnded()
        await within('the end', over)
        assert.deepEqual(heard.takeAll(), ['begins one', 'begins two', 'server shutting down'])
        const { status, headers, body } = await raw.post(transport, peer.sid, '3:::late')
        assert.deepEqual([status, headers['retry-after'], body], [503, '5', 'handshake error'])
      })
    })
  }

  test(`a POST that has begun to come is read before its client is let go, on ${face}`, async (t) => {
    const { server, heard, gates, raw } = await open(t, face)
    gates.work.open()
    const peer = await connectPeer(t, server, 'xhr-polling')
    const poll = await raw.hold('xhr-polling', peer.sid)
    const packet = work(1, 'one')
    const socket = connect(server.port, '127.0.0.1')
    t.after(() => socket.destroy())
    const begun = new Promise((resolve) => {
      server.server.once('request', resolve)
    })
    const head = `POST ${mount}/xhr-polling/${peer.sid} HTTP/1.1\r\nHost: x\r\nContent-Length: ${packet.length}\r\n\r\n`
    socket.write(head + packet.slice(0, 4))
    await within('the beginning of a POST', begun)
    const over = server.io.close({ drain })
    socket.write(packet.slice(4))
    assert.equal((await poll.answer()).body, '6:::1+["one"]')
    assert.equal((await raw.get('xhr-polling', peer.sid)).body, notHandshaken)
    await within('the end', over)
    assert.deepEqual(heard.takeAll(), ['begins one', 'server shutting down'])
  })

  test(`a session id that was never used is gone at once, on ${face}`, async (t) => {
    const { server, raw } = await open(t, face)
    const sid = await raw.handshake()
    await within('the end', server.io.close({ drain }))
    assert.equal((await raw.get('xhr-polling', sid)).body, notHandshaken)
  })

  for (const revision of [3, 4] as const) {
    const event = (id: number, what: string): string => `42${id}["work","${what}"]`

    test(`a websocket of revision ${revision} is served to the end and then closed, on ${face}`, async (t) => {
      const { server, heard, gates } = await open(t, face)
      const peer = await connectWebSocket(t, server.url, revision)
      peer.send(event(1, 'one'), event(2, 'two'))
      assert.equal(await heard.next(), 'begins one')
      const over = server.io.close({ drain })
      gates.work.open()
      assert.deepEqual(await peer.rest(), ['431["one"]', '432["two"]'])
      await within('the end', over)
      assert.deepEqual(heard.takeAll(), ['begins two', 'server shutting down'])
    })

    test(`polling of revision ${revision} gets what waits between two polls, and then a close, on ${face}`, async (t) => {
      const { server, heard, gates } = await open(t, face)
      const peer = await openPolling(server.url, revision)
      const post = async (...packets: string[]): Promise<void> => {
        assert.equal((await peer.post(payloadOf(revision, packets))).body, 'ok')
      }
      // Revision 3 has got the confirmation of its connect with its handshake.
      if (revision === 4) {
        await post('40')
        assert.match((await peer.poll()).body, /^40/)
      }
      await post(event(1, 'one'))
      assert.equal(await heard.next(), 'begins one')
      const over = server.io.close({ drain })
      gates.work.open()
      const answers = (await peer.poll()).body + (await peer.poll()).body
      assert.match(answers, /431\["one"\].*1/s)
      await within('the end', over)
      assert.deepEqual(heard.takeAll(), ['server shutting down'])
      assert.match((await peer.poll()).body, /Session ID unknown/)
    })
  }
}

function payloadOf(revision: EngineRevision, packets: readonly string[]): string {
  return packets.map((packet) => (revision === 4 ? packet : `${packet.length}:${packet}`)).join('\u001e')
}

test('a client of 4 that polls and never comes back ends with the deadline', async (t) => {
  const { server, heard, gates, clock } = await open(t, 'express')
  const peer = await openPolling(server.url)
  await peer.post('40')
  await peer.poll()
  await peer.post('421["work","one"]')
  gates.work.open()
  assert.equal(await heard.next(), 'begins one')
  const over = server.io.close({ drain })
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  clock.advance(drain)
  await within('the end', over)
  assert.deepEqual(heard.takeAll(), ['server shutting down'])
  assert.equal((await ask(peer.url)).status, 400)
})
