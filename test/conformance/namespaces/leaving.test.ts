// Owns: a client that leaves a namespace, and comes back.
// Elsewhere: what ends in which order (disconnect.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin, type DisconnectReason } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { openIn } from '../../support/generations.js'
import { startServer } from '../../support/server.js'
import { asking, event, Gate, joinClient, openClient, Queue } from '../../support/wire-client.js'

test('a client that leaves one namespace keeps its socket and the others', async (t) => {
  class Chat extends BaseNamespace {
    on_say(text: string) {
      return text
    }
  }
  const client = await joinClient(t, await startServer(t, { '/a': Chat, '/b': Chat }), '/a')
  await client.ask('1::/b')
  client.send('0::/a')
  assert.equal(await client.ask(asking(1, '/b', 'say', 'still here')), '6::/b:1+["still here"]')
})

test('what a client sends to a namespace that it has left reaches nobody', async (t) => {
  const seen = new Queue<unknown>()
  class Chat extends BaseNamespace {
    on_say(text: unknown) {
      seen.push(text)
    }
  }
  const server = await startServer(t, { '/chat': Chat })
  const client = await joinClient(t, server, '/chat')
  client.send('0::/chat', asking(1, '/chat', 'say', 'late'), '3:2:/chat:late')
  assert.deepEqual(await client.settled(), [])
  server.io.of('/chat').emit('notice')
  assert.deepEqual(await client.settled(), [])
  assert.deepEqual(seen.takeAll(), [])
})

test('a client that connects again gets a new instance', async (t) => {
  class Counter extends BaseNamespace {
    count = 0
    on_count() {
      return ++this.count
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Counter }), '/chat')
  await client.ask(asking(1, '/chat', 'count'))
  assert.equal(await client.ask(asking(2, '/chat', 'count')), '6::/chat:2+[2]')
  client.send('0::/chat')
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  assert.equal(await client.ask(asking(3, '/chat', 'count')), '6::/chat:3+[1]')
})

test('what a client sent before it left is done first', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    async on_bye(text: string) {
      await new Promise(setImmediate)
      seen.push(text)
    }

    recv_disconnect(reason: DisconnectReason) {
      seen.push(reason)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'bye', 'one'), event('/chat', 'bye', 'two'), '0::/chat')
  assert.deepEqual(await seen.take(3), ['one', 'two', 'client namespace disconnect'])
})

test('what a client sent before it ended its socket is done first', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    async on_bye(text: string) {
      await new Promise(setImmediate)
      seen.push(text)
    }

    recv_disconnect(reason: DisconnectReason) {
      seen.push(reason)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'bye', 'one'), event('/chat', 'bye', 'two'), '0::')
  assert.deepEqual(await seen.take(3), ['one', 'two', 'client namespace disconnect'])
  assert.deepEqual(await client.ended(), ['0::'])
})

test('a namespace whose handler does not end is left after closeTimeout', async (t) => {
  const clock = new FakeClock()
  const seen = new Queue<string>()
  class Stuck extends BaseNamespace {
    on_hang() {
      seen.push('hangs')
      return new Promise<void>(() => {})
    }

    recv_disconnect(reason: DisconnectReason) {
      seen.push(reason)
    }
  }
  const server = await startServer(t, { '/chat': Stuck }, { clock, closeTimeout: 30_000, pollingDuration: 1000 })
  const client = await joinClient(t, server, '/chat')
  client.send(event('/chat', 'hang'), '0::/chat')
  assert.equal(await seen.next(), 'hangs')
  await client.settled()
  clock.advance(29_990)
  assert.deepEqual(seen.takeAll(), [])
  clock.advance(20)
  assert.equal(await seen.next(), 'client namespace disconnect')
})

test('a client that comes back while its old instance still works waits for that to end', async (t) => {
  const gate = new Gate()
  const seen = new Queue<string>()
  let instances = 0
  class Chat extends BaseNamespace {
    readonly number = ++instances
    recv_connect() {
      seen.push(`connect ${this.number}`)
    }

    async on_work() {
      await gate.opened
      seen.push(`worked ${this.number}`)
    }

    on_say(text: string) {
      seen.push(`${text} ${this.number}`)
    }

    recv_disconnect() {
      seen.push(`disconnect ${this.number}`)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(
    event('/chat', 'work'),
    '0::/chat',
    event('/chat', 'say', 'lost'),
    '1::/chat',
    event('/chat', 'say', 'kept'),
  )
  await client.settled()
  assert.deepEqual(seen.takeAll(), ['connect 1'])
  gate.open()
  assert.equal(await client.next(), '1::/chat')
  assert.deepEqual(await seen.take(4), ['worked 1', 'disconnect 1', 'connect 2', 'kept 2'])
})

test('a client that leaves before its connect is accepted is not confirmed, and its recv_disconnect comes after recv_connect', async (t) => {
  const gate = new Gate()
  const seen = new Queue<string>()
  class Slow extends BaseNamespace {
    async recv_connect() {
      await gate.opened
      seen.push('recv_connect')
    }

    recv_disconnect(reason: DisconnectReason) {
      seen.push(reason)
    }
  }
  const client = await openClient(t, await startServer(t, { '/chat': Slow }))
  client.send('1::/chat', '0::/chat')
  assert.deepEqual(await client.settled(), [])
  gate.open()
  assert.deepEqual(await seen.take(2), ['recv_connect', 'client namespace disconnect'])
  assert.deepEqual(await client.settled(), [])
})

test('a client that is lost while recv_connect runs leaves nothing behind, and has its recv_disconnect after that', async (t) => {
  const gate = new Gate()
  const seen = new Queue<string>()
  class Slow extends RoomsMixin(BaseNamespace) {
    async recv_connect() {
      await this.join('lobby')
      seen.push('waits')
      await gate.opened
      await this.join('hall')
      seen.push(`in ${this.rooms.size} rooms`)
    }

    recv_disconnect() {
      seen.push('recv_disconnect')
    }

    disconnect(silent?: boolean) {
      seen.push(`disconnect(${silent})`)
      super.disconnect(silent)
    }
  }
  const server = await startServer(t, { '/chat': Slow })
  const client = await openClient(t, server)
  client.send('1::/chat')
  assert.equal(await seen.next(), 'waits')
  client.drop()
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(seen.takeAll(), [])
  gate.open()
  // Its own room and the first: nothing is joined after the end.
  assert.deepEqual(await seen.take(3), ['in 2 rooms', 'recv_disconnect', 'disconnect(true)'])
  assert.deepEqual(await server.io.of('/chat').fetchSockets(), [])
})

for (const generation of ['0.9', '2'] as const) {
  test(`a recv_connect that outlives closeTimeout counts as done for a client that ends its socket, on ${generation}`, async (t) => {
    const seen = new Queue<string>()
    const clock = new FakeClock()
    class Slow extends BaseNamespace {
      override recv_connect() {
        seen.push('asked')
        return new Promise(() => {})
      }
      override recv_disconnect(reason: DisconnectReason) {
        seen.push(reason)
      }
    }
    const server = await startServer(t, { '/chat': Slow }, { clock, closeTimeout: 60_000 })
    const peer = await openIn(t, server, generation)
    peer.connect('/chat')
    assert.equal(await seen.next(), 'asked')
    peer.leave('')
    await peer.settled()
    clock.advance(60_000)
    assert.equal(await seen.next(), 'client namespace disconnect')
    assert.deepEqual(await peer.ended(), ['left '])
  })
}
