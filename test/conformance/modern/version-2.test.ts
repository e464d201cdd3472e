// Owns: what is only so for clients of Socket.IO 2: the global namespace they are in from the start, queries, ERROR.
// Elsewhere: what they share with 3 and 4 (packets.test.ts, malformed.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError } from '../../../lib/index.js'
import { connectWebSocket, openPolling, openWebSocket } from '../../support/engine-peer.js'
import { Journal, within } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

function room() {
  const journal = new Journal()
  class Room extends BaseNamespace {
    override initialize() {
      this.emit('hi', this.nsName)
    }
    override recv_connect(packet: { qs: string }) {
      journal.note(packet.qs)
    }
    on_echo(value: unknown) {
      return value
    }
    override recv_disconnect(reason: string) {
      journal.note(reason)
      super.recv_disconnect(reason as never)
    }
  }
  class Refusing extends BaseNamespace {
    override recv_connect(packet: { qs: string }) {
      if (packet.qs === '?as=data') throw new ConnectError('not you', { code: 7 })
      if (packet.qs === '?as=text') throw new ConnectError('not you')
      throw new Error('a secret of ours')
    }
  }
  return { journal, namespaces: { '': Room, '/chat': Room, '/refusing': Refusing } }
}

for (const face of faces) {
  test(`a client of version 2 is connected to the global namespace without asking, on ${face}`, async (t) => {
    const { url } = await startServer(t, room().namespaces, {}, face)
    const websocket = await openWebSocket(t, url, 3)
    assert.equal(await websocket.text(), '40')
    const polling = await openPolling(url, 3)
    assert.equal((await polling.poll()).body, '2:40')
  })

  test(`the global namespace of version 2 is there where none is declared, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '/chat': room().namespaces['/chat'] }, {}, face)
    const peer = await openWebSocket(t, url, 3)
    assert.equal(await peer.text(), '40')
  })

  test(`the query of a namespace of version 2 reaches its recv_connect and is not echoed, on ${face}`, async (t) => {
    const { journal, namespaces } = room()
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await connectWebSocket(t, url, 3)
    peer.send('40/chat?token=1,')
    assert.equal(await peer.text(), '40/chat,')
    assert.equal(await peer.text(), '42/chat,["hi","/chat"]')
    assert.deepEqual(await journal.until(1), ['?token=1'])
  })

  for (const [rule, sent, received] of [
    ['a connect without a query', '40/chat,', '40/chat,'],
    ['an unknown namespace', '40/nope,', '44/nope,"Invalid namespace"'],
    ['an unknown namespace with a query', '40/nope?token=1,', '44/nope,"Invalid namespace"'],
    ['a name that every object has', '40/__proto__,', '44/__proto__,"Invalid namespace"'],
    ['a refusal', '40/refusing?as=text,', '44/refusing,"not you"'],
    ['a refusal with data', '40/refusing?as=data,', '44/refusing,{"code":7}'],
    ['a handler that fails', '40/refusing,', '44/refusing,"connection refused"'],
  ] as const) {
    test(`${rule} is answered to version 2 with ${received}, on ${face}`, async (t) => {
      const { url } = await startServer(t, room().namespaces, {}, face)
      const peer = await connectWebSocket(t, url, 3)
      peer.send(sent)
      assert.equal(await peer.text(), received)
    })
  }

  test(`an event of version 2 before its connect is ignored, on ${face}`, async (t) => {
    const { url } = await startServer(t, room().namespaces, {}, face)
    const peer = await connectWebSocket(t, url, 3)
    peer.send('42/chat,1["echo","a"]', '42/nope,2["echo","a"]', '41/chat,', '40/chat,')
    assert.equal(await peer.text(), '40/chat,')
  })

  test(`a second connect of version 2 is confirmed again, on ${face}`, async (t) => {
    const { url } = await startServer(t, room().namespaces, {}, face)
    const peer = await connectWebSocket(t, url, 3)
    peer.send('40/chat,')
    assert.equal(await peer.text(), '40/chat,')
    assert.equal(await peer.text(), '42/chat,["hi","/chat"]')
    peer.send('40/chat,')
    assert.equal(await peer.text(), '40/chat,')
  })

  test(`leaving the global namespace of version 2 ends the connection, on ${face}`, async (t) => {
    const { journal, namespaces } = room()
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await connectWebSocket(t, url, 3)
    peer.send('40/chat,', '42/chat,1["echo","a"]')
    for (let count = 0; count < 3; count++) await peer.text()
    peer.send('41')
    await within('a close', peer.closed)
    assert.equal((await journal.until(2))[1], 'client namespace disconnect')
  })

  test(`leaving another namespace of version 2 keeps the connection, on ${face}`, async (t) => {
    const { journal, namespaces } = room()
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await connectWebSocket(t, url, 3)
    peer.send('40/chat,')
    for (let count = 0; count < 2; count++) await peer.text()
    peer.send('41/chat,')
    assert.deepEqual(await journal.until(2), ['', 'client namespace disconnect'])
    peer.send('421["echo","a"]')
    assert.deepEqual([await peer.text(), await peer.text()], ['42["hi",""]', '431["a"]'])
  })
}
