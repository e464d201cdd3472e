// Owns: reading from a newer client that sends more than one namespace may keep waiting.
// Elsewhere: how much waits after all (overflow.test.ts), 0.9 (../backpressure.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { connectWebSocket, openPolling, payload, type EngineRevision } from '../../support/engine-peer.js'
import { within } from '../../support/journal.js'
import { faces, startServer, type Face } from '../../support/server.js'
import { numbers, slowness } from '../../support/slow-namespace.js'

const revisions: readonly EngineRevision[] = [4, 3]

async function start(t: TestContext, face: Face) {
  const slow = slowness()
  const clock = new FakeClock()
  const options = { maxQueuedEvents: 2, pingTimeout: 20_000, clock }
  return { ...slow, clock, ...(await startServer(t, { '': slow.namespace }, options, face)) }
}

function work(number: number, ...ballast: string[]): string {
  return `42${JSON.stringify(['work', number, ...ballast])}`
}

for (const face of faces) {
  for (const revision of revisions) {
    describe(`engine.io ${revision} on ${face}`, () => {
      test('a websocket that fills a queue is paused, and all arrives in order', async (t) => {
        const { server, url, gate, begun, ends } = await start(t, face)
        const connections: Socket[] = []
        server.on('connection', (connection: Socket) => connections.push(connection))
        const peer = await connectWebSocket(t, url, revision)
        const connection = connections.at(-1) as Socket
        const count = 60
        const ballast = 'x'.repeat(200_000)
        peer.send(...numbers(count).map((number) => work(number, ballast)))
        await begun.until(1)
        if (!connection.isPaused()) await within('a pause', once(connection, 'pause'))
        await openPolling(url, revision)
        assert.equal(connection.isPaused(), true)
        assert.ok(connection.bytesRead < (count * ballast.length) / 2)
        gate.open()
        assert.deepEqual(await begun.until(count), numbers(count))
        assert.equal(connection.isPaused(), false)
        assert.deepEqual(ends.entries, [])
      })

      test('a websocket is read on before its pongs are late, and nothing is lost', async (t) => {
        const { server, url, clock, gate, begun, ends } = await start(t, face)
        const connections: Socket[] = []
        server.on('connection', (connection: Socket) => connections.push(connection))
        const peer = await connectWebSocket(t, url, revision)
        const connection = connections.at(-1) as Socket
        peer.send(...numbers(4).map((number) => work(number)))
        await begun.until(1)
        if (!connection.isPaused()) await within('a pause', once(connection, 'pause'))
        peer.send(work(4))
        clock.advance(9_999)
        assert.equal(connection.isPaused(), true)
        clock.advance(1)
        assert.equal(connection.isPaused(), false)
        gate.open()
        assert.deepEqual(await begun.until(5), numbers(5))
        assert.deepEqual(ends.entries, [])
      })

      test('a websocket that is ended while it is not read reads the answer to its close', async (t) => {
        class Kicking extends BaseNamespace {
          on_kick() {
            this.socket.disconnect()
          }
        }
        const { url } = await startServer(t, { '': Kicking }, {}, face)
        const peer = await connectWebSocket(t, url, revision)
        // Too many for one piece: what comes after the pause stays unread.
        peer.send('42["kick"]', ...numbers(9_000).map((number) => work(number)))
        // ws would cut it after 10 seconds.
        assert.equal(await within('the end of a websocket', peer.closed, 5_000), 1005)
      })

      test('a POST waits until a full queue has room again, and all arrives in order', async (t) => {
        const { server, url, gate, begun } = await start(t, face)
        const peer = await openPolling(url, revision)
        await peer.post(
          payload(revision, ...(revision === 4 ? ['40'] : []), ...numbers(4).map((number) => work(number))),
        )
        await begun.until(1)
        const arrived = once(server, 'request')
        let isAnswered = false
        const answer = peer.post(payload(revision, work(4), work(5))).then(({ body }) => {
          isAnswered = true
          return body
        })
        await arrived
        for (let round = 0; round < 3; round++) await openPolling(url, revision)
        assert.equal(isAnswered, false)
        gate.open()
        assert.equal(await answer, 'ok')
        assert.deepEqual(await begun.until(6), numbers(6))
      })

      test('a POST waits no longer than half of pingTimeout, for it may carry a pong', async (t) => {
        const { server, url, clock, gate, begun, ends } = await start(t, face)
        const peer = await openPolling(url, revision)
        await peer.post(
          payload(revision, ...(revision === 4 ? ['40'] : []), ...numbers(4).map((number) => work(number))),
        )
        await begun.until(1)
        const arrived = once(server, 'request')
        const answer = peer.post(payload(revision, work(4)))
        await arrived
        clock.advance(10_000)
        assert.equal((await answer).body, 'ok')
        assert.deepEqual(begun.entries, [0])
        gate.open()
        assert.deepEqual(await begun.until(5), numbers(5))
        assert.deepEqual(ends.entries, [])
      })

      test('a POST that is lost while it waits ends its session', async (t) => {
        const { server, url, gate, begun, ends } = await start(t, face)
        const peer = await openPolling(url, revision)
        await peer.post(
          payload(revision, ...(revision === 4 ? ['40'] : []), ...numbers(4).map((number) => work(number))),
        )
        await begun.until(1)
        const arrived = once(server, 'request') as Promise<[unknown, ServerResponse]>
        const lost = http.request(peer.url, { method: 'POST', agent: false })
        lost.on('error', () => {})
        lost.end(payload(revision, work(4)))
        const [, response] = await within('a POST', arrived)
        const gone = once(response, 'close')
        lost.destroy()
        await within('its end', gone)
        gate.open()
        assert.deepEqual(await ends.until(1), ['transport close'])
        await peer.ended()
      })
    })
  }
}
