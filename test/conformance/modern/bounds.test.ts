// Owns: what happens one past each bound on what a newer client sends, opens or names, on a live server.
// Elsewhere: 0.9 (../bounds.test.ts), what may wait (backpressure.test.ts, overflow.test.ts), depth (../json-depth.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { Socket } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, RoomsMixin, type Options } from '../../../lib/index.js'
import {
  ask,
  connectWebSocket,
  openPolling,
  openWebSocket,
  payload,
  startWebSocket,
  type EngineRevision,
} from '../../support/engine-peer.js'
import { Journal, within } from '../../support/journal.js'
import { faces, startServer, type Face } from '../../support/server.js'
import { Gate } from '../../support/wire-client.js'

const revisions: readonly EngineRevision[] = [4, 3]

async function start(t: TestContext, face: Face, options: Options) {
  const journal = new Journal()
  class Root extends RoomsMixin(BaseNamespace) {
    override recv_disconnect(reason: string) {
      journal.note(reason)
    }
    on_seen(...args: unknown[]) {
      journal.note(args.length)
    }
    on_named() {
      return 'handled'
    }
    async on_join(room: string) {
      await this.join(room).catch((error: unknown) => journal.note(Reflect.get(error as Error, 'code')))
      return this.rooms.size
    }
    on_ask() {
      try {
        this.emit('question', () => {})
      } catch (error) {
        journal.note(Reflect.get(error as Error, 'code'))
      }
    }
  }
  class Chat extends BaseNamespace {}
  return { ...(await startServer(t, { '': Root, '/a': Chat, '/b': Chat }, options, face)), journal }
}

const connect = (revision: EngineRevision): string[] => (revision === 4 ? ['40'] : [])

