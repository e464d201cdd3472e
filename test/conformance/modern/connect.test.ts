// Owns: how clients of Socket.IO 3 and 4 connect to namespaces and leave them.
// Elsewhere: what they send in between (packets.test.ts), what is no packet (malformed.test.ts), clients of 2 (version-2.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError } from '../../../lib/index.js'
import { connectWebSocket, openWebSocket, withoutSid } from '../../support/engine-peer.js'
import { Journal } from '../../support/journal.js'
import { faces, startServer } from '../../support/server.js'

class Auth extends BaseNamespace {
  override initialize() {
    this.emit('auth', this.auth ?? {})
  }
  on_echo(value: unknown) {
    return value
  }
}

class Refusing extends BaseNamespace {
  override recv_connect() {
    const { token } = (this.auth ?? {}) as { token?: string }
    if (token === 'plain') throw new ConnectError('not you')
    if (token === 'data') throw new ConnectError('not you', { code: 7 })
    if (token !== 'good') throw new Error('a secret of ours')
  }
}

class Closed extends BaseNamespace {
  override getInitialAcl() {
    return []
  }
}

const namespaces = { '': Auth, '/custom': Auth, '/refusing': Refusing, '/closed': Closed }

// What is sent, and all that comes back.
const transcripts: readonly (readonly [rule: string, sent: string, received: readonly string[]])[] = [
  ['a connect to the global namespace', '40', ['40{"sid":"SID"}', '42["auth",{}]']],
  [
    'a connect to the global namespace with auth',
    '40{"token":"123"}',
    ['40{"sid":"SID"}', '42["auth",{"token":"123"}]'],
  ],
  ['a connect to another namespace', '40/custom,', ['40/custom,{"sid":"SID"}', '42/custom,["auth",{}]']],
  ['a connect without the comma', '40/custom', ['40/custom,{"sid":"SID"}', '42/custom,["auth",{}]']],
  [
    'a connect to another namespace with auth',
    '40/custom,{"token":"abc"}',
    ['40/custom,{"sid":"SID"}', '42/custom,["auth",{"token":"abc"}]'],
  ],
  ['a connect to an unknown namespace', '40/random', ['44/random,{"message":"Invalid namespace"}']],
  ['a connect to a name that every object has', '40/__proto__,', ['44/__proto__,{"message":"Invalid namespace"}']],
  ['a connect to another such name', '40/constructor,', ['44/constructor,{"message":"Invalid namespace"}']],
  ['a connect that is refused', '40/refusing,{"token":"plain"}', ['44/refusing,{"message":"not you"}']],
  [
    'a connect that is refused with data',
    '40/refusing,{"token":"data"}',
    ['44/refusing,{"message":"not you","data":{"code":7}}'],
  ],
  ['a connect whose handler fails', '40/refusing,', ['44/refusing,{"message":"connection refused"}']],
  ['a connect that the ACL denies', '40/closed,', ['44/closed,{"message":"unauthorized"}']],
]

