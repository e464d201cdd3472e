// Owns: clients that have closed their side of the connection while what they were sent still waits to be read: what is sent
// to them after that is never written, so that it is neither kept nor counted, and comes when they are back.
// Elsewhere: clients that read nothing, with a whole connection (slow-readers.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate, setTimeout as pause } from 'node:timers/promises'
import { describe, test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../lib/index.js'
import { openPolling, openWebSocket } from '../support/engine-peer.js'
import { startServer, type Face, type TestServer } from '../support/server.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { deafEngine, deafHtmlfile, deafWebsocket, talkative, type OpenDeaf } from './deaf.js'
import { rawClient, until } from './recovery/raw.js'

interface Client {
  readonly name: string
  readonly open: OpenDeaf
  readonly generation: '0.9' | '2' | '4'
  readonly face?: Face
  /** Events with attachments are engine.io's to write. */
  readonly hasAttachments?: boolean
}

const clients: readonly Client[] = [
  { name: 'a 0.9 websocket', open: deafWebsocket, generation: '0.9' },
  { name: 'htmlfile', open: deafHtmlfile, generation: '0.9' },
  { name: 'htmlfile on Koa', open: deafHtmlfile, generation: '0.9', face: 'koa' },
  ...(['2', '4'] as const).flatMap((generation): Client[] => {
    const own = {
      name: `a websocket of a client of ${generation}`,
      open: deafEngine(generation === '2' ? 3 : 4),
      generation,
    }
    return [own, { ...own, name: `${own.name} with attachments`, hasAttachments: true }]
  }),
]

/** A client whose kernels are full, of which a little waits here, and which has sent FIN. */
async function halfClosed(t: TestContext, { open, face, hasAttachments = false }: Client, options: Options) {
  const { heard, Talkative } = talkative()
  const server = await startServer(t, { '': Talkative }, options, face)
  const connections: Socket[] = []
  server.server.on('connection', (connection: Socket) => connections.push(connection))
  const { socket, sid } = await open(t, server)
  const namespace = await heard.opened.next()
  const connection = connections.find(({ remotePort }) => remotePort === socket.localPort)
  assert.ok(connection !== undefined)
  while (connection.writableLength === 0) {
    namespace.emit('filling', hasAttachments ? Buffer.alloc(8_000) : 'x'.repeat(8_000))
    await setImmediate()
    // On a busy machine the two kernels may only be slow.
    if (connection.writableLength > 0) await pause(20)
  }
  // engine.io keeps it, and what comes behind it.
  if (hasAttachments) namespace.emit('filling', Buffer.alloc(8))
  socket.end()
  while (connection.writable) await setImmediate()
  assert.ok(!connection.destroyed && connection.writableLength > 0)
  return { server, socket, sid, connection, namespace, heard }
}

for (const recovery of [false, true]) {
  for (const client of clients) {
    test(`${client.name} that is half closed and full does not end by what is never written, recovery ${recovery ? 'on' : 'off'}`, async (t) => {
      const { socket, connection, namespace, heard } = await halfClosed(t, client, {
        maxBufferedBytes: 20_000,
        recovery,
      })
      const waiting = connection.writableLength
      for (let sent = 0; sent < 200; sent++) {
        namespace.emit('news', 'y'.repeat(300))
        // Some in a turn of their own, and some together.
        if (sent < 100) await setImmediate()
      }
      await setImmediate()
      assert.deepEqual(heard.reasons.takeAll(), [])
      assert.ok(connection.writableLength <= waiting)
      socket.destroy()
      assert.equal(await heard.reasons.next(), 'transport close')
    })
  }
}

/** The news that a client gets that is back by a websocket and does not count, up to `last`. */
async function newsOf(t: TestContext, { generation }: Client, server: TestServer, sid: string): Promise<unknown[]> {
  const query = `resume=${sid}`
  let next: () => Promise<string>
  if (generation === '0.9') {
    const { line } = await rawClient(t, server).open(query)
    next = () => line.frames.next()
  } else {
    const peer = await openWebSocket(t, server.url, 3, { query: `&${query}` })
    next = () => peer.text()
  }
  const values: unknown[] = []
  while (values.at(-1) !== 'last') {
    const frame = await next()
    const json = frame.slice(frame.indexOf(generation === '0.9' ? '{' : '['))
    if (!json.includes('"news"')) continue
    const event = JSON.parse(json) as { readonly args: readonly unknown[] } & readonly unknown[]
    values.push(generation === '0.9' ? event.args[0] : event[1])
  }
  return values
}

describe('what was sent to a half closed and full client, and never written, comes when it is back', () => {
  // A client of 4 says what it has.
  for (const client of clients.filter(({ generation }) => generation !== '4')) {
    for (const isNoticed of [true, false]) {
      test(`to ${client.name}, ${isNoticed ? 'once' : 'before'} its loss is noticed`, async (t) => {
        const most = 16_000_000
        const options = { maxBufferedBytes: most, recovery: { maxBytes: most } }
        const { server, socket, sid, namespace } = await halfClosed(t, client, options)
        const numbers = Array.from({ length: 50 }, (_, at) => at)
        for (const number of numbers) {
          namespace.emit('news', number)
          if (number < 25) await setImmediate()
        }
        await setImmediate()
        if (isNoticed) {
          socket.destroy()
          await until(() => server.io.stats().suspended === 1)
        }
        namespace.emit('news', 'last')
        assert.deepEqual(await newsOf(t, client, server, sid), [...numbers, 'last'])
      })
    }
  }
})

/** A held poll. */
async function hold(t: TestContext, { server, port }: TestServer, path: string): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' })
  t.after(() => socket.destroy())
  const asked = once(server, 'request')
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
  await asked
  return socket
}

const polls: readonly Client[] = [
  {
    name: 'a poll of xhr-polling',
    generation: '0.9',
    open: async (t, server) => {
      const peer = new V09Peer(t, server)
      const sid = await peer.handshake()
      assert.equal((await peer.request(`${mount}/xhr-polling/${sid}`)).body, '1::')
      return { socket: await hold(t, server, `${mount}/xhr-polling/${sid}`), sid }
    },
  },
  {
    name: 'a poll of a client of 2',
    generation: '2',
    open: async (t, server) => {
      const peer = await openPolling(server.url, 3)
      assert.equal((await peer.poll()).body, '2:40')
      return { socket: await hold(t, server, `/socket.io/?EIO=3&transport=polling&sid=${peer.sid}`), sid: peer.sid }
    },
  },
]

describe('what is sent when the FIN of a client has just been read comes when it is back', () => {
  const own = clients.filter(({ generation, hasAttachments }) => generation !== '4' && hasAttachments !== true)
  for (const client of [...own, ...polls]) {
    test(`to ${client.name}`, async (t) => {
      const server = await startServer(t, { '': BaseNamespace }, { recovery: true }, client.face)
      const connections: Socket[] = []
      server.server.on('connection', (connection: Socket) => connections.push(connection))
      const { socket, sid } = await client.open(t, server)
      const connection = connections.find(({ remotePort }) => remotePort === socket.localPort)
      assert.ok(connection !== undefined)
      const ended = once(connection, 'end')
      socket.end()
      // All that listen to it have been called, and it is not closed yet.
      await ended
      assert.deepEqual([connection.writable, connection.destroyed], [false, false])
      server.io.sockets.emit('news', 1)
      server.io.sockets.emit('news', 'last')
      assert.deepEqual(await newsOf(t, client, server, sid), [1, 'last'])
    })
  }
})
