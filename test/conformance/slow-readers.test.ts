// Owns: clients that do not read what they are sent: more than maxBufferedBytes never waits for one of them.
// Elsewhere: those that have closed their side of the connection (half-closed.test.ts), packets between polls (bounds.test.ts), frames alone (test/unit/transports).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { test } from 'node:test'
import { BaseNamespace } from '../../lib/index.js'
import { clientFrame } from '../support/client-frame.js'
import { openPolling } from '../support/engine-peer.js'
import { startServer } from '../support/server.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { deaf, deafEngine, deafHtmlfile, deafWebsocket, talkative, upgrade } from './deaf.js'

const bound = 1_000_000
const text = 'x'.repeat(100_000)
/** What the connection itself may take before anything waits here: the buffers of two kernels. */
const inTheKernel = 12_000_000

const clients = {
  'a 0.9 websocket': deafWebsocket,
  htmlfile: deafHtmlfile,
  'a websocket of engine.io': deafEngine(4),
}

for (const [name, open] of Object.entries(clients)) {
  test(`[16:exhaustion-2] ${name} that reads nothing is cut when maxBufferedBytes wait for it`, async (t) => {
    const { heard, Talkative } = talkative()
    const server = await startServer(t, { '': Talkative }, { maxBufferedBytes: bound })
    await open(t, server)
    const namespace = await heard.opened.next()
    let sent = 0
    while (namespace.socket.connected) {
      namespace.emit('news', text)
      sent += text.length
      assert.ok(sent <= bound + inTheKernel, `${sent} bytes were accepted`)
      await setImmediate()
    }
    assert.equal(await heard.reasons.next(), 'limit exceeded')
    assert.ok(sent > bound)
  })
}

test('a burst in one turn is bounded as well', async (t) => {
  const { heard, Talkative } = talkative()
  const server = await startServer(t, { '': Talkative }, { maxBufferedBytes: bound })
  await deafWebsocket(t, server)
  const namespace = await heard.opened.next()
  let sent = 0
  for (; namespace.socket.connected && sent <= bound + inTheKernel; sent += text.length) namespace.emit('news', text)
  assert.ok(!namespace.socket.connected)
  assert.equal(await heard.reasons.next(), 'limit exceeded')
})

test('a single packet may be larger than the bound, and arrives', async (t) => {
  const { heard, Talkative } = talkative()
  const server = await startServer(t, { '': Talkative }, { maxBufferedBytes: 1000 })
  const peer = new V09Peer(t, server)
  const line = await peer.websocket(await peer.handshake())
  line.send('3:::here')
  const namespace = await heard.opened.next()
  assert.equal(await line.frames.next(), '1::')
  namespace.send(text)
  assert.equal(await line.frames.next(), `3:::${text}`)
})

test('between two polls of engine.io no more than maxBufferedPackets are kept', async (t) => {
  const { heard, Talkative } = talkative()
  const server = await startServer(t, { '': Talkative }, { maxBufferedPackets: 10 })
  const peer = await openPolling(server.url)
  await peer.post('40')
  const namespace = await heard.opened.next()
  for (let sent = 0; sent < 20; sent++) namespace.emit('news', sent)
  assert.equal(await heard.reasons.next(), 'limit exceeded')
})

for (const path of [`${mount}/websocket/SID`, '/socket.io/?EIO=4&transport=websocket']) {
  test(`the pings of a client that reads no pongs cost nothing, on ${path}`, async (t) => {
    const server = await startServer(t, { '': BaseNamespace })
    const sid = await new V09Peer(t, server).handshake()
    const connected = once(server.server, 'connection') as Promise<[Socket]>
    const { socket } = await deaf(t, server, upgrade(path.replace('SID', sid)))
    const [connection] = await connected
    const ping = clientFrame('p'.repeat(125), { opcode: 9 })
    const pings = Buffer.concat(Array.from({ length: 1_000 }, () => ping))
    const flood = 4 * inTheKernel
    const before = connection.bytesRead
    for (let sent = 0; sent < flood; sent += pings.length) if (!socket.write(pings)) await once(socket, 'drain')
    while (connection.bytesRead < before + flood) await setImmediate()
    assert.ok(connection.writableLength < 2 * bound, `${connection.writableLength} bytes wait`)
    // Whoever reads on is answered again.
    socket.resume()
    while (connection.writableLength > 0) await setImmediate()
    const written = connection.bytesWritten
    socket.write(ping)
    while (connection.bytesWritten === written) await setImmediate()
  })
}

test('a client of 2 that pings and reads no answers is cut when maxBufferedPackets wait for it', async (t) => {
  const { heard, Talkative } = talkative()
  const server = await startServer(t, { '': Talkative }, { maxBufferedPackets: 1_000 })
  const { socket } = await deaf(t, server, upgrade('/socket.io/?EIO=3&transport=websocket'))
  socket.on('error', () => {})
  socket.write(clientFrame('42["hello"]'))
  await heard.opened.next()
  const pings = Buffer.concat(Array.from({ length: 10_000 }, () => clientFrame('2')))
  const drainedOrClosed = (): Promise<void> =>
    new Promise((resolve) => {
      for (const event of ['drain', 'close']) socket.once(event, resolve)
    })
  while (!socket.destroyed) if (!socket.write(pings)) await drainedOrClosed()
  assert.equal(await heard.reasons.next(), 'limit exceeded')
})