for (const face of faces) {
  for (const [rule, sent, received] of transcripts) {
    test(`${rule} is answered with ${received[0]}, on ${face}`, async (t) => {
      const { url } = await startServer(t, namespaces, {}, face)
      const peer = await openWebSocket(t, url)
      peer.send(sent)
      for (const frame of received) assert.equal(withoutSid(await peer.text()), frame)
    })
  }

  test(`the sid of a connect is the public id, and no secret, on ${face}`, async (t) => {
    const ids: string[] = []
    class Telling extends BaseNamespace {
      override initialize() {
        ids.push(this.socket.id)
      }
    }
    const { url } = await startServer(t, { '': Telling }, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('40')
    assert.equal(await peer.text(), `40{"sid":"${ids[0]}"}`)
  })

  test(`a refused client asks again on the same connection, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('40/refusing,{"token":"plain"}')
    assert.equal(await peer.text(), '44/refusing,{"message":"not you"}')
    peer.send('40/refusing,{"token":"good"}')
    assert.equal(withoutSid(await peer.text()), '40/refusing,{"sid":"SID"}')
  })

  test(`leaving the global namespace keeps the connection and the others, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('40', '40/custom,', '41', '42/custom,1["echo","a"]')
    const received = []
    for (let count = 0; count < 5; count++) received.push(withoutSid(await peer.text()))
    assert.deepEqual(received, [
      '40{"sid":"SID"}',
      '42["auth",{}]',
      '40/custom,{"sid":"SID"}',
      '42/custom,["auth",{}]',
      '43/custom,1["a"]',
    ])
  })

  test(`leaving another namespace keeps the global one, on ${face}`, async (t) => {
    const journal = new Journal()
    class Left extends BaseNamespace {
      override recv_disconnect(reason: string) {
        journal.note(reason)
        super.recv_disconnect(reason as never)
      }
    }
    const { url } = await startServer(t, { '': Auth, '/left': Left }, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('40', '40/left,')
    const received = []
    for (let count = 0; count < 3; count++) received.push(withoutSid(await peer.text()))
    assert.deepEqual(received, ['40{"sid":"SID"}', '42["auth",{}]', '40/left,{"sid":"SID"}'])
    peer.send('41/left,')
    assert.deepEqual(await journal.until(1), ['client namespace disconnect'])
    peer.send('421["echo","a"]')
    assert.equal(await peer.text(), '431["a"]')
  })

  test(`a client that has left connects again, on ${face}`, async (t) => {
    const { url } = await startServer(t, namespaces, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('40/custom,', '41/custom,', '40/custom,{"turn":2}')
    const received = []
    for (let count = 0; count < 4; count++) received.push(withoutSid(await peer.text()))
    assert.deepEqual(received, [
      '40/custom,{"sid":"SID"}',
      '42/custom,["auth",{}]',
      '40/custom,{"sid":"SID"}',
      '42/custom,["auth",{"turn":2}]',
    ])
  })

  test(`a client that connects again while it is still leaving is let in when it has left, on ${face}`, async (t) => {
    const journal = new Journal()
    let finish: (() => void) | undefined
    class Slow extends BaseNamespace {
      async on_work() {
        journal.note('works')
        await new Promise<void>((resolve) => {
          finish = resolve
        })
      }
      override recv_disconnect(reason: string) {
        journal.note(reason)
        super.recv_disconnect(reason as never)
      }
    }
    const { url } = await startServer(t, { '': Auth, '/slow': Slow }, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('40/slow,')
    assert.equal(withoutSid(await peer.text()), '40/slow,{"sid":"SID"}')
    peer.send('42/slow,["work"]', '41/slow,', '40/slow,', '40')
    await journal.until(1)
    // What is answered here has come behind the second connect.
    assert.equal(withoutSid(await peer.text()), '40{"sid":"SID"}')
    assert.equal(await peer.text(), '42["auth",{}]')
    finish?.()
    assert.equal(withoutSid(await peer.text()), '40/slow,{"sid":"SID"}')
    assert.deepEqual(journal.entries, ['works', 'client namespace disconnect'])
  })

  test(`a namespace that disconnects its client tells it so, on ${face}`, async (t) => {
    class Leaving extends BaseNamespace {
      on_kick() {
        this.disconnect()
      }
    }
    const { url } = await startServer(t, { '': Leaving, '/other': Leaving }, {}, face)
    const peer = await connectWebSocket(t, url)
    peer.send('40/other,')
    assert.equal(withoutSid(await peer.text()), '40/other,{"sid":"SID"}')
    peer.send('42/other,["kick"]')
    assert.equal(await peer.text(), '41/other,')
    peer.send('42["kick"]')
    assert.equal(await peer.text(), '41')
  })

  test(`what comes for a namespace that the client has just lost is ignored, on ${face}`, async (t) => {
    class Leaving extends BaseNamespace {
      on_kick() {
        this.disconnect()
      }
    }
    const { url } = await startServer(t, { '': Auth, '/leaving': Leaving }, {}, face)
    const peer = await openWebSocket(t, url)
    peer.send('40', '40/leaving,', '42/leaving,["kick"]')
    const received = []
    for (let count = 0; count < 4; count++) received.push(withoutSid(await peer.text()))
    assert.deepEqual(received, ['40{"sid":"SID"}', '42["auth",{}]', '40/leaving,{"sid":"SID"}', '41/leaving,'])
    peer.send('42/leaving,["late"]', '41/leaving,', '421["echo","a"]')
    assert.equal(await peer.text(), '431["a"]')
  })
}
