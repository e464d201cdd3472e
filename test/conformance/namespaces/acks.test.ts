// Owns: acks that clients ask for, and what handlers answer.
// Elsewhere: acks that we ask for (emit.test.ts, send.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, Gate, joinClient, openClient, Queue } from '../../support/wire-client.js'

const answers: Record<string, unknown> = {
  list: ['A', 'B'],
  'list of a list': [['A', 'B']],
  'empty list': [],
  text: 'A',
  object: { a: 1 },
  zero: 0,
  false: false,
  null: null,
  nothing: undefined,
}

class Answering extends BaseNamespace {
  on_sync(key: string) {
    return answers[key]
  }

  async on_async(key: string) {
    await new Promise(setImmediate)
    return answers[key]
  }
}

for (const how of ['sync', 'async']) {
  test(`what a handler returns is the answer, an array its arguments: ${how}`, async (t) => {
    const client = await joinClient(t, await startServer(t, { '/chat': Answering }), '/chat')
    const expected = {
      list: '+["A","B"]',
      'list of a list': '+[["A","B"]]',
      'empty list': '',
      text: '+["A"]',
      object: '+[{"a":1}]',
      zero: '+[0]',
      false: '+[false]',
      null: '+[null]',
      nothing: '',
    }
    for (const [key, data] of Object.entries(expected)) {
      assert.equal(await client.ask(asking(4, '/chat', how, key)), `6::/chat:4${data}`, key)
    }
  })
}

test('a packet that asks for no answer gets none', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Answering }), '/chat')
  client.send(event('/chat', 'sync', 'text'), event('/chat', 'async', 'text'))
  assert.deepEqual(await client.settled(), [])
})

test('an ack is sent on the endpoint of its packet, under the id as it came', async (t) => {
  const client = await openClient(t, await startServer(t, { '': Answering }))
  assert.equal(await client.ask(asking(0, '', 'sync', 'text')), '6:::0+["A"]')
  const huge = '5:99999999999999999999+::{"name":"sync","args":["text"]}'
  assert.equal(await client.ask(huge), '6:::99999999999999999999+["A"]')
})

test('messages and json are answered by what recv_message and recv_json return', async (t) => {
  class Echo extends BaseNamespace {
    recv_message(data: string) {
      return data
    }

    recv_json(data: unknown) {
      return data
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Echo }), '/chat')
  assert.equal(await client.ask('3:1+:/chat:x'), '6::/chat:1+["x"]')
  assert.equal(await client.ask('4:2+:/chat:[1,2]'), '6::/chat:2+[1,2]')
})

test('an id without "+" is acknowledged on receipt, before the handler is done', async (t) => {
  const gate = new Gate()
  const seen = new Queue<string>()
  class Slow extends BaseNamespace {
    async recv_message(data: string) {
      await gate.opened
      seen.push(data)
      return 'never sent'
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Slow }), '/chat')
  client.send('3:1:/chat:one', '3:2:/chat:two')
  assert.deepEqual(await client.take(2), ['6::/chat:1', '6::/chat:2'])
  assert.deepEqual(seen.takeAll(), [])
  gate.open()
  assert.deepEqual(await seen.take(2), ['one', 'two'])
  assert.deepEqual(await client.settled(), [])
})

test('an id with "+" is answered by the handler, once, with what it returns', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Answering }), '/chat')
  client.send(asking(1, '/chat', 'async', 'text'))
  assert.equal(await client.next(), '6::/chat:1+["A"]')
  assert.deepEqual(await client.settled(), [])
})

test('a handler that throws or rejects answers no ack, and the client hears that it failed and no more', async (t) => {
  const reports = new Reports()
  class Failing extends BaseNamespace {
    on_throw() {
      throw new Error('secret')
    }

    async on_reject() {
      await new Promise(setImmediate)
      throw new Error('secret')
    }

    on_well() {
      return 'well'
    }
  }
  const server = await startServer(t, { '/chat': Failing }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  for (const [id, name] of ['throw', 'reject'].entries()) {
    const failed = errorEvent('/chat', 'handler_failed', `The method "on_${name}" failed`)
    assert.equal(await client.ask(asking(id, '/chat', name)), failed)
    const report = await reports.next()
    assert.equal((report.cause as Error).message, 'secret')
    assert.equal(report.msgId, String(id))
  }
  assert.equal(await client.ask(asking(3, '/chat', 'well')), '6::/chat:3+["well"]')
})

test('an event that finds no method or no access has no ack', async (t) => {
  class Closed extends BaseNamespace {
    getInitialAcl() {
      return ['recv_connect', 'on_missing']
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Closed }), '/chat')
  client.send(asking(1, '/chat', 'missing'), asking(2, '/chat', 'closed'))
  assert.deepEqual(await client.settled(), [
    errorEvent('/chat', 'no_such_method', 'The method "on_missing" was not found'),
    errorEvent('/chat', 'method_access_denied', 'You do not have access to method "on_closed"'),
  ])
})

test('an answer that is no JSON value is sent as null where it stands', async (t) => {
  class Odd extends BaseNamespace {
    on_odd() {
      return [() => {}, undefined, Symbol.iterator, 1]
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Odd }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'odd')), '6::/chat:1+[null,null,null,1]')
})

test('an answer that cannot be encoded is a failure of its handler', async (t) => {
  const reports = new Reports()
  class Circular extends BaseNamespace {
    on_circle() {
      const circle: { self?: unknown } = {}
      circle.self = circle
      return circle
    }
  }
  const server = await startServer(t, { '/chat': Circular }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  const failed = errorEvent('/chat', 'handler_failed', 'The method "on_circle" failed')
  assert.equal(await client.ask(asking(1, '/chat', 'circle')), failed)
})
