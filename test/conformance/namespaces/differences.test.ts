// Owns: what differs from gevent-socketio where its own tests are held against ours, as docs/gevent-socketio.md names it.
// Elsewhere: what is the same (rules.md).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError, type ConnectPacket, type Packet } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, event, openClient, Queue } from '../../support/wire-client.js'

test('an event before its connect calls recv_connect first, and the connect that follows is confirmed', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    override recv_connect() {
      seen.push('connect')
    }
    on_say(text: string) {
      seen.push(`say ${text}`)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Chat }))
  client.send(event('/chat', 'say', 'early'))
  assert.deepEqual(await seen.take(2), ['connect', 'say early'])
  assert.deepEqual(await client.settled(), [])
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.deepEqual(seen.takeAll(), [])
})

test('a second connect is confirmed, and calls recv_connect no more', async (t) => {
  let calls = 0
  class Chat extends BaseNamespace {
    override recv_connect() {
      calls++
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Chat }))
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.equal(calls, 1)
})

test('a connect with a query is confirmed without it', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    override recv_connect({ qs }: ConnectPacket) {
      seen.push(qs)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Chat }))
  assert.equal(await client.ask('1::/chat:?token=1'), '1::/chat')
  assert.equal(await seen.next(), '?token=1')
})

test('events, messages and asked acks for an endpoint that the client has left are dropped in silence', async (t) => {
  class Chat extends BaseNamespace {
    on_say() {
      return 'said'
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Chat }))
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  client.send('0::/chat')
  client.send(event('/chat', 'say'), asking(1, '/chat', 'say'), '3:2+:/chat:x', '4::/chat:1', '6::/chat:3')
  assert.deepEqual(await client.settled(), [])
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.equal(await client.ask(asking(4, '/chat', 'say')), '6::/chat:4+["said"]')
})

test('a goodbye to an endpoint that is not declared, or not connected, gets no answer', async (t) => {
  const client = await openClient(t, await startServer(t, { '/chat': BaseNamespace }))
  client.send('0::/nope', '0::/chat')
  assert.deepEqual(await client.settled(), [])
})

test('the ids of packets are texts, as they came', async (t) => {
  const seen = new Queue<unknown>()
  class Chat extends BaseNamespace {
    on_say(packet: { id: unknown }) {
      seen.push(packet.id)
    }
  }
  Reflect.set(Chat, 'packetHandlers', ['on_say'])
  const client = await openClient(t, await startServer(t, { '': Chat }))
  client.send(asking(7, '', 'say'), event('', 'say'))
  assert.deepEqual(await seen.take(2), ['7', undefined])
})

test('acks of the client do not come by processPacket', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    override processPacket(packet: Packet) {
      seen.push(packet.type)
      return super.processPacket(packet)
    }
    on_ask() {
      this.emit('question', (answer: unknown) => seen.push(`answer ${String(answer)}`))
    }
  }
  const client = await openClient(t, await startServer(t, { '': Chat }))
  const [, id] = /^5:(\d+)\+/.exec(await client.ask(event('', 'ask'))) ?? []
  client.send(`6:::${id}+["yes"]`, '6:::99+["nobody asked"]')
  await client.settled()
  assert.deepEqual(seen.takeAll(), ['event', 'answer yes'])
})

test('addAclMethod adds to a list, and replaces nothing', async (t) => {
  class Chat extends BaseNamespace {
    override getInitialAcl() {
      return ['recv_connect', 'on_open']
    }
    on_open() {
      this.addAclMethod('on_say')
      return [...(this.allowedMethods ?? [])].toSorted()
    }
  }
  const client = await openClient(t, await startServer(t, { '': Chat }))
  assert.equal(await client.ask(asking(1, '', 'open')), '6:::1+["on_open","on_say","recv_connect"]')
})

test('sendPacket for an endpoint that the client has left sends nothing and throws nothing', async (t) => {
  class Chat extends BaseNamespace {
    on_leave() {
      this.disconnect()
      this.socket.sendPacket({ type: 'event', endpoint: '/chat', name: 'late', args: [] })
      this.socket.sendPacket({ type: 'message', endpoint: '/chat', data: 'late' })
    }
  }
  class Root extends BaseNamespace {
    on_tell() {
      this.socket.sendPacket({ type: 'event', endpoint: '/chat', name: 'late', args: [] })
      return 'told'
    }
  }
  const client = await openClient(t, await startServer(t, { '': Root, '/chat': Chat }))
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.equal(await client.ask(event('/chat', 'leave')), '0::/chat')
  assert.equal(await client.ask(asking(1, '', 'tell')), '6:::1+["told"]')
})

test('sendPacket for an endpoint whose connect was refused is sent, as its errors are', async (t) => {
  class Refusing extends BaseNamespace {
    override recv_connect() {
      throw new ConnectError('no')
    }
  }
  class Root extends BaseNamespace {
    on_tell() {
      this.socket.sendPacket({ type: 'event', endpoint: '/chat', name: 'why', args: [] })
    }
  }
  const client = await openClient(t, await startServer(t, { '': Root, '/chat': Refusing }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.equal(await client.ask(event('', 'tell')), '5::/chat:{"name":"why"}')
})