for (const face of faces) {
  for (const revision of revisions) {
    describe(`engine.io ${revision} on ${face}`, () => {
      for (const [how, headers] of [
        ['announced', {}],
        ['sent in chunks', { 'Transfer-Encoding': 'chunked' }],
      ] as const) {
        test(`a body of maxHttpBufferSize bytes is read, and of one more, ${how}, is a 413 and the end`, async (t) => {
          const { url, journal } = await start(t, face, { maxHttpBufferSize: 200 })
          const peer = await openPolling(url, revision)
          await peer.post(payload(revision, ...connect(revision), '42["seen"]'))
          const sized = (size: number): string => {
            const text = (length: number): string =>
              payload(revision, `42["seen",${JSON.stringify('x'.repeat(length))}]`)
            return text(size - text(100).length + 100)
          }
          assert.equal(sized(200).length, 200)
          assert.equal((await peer.post(sized(200), headers)).status, 200)
          assert.deepEqual(await journal.until(2), [0, 1])
          assert.equal((await peer.post(sized(201), headers)).status, 413)
          assert.deepEqual((await journal.until(3)).slice(2), ['limit exceeded'])
          await peer.ended()
        })
      }

      test('the rest of a body that is too large is not read', async (t) => {
        const { server, url } = await start(t, face, { maxHttpBufferSize: 200 })
        const peer = await openPolling(url, revision)
        const connections: Socket[] = []
        server.on('connection', (connection: Socket) => connections.push(connection))
        const request = http.request(peer.url, { method: 'POST', agent: false })
        t.after(() => request.destroy())
        const answered = once(request, 'response') as Promise<[http.IncomingMessage]>
        const over = once(request, 'close')
        request.on('error', () => {})
        request.write('x'.repeat(300))
        const [response] = await within('an answer', answered)
        assert.equal(response.statusCode, 413)
        response.resume()
        // The body has no end: the server hangs up.
        await within('the end of the connection', over)
        assert.equal(connections[0]?.destroyed, true)
      })

      test('a websocket message of one byte too many is closed with 1009, and the namespace hears of the limit', async (t) => {
        const { url, journal } = await start(t, face, { maxHttpBufferSize: 100 })
        const peer = await connectWebSocket(t, url, revision)
        peer.send(`42["seen","${'x'.repeat(100 - 13)}"]`)
        await journal.until(1)
        peer.send(`42["seen","${'x'.repeat(101 - 13)}"]`)
        assert.deepEqual(await journal.until(2), [1, 'limit exceeded'])
        assert.equal(await peer.closed, 1009)
      })

      test('a websocket that a polling client has changed to has the same bound', async (t) => {
        const { url, journal } = await start(t, face, { maxHttpBufferSize: 100 })
        const polling = await openPolling(url, revision)
        await polling.post(payload(revision, ...connect(revision), '42["seen"]'))
        const address = `${url}/socket.io/?EIO=${revision}&transport=websocket&sid=${polling.sid}`
        const peer = startWebSocket(t, address)
        await peer.headers
        peer.send('2probe')
        assert.equal(await peer.text(), '3probe')
        peer.send('5', '42["seen",1]')
        await journal.until(2)
        peer.send(`42["seen","${'x'.repeat(101 - 13)}"]`)
        assert.deepEqual(await journal.until(3), [0, 1, 'limit exceeded'])
        assert.equal(await peer.closed, 1009)
      })

      test('a payload has as many packets as maxPacketsPerPayload says, and one more ends the session', async (t) => {
        const { url, journal } = await start(t, face, { maxPacketsPerPayload: 3 })
        const peer = await openPolling(url, revision)
        const events = (count: number): string[] => Array.from({ length: count }, () => '42["seen"]')
        await peer.post(payload(revision, ...connect(revision)) || payload(revision, '42["seen"]'))
        const before = revision === 4 ? 0 : 1
        assert.equal((await peer.post(payload(revision, ...events(3)))).status, 200)
        assert.equal((await journal.until(before + 3)).length, before + 3)
        await peer.post(payload(revision, ...events(5))).catch(() => {})
        assert.deepEqual((await journal.until(before + 7)).slice(before + 3), [0, 0, 0, 'limit exceeded'])
        await peer.ended()
      })

      test('messages on a websocket are no payload', async (t) => {
        const { url, journal } = await start(t, face, { maxPacketsPerPayload: 1 })
        const peer = await connectWebSocket(t, url, revision)
        peer.send('42["seen"]', '42["seen"]', '42["seen"]')
        assert.deepEqual(await journal.until(3), [0, 0, 0])
      })

      test('a packet with one attachment more than maxAttachments ends the session', async (t) => {
        const { url, journal } = await start(t, face, {})
        const peer = await connectWebSocket(t, url, revision)
        const binary = Buffer.from(revision === 4 ? [1] : [4, 1])
        const event = (count: number): string => {
          const args = Array.from({ length: count }, (_, num) => ({ _placeholder: true, num }))
          return `45${count}-${JSON.stringify(['seen', ...args])}`
        }
        peer.send(event(10), ...Array.from({ length: 10 }, () => binary))
        await journal.until(1)
        peer.send(event(11))
        assert.deepEqual(await journal.until(2), [10, 'limit exceeded'])
        assert.deepEqual(await peer.rest(), [])
      })

      test('the name of an event has maxEventNameLength characters at most', async (t) => {
        const { url } = await start(t, face, { maxEventNameLength: 5 })
        const peer = await connectWebSocket(t, url, revision)
        peer.send('421["named"]')
        assert.equal(await peer.text(), '431["handled"]')
        peer.send('42["named "]')
        assert.match(await peer.text(), /^42\["error","unallowed_event_name",/)
      })

      test('a client has maxNamespacesPerSocket namespaces at most', async (t) => {
        const { url } = await start(t, face, { maxNamespacesPerSocket: 2 })
        const peer = await connectWebSocket(t, url, revision)
        peer.send('40/a,')
        assert.match(await peer.text(), /^40\/a/)
        peer.send('40/b,')
        const refused = '"connection refused"'
        assert.equal(await peer.text(), revision === 4 ? `44/b,{"message":${refused}}` : `44/b,${refused}`)
        peer.send('421["named"]')
        assert.equal(await peer.text(), '431["handled"]')
      })

      test('a client is in maxRoomsPerSocket rooms at most, beside its own', async (t) => {
        const { url, journal } = await start(t, face, { maxRoomsPerSocket: 1 })
        const peer = await connectWebSocket(t, url, revision)
        peer.send('421["join","one"]', '422["join","two"]')
        assert.deepEqual([await peer.text(), await peer.text()], ['431[2]', '432[2]'])
        assert.deepEqual(journal.entries, ['SIO_USAGE_ROOMS'])
      })

      test('a client owes maxPendingAcks acks at most', async (t) => {
        const { url, journal } = await start(t, face, { maxPendingAcks: 1 })
        const peer = await connectWebSocket(t, url, revision)
        peer.send('42["ask"]', '42["ask"]')
        assert.deepEqual(await journal.until(1), ['SIO_USAGE_ACKS'])
        const id = /^42(\d+)\["question"\]$/.exec(await peer.text())?.[1]
        peer.send(`43${id}[]`, '42["ask"]')
        assert.match(await peer.text(), /^42\d+\["question"\]$/)
        assert.equal(journal.entries.length, 1)
      })

      test('one client more than maxSockets is a 503, by polling and by websocket, until another has ended', async (t) => {
        const { url } = await start(t, face, { maxSockets: 1 })
        const first = await openWebSocket(t, url, revision)
        const query = `${url}/socket.io/?EIO=${revision}&transport=`
        const busy = '{"code":3,"message":"handshake error"}'
        const { status, body } = await ask(`${query}polling`)
        assert.deepEqual([status, body], [503, busy])
        const refused = await startWebSocket(t, `${query}websocket`).refused
        assert.deepEqual([refused.status, refused.body], [503, busy])
        first.websocket.close()
        await first.closed
        assert.equal((await openPolling(url, revision)).opening.status, 200)
      })

      test('maxSockets holds for those who come while the application is asked', async (t) => {
        const gate = new Gate()
        const asked = new Journal<number>()
        const authorize = async (): Promise<boolean> => {
          asked.note(asked.entries.length)
          await gate.opened
          return true
        }
        const { url } = await start(t, face, { maxSockets: 1, authorize })
        const opening = Promise.all([
          openPolling(url, revision),
          openPolling(url, revision),
          openPolling(url, revision),
        ])
        await asked.until(3)
        gate.open()
        const answers = await Promise.all((await opening).map((peer) => peer.post(payload(revision, '40'))))
        assert.deepEqual(answers.map(({ status }) => String(status)).toSorted(), ['200', '400', '400'])
      })
    })
  }
}
