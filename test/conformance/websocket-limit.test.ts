// Owns: a websocket message past maxHttpBufferSize.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, type DisconnectReason } from '../../lib/index.js'
import { startServer } from '../support/server.js'
import { V09Peer } from '../support/v09-peer.js'
import { Queue } from '../support/wire-client.js'

test('a websocket message one byte past the bound is closed with 1009, and the namespace hears of the limit', async (t) => {
  const reasons = new Queue<DisconnectReason>('a reason')
  class Chat extends BaseNamespace {
    recv_message(text: string) {
      this.emit('length', text.length)
    }

    recv_disconnect(reason: DisconnectReason) {
      reasons.push(reason)
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { maxHttpBufferSize: 100 })
  const peer = new V09Peer(t, server)
  const line = await peer.websocket(await peer.handshake())
  assert.equal(await line.frames.next(), '1::')
  line.send('1::/chat')
  assert.equal(await line.frames.next(), '1::/chat')

  line.send('3::/chat:'.padEnd(100, 'x'))
  assert.equal(await line.frames.next(), '5::/chat:{"name":"length","args":[91]}')
  line.send('3::/chat:'.padEnd(101, 'x'))
  assert.equal(await line.closed(), 1009)
  assert.equal(await reasons.next(), 'limit exceeded')
})
