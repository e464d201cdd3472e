// Owns: asking for a namespace: recv_connect, the confirmation, and the packets that ask without a connect.
// Elsewhere: what is held until then (held.test.ts), refusals (refusal.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin, type ConnectPacket } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, Gate, joinClient, openClient, Queue } from '../../support/wire-client.js'

class Empty extends BaseNamespace {}

test('recv_connect runs when a client connects to an endpoint, and sees the packet', async (t) => {
  const seen = new Queue<ConnectPacket>()
  class Chat extends BaseNamespace {
    recv_connect(packet: ConnectPacket) {
      seen.push(packet)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Chat }))
  assert.equal(await client.ask('1::/chat:?token=1'), '1::/chat')
  assert.deepEqual({ ...(await seen.next()) }, { type: 'connect', endpoint: '/chat', qs: '?token=1' })
})

test('recv_connect never runs on the global namespace', async (t) => {
  let count = 0
  class Global extends BaseNamespace {
    recv_connect() {
      count++
    }

    on_count() {
      return count
    }
  }
  const client = await openClient(t, await startServer(t, { '': Global }))
  assert.equal(await client.ask('1::'), '1::')
  assert.equal(await client.ask(asking(1, '', 'count')), '6:::1+[0]')
})

test('the server itself connects a client to the global endpoint, and to no other', async (t) => {
  const server = await startServer(t, { '': Empty, '/chat': Empty })
  // openClient() itself asserts that the first frame is "1::", which it never asked for.
  const client = await openClient(t, server)
  assert.deepEqual(await client.settled(), [])
})

test('recv_connect joins rooms, tells others and opens the ACL', async (t) => {
  class Lobby extends RoomsMixin(BaseNamespace) {
    getInitialAcl() {
      return ['recv_connect']
    }

    async recv_connect() {
      await this.join('lobby')
      this.emitToRoom('lobby', 'came', this.socket.environ.query.as)
      this.liftAclRestrictions()
    }

    on_who() {
      return this.rooms.has('lobby')
    }
  }
  const server = await startServer(t, { '/chat': Lobby })
  const ann = await joinClient(t, server, '/chat', { query: '?as=ann' })
  const bob = await joinClient(t, server, '/chat', { query: '?as=bob' })
  assert.equal(await ann.next(), event('/chat', 'came', 'bob'))
  assert.equal(await bob.ask(asking(1, '/chat', 'who')), '6::/chat:1+[true]')
})

test('a connect is confirmed when recv_connect has resolved, and not before', async (t) => {
  const gate = new Gate()
  class Slow extends BaseNamespace {
    recv_connect() {
      return gate.opened
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Slow }))
  client.send('1::/chat')
  assert.deepEqual(await client.settled(), [])
  gate.open()
  assert.equal(await client.next(), '1::/chat')
})

test('a client that connects again is confirmed again, and recv_connect does not run again', async (t) => {
  let count = 0
  class Chat extends BaseNamespace {
    recv_connect() {
      count++
    }

    on_count() {
      return count
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'count')), '6::/chat:1+[1]')
})

test('the first packet for an endpoint asks for it, and recv_connect runs before it is handled', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    async recv_connect({ qs }: ConnectPacket) {
      seen.push(`asked${qs}`)
      await new Promise(setImmediate)
      seen.push('accepted')
    }

    on_say(text: string) {
      seen.push(text)
      return text
    }

    recv_message(data: string) {
      seen.push(data)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Chat }))
  client.send(asking(1, '/chat', 'say', 'hello'), '3::/chat:text')
  assert.deepEqual(await seen.take(4), ['asked', 'accepted', 'hello', 'text'])
  // No "1::/chat": the client has not sent its own connect.
  assert.equal(await client.next(), '6::/chat:1+["hello"]')
  assert.equal(await client.ask('1::/chat'), '1::/chat')
})

test('packets that a client flushes before its connect are handled, and its connect is confirmed', async (t) => {
  class Chat extends BaseNamespace {
    on_say(text: string) {
      this.emit('said', text)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Chat }))
  client.send(event('/chat', 'say', 'one'), event('/chat', 'say', 'two'), '1::/chat')
  const frames = await client.take(3)
  const said = [event('/chat', 'said', 'one'), event('/chat', 'said', 'two')]
  assert.deepEqual(frames.toSorted(), ['1::/chat', ...said].toSorted())
  assert.deepEqual(
    frames.filter((frame) => frame !== '1::/chat'),
    said,
  )
})

test('an endpoint that is not declared gets no_such_namespace', async (t) => {
  const client = await openClient(t, await startServer(t, { '/chat': Empty }))
  const message = "The endpoint you tried to connect to doesn't exist: /ghost"
  assert.equal(await client.ask('1::/ghost'), errorEvent('/ghost', 'no_such_namespace', message))
  assert.equal(await client.ask(event('/ghost', 'boo')), errorEvent('/ghost', 'no_such_namespace', message))
})

test('names of Object.prototype are no endpoints and no events', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Empty }), '/chat')
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    const noNamespace = `The endpoint you tried to connect to doesn't exist: ${name}`
    for (const packet of [`3::${name}:x`, `1::${name}`, event(name, 'x')]) {
      assert.equal(await client.ask(packet), errorEvent(name, 'no_such_namespace', noNamespace))
    }
    const noMethod = `The method "on_${name}" was not found`
    assert.equal(await client.ask(event('/chat', name)), errorEvent('/chat', 'no_such_method', noMethod))
  }
})

test('a socket has at most maxNamespacesPerSocket namespaces', async (t) => {
  const namespaces = { '/a': Empty, '/b': Empty, '/c': Empty }
  const server = await startServer(t, namespaces, { maxNamespacesPerSocket: 3 })
  // The global one counts: the client is a member of it from the start.
  const client = await joinClient(t, server, '/a')
  assert.equal(await client.ask('1::/b'), '1::/b')
  assert.equal(await client.ask('1::/c'), '7::/c:2')
})

test('the global namespace that is not declared is there and empty', async (t) => {
  const client = await openClient(t, await startServer(t, {}))
  const message = 'The method "on_x" was not found'
  assert.equal(await client.ask(event('', 'x')), errorEvent('', 'no_such_method', message))
  assert.equal(await client.ask('3:1::ignored'), '6:::1')
})
