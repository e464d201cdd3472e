// Owns: acks of events that fail: none, or with `static ackErrors` what has failed.
// Elsewhere: acks that are answered (acks.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { io as connect } from 'socket.io-client-4'
import { z } from 'zod'
import {
  BaseNamespace,
  ConnectError,
  noAck,
  RoomsMixin,
  type AckFailure,
  type ClientSocket,
} from '../../../lib/index.js'
import { enter, generations, openIn } from '../../support/generations.js'
import { schema } from '../../support/schemas.js'
import { startServer } from '../../support/server.js'

class Silent extends RoomsMixin(BaseNamespace) {
  static schemas = { say: [z.string()] }
  static replies: object = { wrong: z.string() }

  override getInitialAcl() {
    return ['recv_connect', 'on_say', 'on_throw', 'on_reject', 'on_nope', 'on_none', 'on_wrong', 'on_']
  }
  on_say(text: string) {
    return text
  }
  on_throw() {
    throw new Error('secret')
  }
  async on_reject() {
    await Promise.reject(new Error('secret'))
  }
  on_none() {
    return noAck
  }
  on_wrong() {
    return 1
  }
  on_closed() {}
}

class Telling extends Silent {
  static readonly ackErrors = true
}

const failures: [event: string, args: unknown[], error: object][] = [
  [
    'say',
    [1],
    {
      name: 'invalid_arguments',
      message: 'The arguments of "say" are not valid',
      details: {
        event: 'say',
        issues: [{ message: 'Invalid input: expected string, received number', path: [0] }],
      },
    },
  ],
  ['throw', [], { name: 'handler_failed', message: 'The method "on_throw" failed' }],
  ['reject', [], { name: 'handler_failed', message: 'The method "on_reject" failed' }],
  ['wrong', [], { name: 'handler_failed', message: 'The method "on_wrong" failed' }],
  ['nope', [], { name: 'no_such_method', message: 'The method "on_nope" was not found' }],
  ['closed', [], { name: 'method_access_denied', message: 'You do not have access to method "on_closed"' }],
  ['', [], { name: 'unallowed_event_name', message: 'The name of an event must have 1 to 256 characters' }],
]

for (const generation of generations) {
  test(`an ack that a client of ${generation} waits for tells what failed, where the class says so`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const server = await startServer(t, { '/telling': Telling, '/silent': Silent })
    const peer = await enter(t, server, generation, '/telling')
    await peer.enter('/silent')
    for (const [event, args, error] of failures) {
      const { name, message, details } = error as { name: string; message: string; details?: object }
      const told = JSON.stringify(details === undefined ? [name, message] : [name, message, details])
      peer.ask(7, '/telling', event, ...args)
      assert.deepEqual(await peer.take(2), [
        `ack /telling 7 ${JSON.stringify([{ error }])}`,
        `event /telling error ${told}`,
      ])
      // Without an ack that is asked for, and without the static, nothing but the event.
      // An answer that nobody gets is not checked.
      if (event !== 'wrong') {
        peer.emit('/telling', event, ...args)
        assert.equal(await peer.next(), `event /telling error ${told}`)
      }
      peer.ask(7, '/silent', event, ...args)
      assert.equal(await peer.next(), `event /silent error ${told}`)
    }
    peer.ask(8, '/telling', 'say', 'hello')
    assert.equal(await peer.next(), 'ack /telling 8 ["hello"]')
    peer.ask(9, '/telling', 'none')
    assert.deepEqual(await peer.settled(), [])
  })

  test(`each ack of a client of ${generation} that sends too much says so, the event once a second`, async (t) => {
    const rateLimit = { events: 5, per: 60_000 }
    const server = await startServer(t, { '/chat': Telling, '/silent': Silent }, { rateLimit })
    const peer = await enter(t, server, generation, '/chat')
    for (let id = 1; id <= 10; id++) peer.ask(id, '/chat', 'say', 'x')
    const lines = await peer.settled()
    const message = 'At most 5 packets in 60000 ms are handled'
    const limited = JSON.stringify([{ error: { name: 'rate_limited', message } }])
    const acks = lines.filter((line) => line.startsWith('ack'))
    assert.equal(acks.length, 10)
    assert.ok(
      acks.slice(-5).every((line) => line.endsWith(` ${limited}`)),
      acks.join('\n'),
    )
    assert.deepEqual(
      lines.filter((line) => line.startsWith('event')),
      [`event /chat error ${JSON.stringify(['rate_limited', message])}`],
    )
  })
}

test('on 0.9 an ack of a namespace that has refused says so', async (t) => {
  class Closed extends BaseNamespace {
    static ackErrors = true
    override recv_connect() {
      throw new ConnectError('no')
    }
    on_say() {}
  }
  const peer = await openIn(t, await startServer(t, { '/chat': Closed }), '0.9')
  peer.connect('/chat')
  assert.equal(await peer.next(), 'refused /chat')
  peer.ask(1, '/chat', 'say')
  const error = { name: 'method_access_denied', message: 'You do not have access to method "on_say"' }
  assert.deepEqual(await peer.take(2), [
    `ack /chat 1 ${JSON.stringify([{ error }])}`,
    `event /chat error ${JSON.stringify([error.name, error.message])}`,
  ])
})

test("the ack of a client that has gone is nobody's", async (t) => {
  class Slow extends BaseNamespace {
    static ackErrors = true
    static schemas = { say: [schema(() => new Promise(() => {}))] }
    on_say() {}
  }
  const reports: unknown[] = []
  const errorHandler = (_socket: unknown, name: string): void => {
    reports.push(name)
  }
  const peer = await enter(t, await startServer(t, { '/chat': Slow }, { errorHandler }), '4', '/chat')
  peer.ask(1, '/chat', 'say', 1)
  await peer.settled()
  peer.reset()
  await peer.closed
  assert.deepEqual(reports, [])
})

test("socket.io-client 4 resolves emitWithAck() with the failure, as ClientSocket's types say", async (t) => {
  t.mock.method(console, 'error', () => {})
  const { url } = await startServer(t, { '/chat': Telling })
  const untyped = connect(`${url}/chat`, { transports: ['websocket'] })
  t.after(() => {
    untyped.close()
  })
  // This tree has no package socket.io-client: what its types say is tested in test/unit/types/contract.
  const chat = untyped as unknown as ClientSocket<typeof Telling> & typeof untyped
  const answer = (await chat.timeout(5_000).emitWithAck('throw')) as AckFailure
  assert.equal(answer.error.name, 'handler_failed')
  assert.equal(await chat.timeout(5_000).emitWithAck('say', 'hello'), 'hello')
})
