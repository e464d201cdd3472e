// Owns: what is addressed to a namespace before its connect is confirmed, and membership of the global endpoint.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, ConnectError, RoomsMixin } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, event, Gate, joinClient, openClient, Queue } from '../../support/wire-client.js'

test('what initialize and recv_connect send follows the confirmation of the connect', async (t) => {
  class Eager extends BaseNamespace {
    initialize() {
      this.emit('from initialize')
      this.send('text')
    }

    async recv_connect() {
      await new Promise(setImmediate)
      this.emit('from recv_connect')
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Eager }))
  client.send('1::/chat')
  assert.deepEqual(await client.take(4), [
    '1::/chat',
    event('/chat', 'from initialize'),
    '3::/chat:text',
    event('/chat', 'from recv_connect'),
  ])
})

test('a broadcast to a room that was joined before the connect is confirmed is held until then', async (t) => {
  const gate = new Gate()
  const joined = new Queue<string>()
  class Slow extends RoomsMixin(BaseNamespace) {
    async recv_connect() {
      await this.join('lobby')
      joined.push('joined')
      await gate.opened
    }
  }
  const server = await startServer(t, { '/chat': Slow })
  const client = await openClient(t, server)
  client.send('1::/chat')
  await joined.next()
  server.io.of('/chat').to('lobby').emit('notice', 1)
  assert.deepEqual(await client.settled(), [])
  gate.open()
  assert.deepEqual(await client.take(2), ['1::/chat', event('/chat', 'notice', 1)])
})

test('nothing that was held is sent when the connect is refused', async (t) => {
  class Closed extends BaseNamespace {
    initialize() {
      this.emit('early')
    }

    recv_connect() {
      throw new ConnectError('no')
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Closed }))
  assert.equal(await client.ask('1::/chat'), '7::/chat:2')
  assert.deepEqual(await client.settled(), [])
})

test('what is held is encoded when it is sent, not when the connect is confirmed', async (t) => {
  class Changing extends BaseNamespace {
    async recv_connect() {
      const state = { count: 1 }
      this.emit('state', state)
      await new Promise(setImmediate)
      state.count = 2
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Changing }))
  client.send('1::/chat')
  assert.deepEqual(await client.take(2), ['1::/chat', event('/chat', 'state', { count: 1 })])
})

test('more held packets than maxBufferedPackets end the socket', async (t) => {
  class Flooding extends BaseNamespace {
    async recv_connect() {
      for (let number = 0; number < 4; number++) this.emit('flood', number)
      await new Promise(setImmediate)
    }
  }
  const server = await startServer(t, { '/chat': Flooding }, { maxBufferedPackets: 3 })
  const client = await openClient(t, server)
  client.send('1::/chat')
  assert.deepEqual(await client.ended(), [])
})

test('emitWithAck before the connect is confirmed rejects at once with a UsageError', async (t) => {
  const seen = new Queue<string>()
  class Hasty extends BaseNamespace {
    async recv_connect() {
      await this.emitWithAck('ready').catch((error: { code: string }) => seen.push(error.code))
    }
  }
  await joinClient(t, await startServer(t, { '/chat': Hasty }), '/chat')
  assert.deepEqual(seen.takeAll(), ['SIO_USAGE_ACK'])
})

test('emit with an ack callback before the connect is confirmed is held, and answered after it', async (t) => {
  const seen = new Queue<unknown>()
  class Asking extends BaseNamespace {
    recv_connect() {
      this.emit('ready', (answer: unknown) => seen.push(answer))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Asking }), '/chat')
  const [, id] = /^5:(\d+)\+:\/chat:\{"name":"ready"\}$/.exec(await client.next()) ?? []
  client.send(`6::/chat:${id}+["yes"]`)
  assert.equal(await seen.next(), 'yes')
})

test('packets from the client wait until the connect is confirmed, in order', async (t) => {
  const gate = new Gate()
  const seen = new Queue<unknown>()
  class Slow extends BaseNamespace {
    async recv_connect() {
      await gate.opened
      seen.push('accepted')
    }

    on_say(text: unknown) {
      seen.push(text)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Slow }))
  client.send('1::/chat', event('/chat', 'say', 1), event('/chat', 'say', 2))
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
  gate.open()
  assert.deepEqual(await seen.take(3), ['accepted', 1, 2])
})

test('a client hears broadcasts of the global endpoint before its namespace exists', async (t) => {
  let count = 0
  class Global extends BaseNamespace {
    initialize() {
      count++
    }
  }
  const server = await startServer(t, { '': Global })
  const client = await openClient(t, server)
  server.io.sockets.emit('notice', 1)
  server.io.of('').emit('notice', 2)
  server.io.of('/').emit('notice', 3)
  const notices = [1, 2, 3].map((number) => event('', 'notice', number))
  assert.deepEqual(await client.take(3), notices)
  assert.equal(count, 0)
})

test('a client that has not connected to an endpoint hears nothing of it', async (t) => {
  const server = await startServer(t, { '/chat': class extends BaseNamespace {} })
  const [inside, outside] = [await joinClient(t, server, '/chat'), await openClient(t, server)]
  server.io.of('/chat').emit('notice')
  assert.equal(await inside.next(), event('/chat', 'notice'))
  assert.deepEqual(await outside.settled(), [])
})

test('the global namespace opens asynchronously while its client hears and sends on', async (t) => {
  const gate = new Gate()
  class Slow extends BaseNamespace {
    async initialize() {
      await gate.opened
    }

    on_say(text: string) {
      return text
    }
  }
  const server = await startServer(t, { '': Slow })
  const client = await openClient(t, server)
  client.send(asking(1, '', 'say', 'hello'))
  server.io.sockets.emit('notice')
  assert.equal(await client.next(), event('', 'notice'))
  gate.open()
  assert.equal(await client.next(), '6:::1+["hello"]')
})
