// Owns: arguments that are checked by schemas, of any library, on every wire; what the handler gets and what the client is told.
// Elsewhere: schemas that misbehave (schema-faults.test.ts), connects (schema-connects.test.ts), tables (schema-tables.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, RoomsMixin, type DispatchError } from '../../../lib/index.js'
import { enter, generations } from '../../support/generations.js'
import { anything, libraries, schema } from '../../support/schemas.js'
import { startServer } from '../../support/server.js'
import { Gate, Queue } from '../../support/wire-client.js'

/** The line of an error event, without the messages of issues, which are each library's own. */
function toldOf(line: string): unknown {
  assert.match(line, /^event \/chat error /)
  const [name, message, details] = JSON.parse(line.slice('event /chat error '.length)) as [string, string, Details]
  for (const { message: text } of details.issues) assert.equal(typeof text, 'string')
  return [name, message, details.event, details.issues.map(({ path }) => path)]
}

interface Details {
  event: string
  issues: { message: string; path: unknown }[]
}

for (const generation of generations) {
  for (const [library, { text, point, since, pair }] of Object.entries(libraries)) {
    test(`a client of ${generation} is checked by ${library}: valid arguments as the schemas make them, else an error`, async (t) => {
      const heard = new Queue<unknown[]>('a call')
      class Chat extends RoomsMixin(BaseNamespace) {
        static schemas = { say: [text], move: [point, anything], since: [since], vote: pair }

        on_say(...args: unknown[]) {
          heard.push(args)
        }

        on_move(...args: unknown[]) {
          heard.push(args)
          return 'moved'
        }

        on_since(...args: unknown[]) {
          heard.push(args)
        }

        on_vote(...args: unknown[]) {
          heard.push(args)
        }
      }
      const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')

      peer.emit('/chat', 'say', 'hello')
      assert.deepEqual(await heard.next(), ['hello'])
      peer.ask(1, '/chat', 'move', { x: 1 })
      assert.deepEqual(await heard.next(), [{ x: 1 }, undefined])
      assert.equal(await peer.next(), 'ack /chat 1 ["moved"]')
      peer.emit('/chat', 'since', '2026-01-01')
      assert.deepEqual(await heard.next(), [new Date('2026-01-01')])
      peer.emit('/chat', 'vote', 'tea', 2)
      assert.deepEqual(await heard.next(), ['tea', 2])
      // What no schema is for is dropped.
      peer.emit('/chat', 'say', 'hello', 'more')
      assert.deepEqual(await heard.next(), ['hello'])

      const invalid = 'The arguments of "%" are not valid'
      const cases: [string, unknown[], unknown[]][] = [
        ['say', ['much too long'], [0]],
        ['say', [], [0]],
        ['say', [null], [0]],
        ['move', [{ x: 'one' }], [0, 'x']],
        ['vote', ['tea', 'two'], [1]],
      ]
      for (const [event, args, path] of cases) {
        peer.ask(2, '/chat', event, ...args)
        const expected = ['invalid_arguments', invalid.replace('%', event), event, [path]]
        assert.deepEqual(toldOf(await peer.next()), expected)
      }
      peer.emit('/chat', 'say', 'on')
      assert.deepEqual([await heard.next(), await peer.settled(), heard.takeAll()], [['on'], [], []])
    })

    test(`a client of ${generation} is not told its own values by ${library}`, async (t) => {
      class Chat extends BaseNamespace {
        static schemas = { say: [text], move: [point], vote: pair }
        on_say() {}
        on_move() {}
        on_vote() {}
      }
      const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
      const secrets = ['hunter2 hunter2 hunter2', 424242, 'a"b\\c\u2028d', 'sécret', 31.4159]
      for (const secret of secrets) {
        for (const [event, ...args] of [
          ['say', `${secret} and so on`],
          ['say', { secret }],
          ['move', { x: [secret] }],
          ['move', { x: String(secret) }],
          ['vote', secret, secret],
          ['vote', [secret]],
        ] as const) {
          peer.emit('/chat', event, ...args)
          const line = await peer.next()
          assert.match(line, /"invalid_arguments"/)
          const written = JSON.stringify(secret).replace(/^"|"$/g, '')
          assert.ok(!line.includes(String(secret)) && !line.includes(written), line)
        }
      }
    })
  }

  test(`a client of ${generation} that may not call is not told what the schema says`, async (t) => {
    let asked = 0
    class Chat extends BaseNamespace {
      static schemas = {
        say: [
          schema(() => {
            asked++
            return { issues: [] }
          }),
        ],
      }

      override getInitialAcl() {
        return ['recv_connect']
      }
      on_say() {}
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
    peer.emit('/chat', 'say', 1)
    const denied = '["method_access_denied","You do not have access to method \\"on_say\\""]'
    assert.equal(await peer.next(), `event /chat error ${denied}`)
    assert.equal(asked, 0)
  })

  test(`a schema that takes its time keeps the order of a client of ${generation}`, async (t) => {
    const gate = new Gate()
    const heard: unknown[] = []
    class Chat extends BaseNamespace {
      static schemas = { slow: [schema((value) => gate.opened.then(() => ({ value })))] }

      on_slow(value: unknown) {
        heard.push(value)
      }

      on_fast(value: unknown) {
        heard.push(value)
        return value
      }
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
    peer.emit('/chat', 'slow', 1)
    peer.ask(1, '/chat', 'fast', 2)
    assert.deepEqual([await peer.settled(), heard], [[], []])
    gate.open()
    assert.deepEqual([await peer.next(), heard], ['ack /chat 1 [2]', [1, 2]])
  })

  test(`what a handler answers a client of ${generation} is checked: a wrong answer is our failure`, async (t) => {
    t.mock.method(console, 'error', () => {})
    class Chat extends BaseNamespace {
      static replies = {
        sum: schema((value) =>
          typeof value === 'number' ? { value: { sum: value } } : { issues: [{ message: 'expected a number' }] },
        ),
        pair: schema((value) => ({ value: [...(value as unknown[]), 'more'] })),
      }

      on_sum(a: unknown) {
        return a
      }

      async on_pair() {
        return [1, 2]
      }
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
    peer.ask(1, '/chat', 'sum', 3)
    assert.equal(await peer.next(), 'ack /chat 1 [{"sum":3}]')
    peer.ask(2, '/chat', 'pair')
    assert.equal(await peer.next(), 'ack /chat 2 [1,2,"more"]')
    peer.ask(3, '/chat', 'sum', 'secret')
    assert.equal(await peer.next(), 'event /chat error ["handler_failed","The method \\"on_sum\\" failed"]')
    // Nobody is answered, and nothing is checked.
    peer.emit('/chat', 'sum', 'secret')
    assert.deepEqual(await peer.settled(), [])
  })

  test(`an event of a client of ${generation} with a space is checked, and one that takes the packet`, async (t) => {
    const heard = new Queue<unknown>('a call')
    class Chat extends BaseNamespace {
      static schemas = { ask_me: [libraries.zod.text], raw: [libraries.zod.since] }

      on_ask_me(text: string) {
        heard.push(text)
      }

      on_raw(packet: { args: unknown[]; name: string }) {
        heard.push([packet.name, packet.args])
      }
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
    peer.emit('/chat', 'ask me', 'why?')
    assert.equal(await heard.next(), 'why?')
    peer.emit('/chat', 'raw', '2026-01-01', 2)
    assert.deepEqual(await heard.next(), ['raw', [new Date('2026-01-01')]])
    peer.emit('/chat', 'ask me', 1)
    peer.emit('/chat', 'raw', 1)
    const told = (await peer.take(2)).map(toldOf)
    assert.deepEqual(told, [
      ['invalid_arguments', 'The arguments of "ask_me" are not valid', 'ask_me', [[0]]],
      ['invalid_arguments', 'The arguments of "raw" are not valid', 'raw', [[0]]],
    ])
  })
}

test('a schema for message is for recv_message, of every wire; for on_message where there is one', async (t) => {
  const heard = new Queue<unknown>('a call')
  class Chat extends BaseNamespace {
    static schemas = { message: [libraries.zod.text], json: [libraries.zod.point] }

    override recv_message(text: string) {
      heard.push(text)
    }

    override recv_json(data: unknown) {
      heard.push(data)
    }
  }
  class Both extends BaseNamespace {
    static schemas = { message: [libraries.zod.text] }
    override recv_message(text: string) {
      heard.push(`sent ${text}`)
    }
    on_message(text: string) {
      heard.push(`event ${text}`)
    }
  }
  const server = await startServer(t, { '/chat': Chat, '/both': Both })
  const old = await enter(t, server, '0.9', '/chat')
  old.send('3::/chat:hello', '4::/chat:{"x":1}')
  assert.deepEqual(await heard.take(2), ['hello', { x: 1 }])
  old.send('3::/chat:much too long', '4::/chat:{"x":"1"}')
  assert.deepEqual((await old.take(2)).map(toldOf), [
    ['invalid_arguments', 'The arguments of "message" are not valid', 'message', [[0]]],
    ['invalid_arguments', 'The arguments of "json" are not valid', 'json', [[0, 'x']]],
  ])
  for (const generation of ['2', '4'] as const) {
    const peer = await enter(t, server, generation, '/chat')
    peer.emit('/chat', 'message', 'hello')
    assert.equal(await heard.next(), 'hello')
    peer.emit('/chat', 'message', 1)
    assert.match(await peer.next(), /"invalid_arguments","The arguments of \\"message\\" are not valid"/)
    await peer.enter('/both')
    peer.emit('/both', 'message', 'hello')
    assert.equal(await heard.next(), 'event hello')
    peer.emit('/both', 'message', 1)
    assert.match(await peer.next(), /"invalid_arguments"/)
  }
  assert.deepEqual(heard.takeAll(), [])
})

test('an errorHandler gets what is wrong, and what a decorator wraps is called with what is valid', async (t) => {
  const errors = new Queue<unknown[]>('an error')
  const wrapped: unknown[][] = []
  class Chat extends BaseNamespace {
    static schemas = { since: [libraries.zod.since] }

    override exceptionHandlerDecorator(fn: (...args: unknown[]) => unknown) {
      return (...args: unknown[]) => {
        wrapped.push(args)
        return fn(...args)
      }
    }

    on_since() {}
  }
  const server = await startServer(
    t,
    { '/chat': Chat },
    {
      errorHandler: (_socket, name, _message, endpoint, id, quiet, error) => {
        errors.push([name, endpoint, id, quiet, error?.code, (error as DispatchError).details])
      },
    },
  )
  const peer = await enter(t, server, '4', '/chat')
  wrapped.length = 0
  peer.emit('/chat', 'since', 1)
  const issues = [{ message: 'Invalid input: expected string, received number', path: [0] }]
  const details = { event: 'since', issues }
  assert.deepEqual(await errors.next(), [
    'invalid_arguments',
    '/chat',
    undefined,
    false,
    'SIO_DISPATCH_ARGUMENTS',
    details,
  ])
  peer.emit('/chat', 'since', '2026-01-01')
  await peer.settled()
  assert.deepEqual(wrapped, [[new Date('2026-01-01')]])
})
