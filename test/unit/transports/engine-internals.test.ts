// Owns: that what engine.io leaves on a websocket and its connection is let go; it fails when engine.io leaves something else.
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import type { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
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
