// Owns: that what engine.io leaves on a websocket and its connection is let go; it fails when engine.io leaves something else.
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import { Server as EngineServer, type Socket as EngineSocket } from 'engine.io'
import { once, type EventEmitter } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { BaseNamespace } from '../../../lib/index.js'
import { releaseUnused } from '../../../lib/transports/engine-internals.js'
import { connectWebSocket } from '../../support/engine-peer.js'
import { startServer } from '../../support/server.js'

class Quiet extends BaseNamespace {}

// ws marks a connection that it has taken with its websocket.
function websocketOf(connection: Socket): EventEmitter {
  const mark = Object.getOwnPropertySymbols(connection).find(({ description }) => description === 'websocket')
  return Reflect.get(connection, mark ?? '') as EventEmitter
}

test('nobody listens for what only engine.io, before it had a transport, wanted to hear', async (t) => {
  const server = await startServer(t, { '': Quiet })
  let connection: Socket | undefined
  server.server.on('connection', (opened) => (connection = opened))
  await connectWebSocket(t, server.url)
  assert.ok(connection)
  const forOnce = connection.rawListeners('close').filter((listener) => 'listener' in listener)
  assert.deepEqual(forOnce, [])
  const names = websocketOf(connection)
    .listeners('error')
    .map(({ name }) => name)
  // Ours, which hears of too large a message, and the transport's.
  assert.deepEqual(names, ['onError', 'bound onError'])
})

test('a client keeps what engine.io has for it, but no listener for headers of polls', async (t) => {
  const engine = new EngineServer()
  const server = createServer().on('upgrade', (request, socket, head) => {
    engine.handleUpgrade(request, socket, head)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const begun = once(engine, 'connection')
  const { port } = server.address() as AddressInfo
  const client = new WebSocket(`ws://127.0.0.1:${port}/?EIO=4&transport=websocket`)
  t.after(() => {
    client.terminate()
    server.close()
    engine.close()
  })
  const [[engineSocket]] = (await Promise.all([begun, once(client, 'open')])) as [[EngineSocket], unknown]
  assert.equal(engineSocket.transport.listenerCount('headers'), 1)
  const { transport } = engineSocket
  const others = transport.eventNames().filter((name) => name !== 'headers')
  const listeners = others.map((name) => transport.rawListeners(name))
  const cleanups = Reflect.get(engineSocket, 'cleanupFn') as unknown[]
  releaseUnused(engineSocket)
  assert.deepEqual(transport.eventNames(), others)
  assert.deepEqual(
    others.map((name) => transport.rawListeners(name)),
    listeners,
  )
  assert.deepEqual(Reflect.get(engineSocket, 'cleanupFn'), cleanups)
  const message = once(engineSocket, 'data')
  client.send('4hello')
  assert.equal(String((await message)[0]), 'hello')
  const closed = once(engineSocket, 'close')
  client.close()
  assert.deepEqual((await closed)[0], 'transport close')
  assert.equal(engine.clientsCount, 0)
})
