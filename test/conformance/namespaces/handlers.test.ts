// Owns: which method a packet calls, and with what.
// Elsewhere: handlers that take the packet (packet-parameter.test.ts), overrides of dispatch (dispatch.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type ErrorPacket } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { asking, errorEvent, event, joinClient, Queue } from '../../support/wire-client.js'

class Recorder extends BaseNamespace {
  static seen = new Queue<unknown[]>()

  recv_message(data: string) {
    Recorder.seen.push(['recv_message', data])
  }

  recv_json(data: unknown) {
    Recorder.seen.push(['recv_json', data])
  }

  recv_error(packet: ErrorPacket) {
    Recorder.seen.push(['recv_error', packet])
  }

  on_message(...args: unknown[]) {
    Recorder.seen.push(['on_message', ...args])
  }

  on_json(...args: unknown[]) {
    Recorder.seen.push(['on_json', ...args])
  }

  on_user_message(...args: unknown[]) {
    Recorder.seen.push(['on_user_message', ...args])
  }

  'on_chat:join'(...args: unknown[]) {
    Recorder.seen.push(['on_chat:join', ...args])
  }

  on_über(...args: unknown[]) {
    Recorder.seen.push(['on_über', ...args])
  }
}

async function record(t: TestContext, ...frames: string[]): Promise<unknown[][]> {
  const client = await joinClient(t, await startServer(t, { '/chat': Recorder }), '/chat')
  client.send(...frames)
  return Recorder.seen.take(frames.length)
}

test('an event is dispatched to the method of its name, with its arguments', async (t) => {
  const seen = await record(t, event('/chat', 'message', 1, [2], { three: null }), event('/chat', 'json'))
  assert.deepEqual(seen, [['on_message', 1, [2], { three: null }], ['on_json']])
})

test('spaces in the name of an event become underscores, and other characters stay', async (t) => {
  const names = ['user message', 'user_message', 'chat:join', 'über']
  const seen = await record(t, ...names.map((name) => event('/chat', name, name)))
  assert.deepEqual(seen, [
    ['on_user_message', 'user message'],
    ['on_user_message', 'user_message'],
    ['on_chat:join', 'chat:join'],
    ['on_über', 'über'],
  ])
})

test('falsy arguments are none, and arguments that are no array are one', async (t) => {
  const written = ['"str"', '{"a":1}', 'true', '0', '""', 'false', 'null']
  const seen = await record(t, ...written.map((args) => `5::/chat:{"name":"message","args":${args}}`))
  const one = [
    ['on_message', 'str'],
    ['on_message', { a: 1 }],
    ['on_message', true],
  ]
  assert.deepEqual(seen, [...one, ...Array.from({ length: 4 }, () => ['on_message'])])
})

test('recv_message gets what send() sent, which is not the event message', async (t) => {
  const seen = await record(t, '3::/chat:a: text\nof "two" lines', '3::/chat', '3::/chat:')
  assert.deepEqual(seen, [
    ['recv_message', 'a: text\nof "two" lines'],
    ['recv_message', ''],
    ['recv_message', ''],
  ])
})

test('recv_json gets what json.send() sent, which is not the event json', async (t) => {
  const seen = await record(t, '4::/chat:{"a":[1]}', '4::/chat:"text"', '4::/chat:null')
  assert.deepEqual(seen, [
    ['recv_json', { a: [1] }],
    ['recv_json', 'text'],
    ['recv_json', null],
  ])
})

test('recv_error gets the full packet of an error that the client sent', async (t) => {
  const [seen] = await record(t, '7::/chat:2+0')
  assert.deepEqual(seen, [
    'recv_error',
    { type: 'error', endpoint: '/chat', reason: 'unauthorized', advice: 'reconnect' },
  ])
})

test('recv_message and recv_json of BaseNamespace itself take what comes and do nothing', async (t) => {
  class Empty extends BaseNamespace {}
  const client = await joinClient(t, await startServer(t, { '/chat': Empty }), '/chat')
  client.send('3:1+:/chat:x', '4:2+:/chat:1', '7::/chat:2')
  assert.deepEqual(await client.settled(), ['6::/chat:1', '6::/chat:2'])
})

test('an inherited handler counts, and the most derived one wins', async (t) => {
  class Parent extends BaseNamespace {
    on_who() {
      return 'parent'
    }

    on_what() {
      return 'parent'
    }
  }
  class Child extends Parent {
    on_what() {
      return `child of ${super.on_what()}`
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Child }), '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'who')), '6::/chat:1+["parent"]')
  assert.equal(await client.ask(asking(2, '/chat', 'what')), '6::/chat:2+["child of parent"]')
})

test('an event without a method gets no_such_method', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Recorder }), '/chat')
  const message = 'The method "on_no_such_thing" was not found'
  assert.equal(await client.ask(event('/chat', 'no such thing')), errorEvent('/chat', 'no_such_method', message))
})

test('only on_ and recv_ methods can be reached, under their own family of packets', async (t) => {
  class Reaching extends BaseNamespace {
    recv_secret() {
      return 'reached'
    }

    secret() {
      return 'reached'
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Reaching }), '/chat')
  for (const name of ['secret', 'recv_secret', 'emit', 'disconnect', 'recv_message']) {
    const message = `The method "on_${name}" was not found`
    assert.equal(await client.ask(asking(1, '/chat', name)), errorEvent('/chat', 'no_such_method', message))
  }
})

test('a name that no method can have gets unallowed_event_name', async (t) => {
  const client = await joinClient(t, await startServer(t, { '/chat': Recorder }), '/chat')
  const refused = errorEvent('/chat', 'unallowed_event_name', 'The name of an event must have 1 to 256 characters')
  assert.equal(await client.ask(event('/chat', '')), refused)
  assert.equal(await client.ask('5::/chat:{"name":7}'), refused)
  assert.equal(await client.ask('5::/chat:{"args":[1]}'), refused)
  assert.equal(await client.ask(event('/chat', 'x'.repeat(257))), refused)
  const message = `The method "on_${'x'.repeat(256)}" was not found`
  assert.equal(await client.ask(event('/chat', 'x'.repeat(256))), errorEvent('/chat', 'no_such_method', message))
})

test('on_connect and on_disconnect are events that a client can send, and mounting them warns', async (t) => {
  const emitWarning = t.mock.method(process, 'emitWarning', () => {})
  class Misled extends BaseNamespace {
    on_connect() {
      return 'called by the client'
    }

    on_disconnect() {}
  }
  const server = await startServer(t, { '/chat': Misled })
  assert.deepEqual(
    emitWarning.mock.calls.map(({ arguments: [warning] }) => String(warning)),
    [
      'Misled.on_connect is an ordinary event that a client can send; the hook is recv_connect',
      'Misled.on_disconnect is an ordinary event that a client can send; the hook is recv_disconnect',
    ],
  )
  const client = await joinClient(t, server, '/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'connect')), '6::/chat:1+["called by the client"]')
})
