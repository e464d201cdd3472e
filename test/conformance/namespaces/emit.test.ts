// Owns: events to the client: emit, emitWithAck, timeout, and the acks that come back.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { event, joinClient, openClient, Queue, type WireClient } from '../../support/wire-client.js'

/** The id of an event that asks for an ack. */
async function askedId(client: WireClient): Promise<string> {
  const frame = await client.next()
  const [, id] = /^5:(\d+)\+:/.exec(frame) ?? []
  assert.ok(id !== undefined, frame)
  return id
}

test('emit sends a structured event with a name and arguments on its own endpoint', async (t) => {
  class Chat extends BaseNamespace {
    on_go() {
      this.emit('plain')
      this.emit('news', 'text', 1, [true], { a: null })
    }
  }
  const client = await openClient(t, await startServer(t, { '': Chat, '/chat': Chat }))
  await client.ask('1::/chat')
  const news = '{"name":"news","args":["text",1,[true],{"a":null}]}'
  client.send(event('/chat', 'go'), event('', 'go'))
  assert.deepEqual(await client.take(2), ['5::/chat:{"name":"plain"}', `5::/chat:${news}`])
  assert.deepEqual(await client.take(2), ['5:::{"name":"plain"}', `5:::${news}`])
})

test('another endpoint that is not open is undefined in socket.namespaces', async (t) => {
  const seen = new Queue<unknown>()
  class Chat extends BaseNamespace {
    on_go() {
      seen.push(this.socket.namespaces.get('/other'))
      this.socket.namespaces.get('/other')?.emit('hello')
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat, '/other': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  assert.equal(await seen.next(), undefined)
  await client.ask('1::/other')
  assert.equal(await client.ask(event('/chat', 'go')), event('/other', 'hello'))
})

test('a function as the last argument of emit is called with the arguments of the ack', async (t) => {
  const seen = new Queue<unknown[]>()
  class Chat extends BaseNamespace {
    on_go() {
      this.emit('question', 1, (...answer: unknown[]) => seen.push(answer))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  const frame = await client.next()
  const [, id] = /^5:(\d+)\+:\/chat:\{"name":"question","args":\[1\]\}$/.exec(frame) ?? []
  assert.ok(id !== undefined, frame)
  assert.deepEqual(seen.takeAll(), [])
  client.send(`6::/chat:${id}+["yes",{"by":"ann"}]`)
  assert.deepEqual(await seen.next(), ['yes', { by: 'ann' }])
})

test('an ack is taken once, on any endpoint, and one that nobody waits for is ignored', async (t) => {
  const seen = new Queue<unknown[]>()
  class Chat extends BaseNamespace {
    on_go() {
      this.emit('question', (...answer: unknown[]) => seen.push(answer))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  const id = await askedId(client)
  // As Objective-C and Android clients do, on the global endpoint.
  client.send('6::/chat:987654321+["stray"]', `6:::${id}+["first"]`, `6:::${id}+["replayed"]`, `6::/chat:${id}`)
  assert.deepEqual(await seen.next(), ['first'])
  assert.deepEqual(await client.settled(), [])
  assert.deepEqual(seen.takeAll(), [])
})

test('emitWithAck resolves with the first argument of the ack', async (t) => {
  const seen = new Queue<unknown>()
  class Chat extends BaseNamespace {
    async on_go() {
      seen.push(await this.emitWithAck('question', 'x'))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  client.send(`6::/chat:${await askedId(client)}+[{"a":1},2]`)
  assert.deepEqual(await seen.next(), { a: 1 })
  client.send(event('/chat', 'go'))
  client.send(`6::/chat:${await askedId(client)}`)
  assert.equal(await seen.next(), undefined)
})

test('emitWithAck rejects with a ClosedError when its namespace or its socket ends first', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    on_go() {
      this.emitWithAck('question').catch((error: { code: string }) => seen.push(error.code))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  await askedId(client)
  client.send('0::/chat')
  assert.equal(await seen.next(), 'SIO_CLOSED')
  await client.ask('1::/chat')
  client.send(event('/chat', 'go'))
  await askedId(client)
  client.drop()
  assert.equal(await seen.next(), 'SIO_CLOSED')
})

test('an ack that comes after its namespace has ended calls nobody', async (t) => {
  const seen = new Queue<unknown[]>()
  class Chat extends BaseNamespace {
    on_go() {
      this.emit('question', (...answer: unknown[]) => seen.push(answer))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  client.send(event('/chat', 'go'))
  const id = await askedId(client)
  client.send('0::/chat', `6::/chat:${id}+["late"]`)
  assert.equal(await client.ask('1::/chat'), '1::/chat')
  client.send(`6::/chat:${id}+["later"]`)
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
})

test('timeout bounds emitWithAck, and rejects with an AckTimeoutError', async (t) => {
  const clock = new FakeClock()
  const seen = new Queue<unknown>()
  class Chat extends BaseNamespace {
    on_go() {
      this.timeout(5000)
        .emitWithAck('question')
        .then(
          (answer) => seen.push(answer),
          (error: { code: string }) => seen.push(error.code),
        )
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }, { clock }), '/chat')
  client.send(event('/chat', 'go'))
  const id = await askedId(client)
  clock.advance(4990)
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
  clock.advance(20)
  assert.equal(await seen.next(), 'SIO_ACK_TIMEOUT')
  client.send(`6::/chat:${id}+["late"]`, event('/chat', 'go'))
  client.send(`6::/chat:${await askedId(client)}+["in time"]`)
  assert.equal(await seen.next(), 'in time')
})

test('timeout before emit gives the callback an error first, or null', async (t) => {
  const clock = new FakeClock()
  const seen = new Queue<unknown[]>()
  class Chat extends BaseNamespace {
    on_go() {
      this.timeout(5000).emit('question', 1, (error: unknown, ...answer: unknown[]) => {
        seen.push([(error as { code: string } | null)?.code ?? null, ...answer])
      })
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }, { clock }), '/chat')
  client.send(event('/chat', 'go'))
  client.send(`6::/chat:${await askedId(client)}+["yes",2]`)
  assert.deepEqual(await seen.next(), [null, 'yes', 2])
  client.send(event('/chat', 'go'))
  await askedId(client)
  clock.advance(5010)
  assert.deepEqual(await seen.next(), ['SIO_ACK_TIMEOUT'])
  client.send(event('/chat', 'go'))
  await askedId(client)
  client.send('0::/chat')
  assert.deepEqual(await seen.next(), ['SIO_CLOSED'])
})

test('more pending acks than maxPendingAcks are a UsageError', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    on_go() {
      this.emit('question', () => {})
      this.emitWithAck('question').catch((error: { code: string }) => seen.push(error.code))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }, { maxPendingAcks: 1 }), '/chat')
  client.send(event('/chat', 'go'))
  assert.equal(await seen.next(), 'SIO_USAGE_ACKS')
})

test('after the end of a namespace emit and send do nothing and emitWithAck rejects', async (t) => {
  const seen = new Queue<string>()
  class Chat extends BaseNamespace {
    async on_end() {
      this.disconnect()
      this.emit('late')
      this.emit('late', () => seen.push('called'))
      this.send('late')
      this.send({}, { json: true })
      await this.emitWithAck('late').catch((error: { code: string }) => seen.push(error.code))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat }), '/chat')
  assert.equal(await client.ask(event('/chat', 'end')), '0::/chat')
  assert.equal(await seen.next(), 'SIO_CLOSED')
  assert.deepEqual(await client.settled(), [])
})

test('emit of what cannot be encoded throws where it is called, and nothing is sent', async (t) => {
  const reports = new Reports()
  class Chat extends BaseNamespace {
    on_go() {
      this.emit('big', 1n)
    }
  }
  const server = await startServer(t, { '/chat': Chat }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  client.send(event('/chat', 'go'))
  assert.ok((await reports.next()).cause instanceof TypeError)
  assert.deepEqual(await client.settled(), [
    '5::/chat:{"name":"error","args":["handler_failed","The method \\"on_go\\" failed"]}',
  ])
})
