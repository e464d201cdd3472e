// Owns: the order of events, `static concurrency`, and the bound on what waits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, event, Gate, joinClient, openClient, Queue } from '../../support/wire-client.js'

test('events of one namespace are handled one at a time, in order', async (t) => {
  const seen = new Queue<string>()
  class Slow extends BaseNamespace {
    async on_slow(name: string) {
      seen.push(`${name} begins`)
      await new Promise(setImmediate)
      seen.push(`${name} ends`)
    }

    on_quick(name: string) {
      seen.push(name)
    }

    recv_message(data: string) {
      seen.push(data)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Slow }), '/chat')
  client.send(event('/chat', 'slow', 1), event('/chat', 'quick', 'two'), '3::/chat:three', event('/chat', 'slow', 4))
  assert.deepEqual(await seen.take(6), ['1 begins', '1 ends', 'two', 'three', '4 begins', '4 ends'])
})

test('a slow namespace does not hold up another one of the same client, nor another client', async (t) => {
  const gate = new Gate()
  class Slow extends BaseNamespace {
    async on_wait() {
      await gate.opened
      return 'waited'
    }

    on_say(text: string) {
      return text
    }
  }
  const server = await startServer(t, { '/a': Slow, '/b': Slow })
  const [client, other] = [await joinClient(t, server, '/a'), await joinClient(t, server, '/a')]
  await client.ask('1::/b')
  client.send(asking(1, '/a', 'wait'))
  assert.equal(await client.ask(asking(2, '/b', 'say', 'b')), '6::/b:2+["b"]')
  assert.equal(await other.ask(asking(3, '/a', 'say', 'a')), '6::/a:3+["a"]')
  gate.open()
  assert.equal(await client.next(), '6::/a:1+["waited"]')
})

test('an ack from the client never waits behind a handler', async (t) => {
  class Asking extends BaseNamespace {
    async on_ask() {
      return this.emitWithAck('question')
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Asking }), '/chat')
  client.send(asking(1, '/chat', 'ask'), asking(2, '/chat', 'ask'))
  for (const id of [1, 2]) {
    const [, question] = /^5:(\d+)\+:/.exec(await client.next()) ?? []
    assert.equal(await client.ask(`6::/chat:${question}+["answer ${id}"]`), `6::/chat:${id}+["answer ${id}"]`)
  }
})

test('static concurrency lets so many events be handled at once', async (t) => {
  const seen = new Queue<string>()
  const gates = [new Gate(), new Gate(), new Gate()]
  class Wide extends BaseNamespace {
    static concurrency = 2
    async on_work(index: number) {
      seen.push(`${index} begins`)
      await gates[index]?.opened
      seen.push(`${index} ends`)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Wide }), '/chat')
  client.send(...[0, 1, 2].map((index) => event('/chat', 'work', index)))
  assert.deepEqual(await seen.take(2), ['0 begins', '1 begins'])
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
  gates[1]?.open()
  assert.deepEqual(await seen.take(2), ['1 ends', '2 begins'])
  gates[0]?.open()
  gates[2]?.open()
  assert.deepEqual(await seen.take(2), ['0 ends', '2 ends'])
})

test('a concurrency that is no positive integer is a UsageError', async (t) => {
  for (const concurrency of [0, -1, 1.5, '2']) {
    class Wrong extends BaseNamespace {
      static concurrency: unknown = concurrency
    }
    await assert.rejects(startServer(t, { '/chat': Wrong }), { code: 'SIO_USAGE_NAMESPACE' })
  }
})

test('past maxQueuedEvents reading pauses, and nothing is lost', async (t) => {
  const gate = new Gate()
  const seen = new Queue<number>()
  class Slow extends BaseNamespace {
    async on_work(index: number) {
      await gate.opened
      seen.push(index)
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Slow }, { maxQueuedEvents: 5 }), '/chat')
  const numbers = Array.from({ length: 200 }, (_, index) => index)
  client.send(...numbers.map((index) => event('/chat', 'work', index)))
  gate.open()
  assert.deepEqual(await seen.take(200), numbers)
})

test('the first packet of the global namespace waits for its initialize, and the next ones wait with it', async (t) => {
  const gate = new Gate()
  const seen = new Queue<unknown>()
  class Slow extends BaseNamespace {
    async initialize() {
      await gate.opened
      seen.push('initialized')
    }

    on_say(text: unknown) {
      seen.push(text)
    }
  }
  const client = await openClient(t, await startServer(t, { '': Slow }))
  client.send(event('', 'say', 1), event('', 'say', 2))
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
  gate.open()
  assert.deepEqual(await seen.take(3), ['initialized', 1, 2])
})
