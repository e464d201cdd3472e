// Owns: schemas that misbehave, and values that are made to make them misbehave: access fails closed, and everything lives on.
// Elsewhere: schemas that do as they should (schemas.test.ts).
/* oxlint-disable unicorn/no-thenable */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { type } from 'arktype'
import { array, constantFrom, jsonValue, sample, tuple } from 'fast-check'
import * as v from 'valibot'
import { z } from 'zod'
import { BaseNamespace, ConnectError, DispatchError, type HandlerError } from '../../../lib/index.js'
import { enter, generations } from '../../support/generations.js'
import { libraries, schema } from '../../support/schemas.js'
import { startServer } from '../../support/server.js'
import { Queue } from '../../support/wire-client.js'

const failed = 'event /chat error ["handler_failed","The method \\"on_say\\" failed"]'

/** Answers of schemas that are none. */
const garbage: Record<string, (value: unknown) => unknown> = {
  throws: () => {
    throw new Error('secret')
  },
  'throws what is no error': () => {
    throw null
  },
  rejects: () => Promise.reject(new Error('secret')),
  'rejects with nothing': async () => Promise.reject(undefined),
  'answers nothing': () => undefined,
  'answers null': () => null,
  'answers true': () => true,
  'answers a text': () => 'valid',
  'answers a promise of nothing': async () => undefined,
  'answers an object without a value': () => ({}),
  'answers issues that are no list': () => ({ issues: 'all of it' }),
  'answers issues of null beside a value': () => ({ issues: null, value: 1 }),
  'has a getter that throws': () => ({
    get issues() {
      throw new Error('secret')
    },
  }),
  'answers a then that throws': () => ({
    get then() {
      throw new Error('secret')
    },
  }),
  'answers a promise that never was one': () => ({
    then: (_resolve: unknown, reject: (error: Error) => void) => {
      reject(new Error('secret'))
    },
  }),
  'answers a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
}

for (const [fault, validate] of Object.entries(garbage)) {
  for (const [kind, schemas] of [
    ['a parameter', [schema(validate)]],
    ['all parameters', schema(validate)],
    ['the second of two parameters', [schema(async (value) => ({ value })), schema(validate)]],
    ['the first of two parameters', [schema(validate), schema(() => Promise.reject(new Error('secret')))]],
  ] as const) {
    test(`a schema of ${kind} that ${fault} is our failure: the handler is not called, the next event is`, async (t) => {
      const causes: unknown[] = []
      let calls = 0
      class Chat extends BaseNamespace {
        static schemas = { say: schemas }
        on_say() {
          calls++
        }
        on_next() {
          return 'next'
        }
      }
      t.mock.method(console, 'error', () => {})
      const options = {
        errorHandler: (...[socket, name, message, endpoint, , , error]: ErrorArguments) => {
          causes.push((error as HandlerError).code)
          socket?.sendPacket({ type: 'event', endpoint, name: 'error', args: [name, message] })
        },
      }
      const peer = await enter(t, await startServer(t, { '/chat': Chat }, options), '4', '/chat')
      peer.emit('/chat', 'say', 'hello')
      assert.equal(await peer.next(), failed)
      peer.ask(1, '/chat', 'next')
      assert.equal(await peer.next(), 'ack /chat 1 ["next"]')
      assert.deepEqual([calls, causes], [0, ['SIO_HANDLER']])
    })
  }
}

type ErrorArguments = Parameters<NonNullable<NonNullable<Parameters<typeof startServer>[2]>['errorHandler']>>

test('a schema of all arguments must give a list', async (t) => {
  t.mock.method(console, 'error', () => {})
  let calls = 0
  for (const value of [undefined, null, 'text', { 0: 'x', length: 1 }]) {
    class Chat extends BaseNamespace {
      static schemas = { say: schema(() => ({ value })) }
      on_say() {
        calls++
      }
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
    peer.emit('/chat', 'say', 'hello')
    assert.equal(await peer.next(), failed)
  }
  assert.equal(calls, 0)
})

test('issues that are garbage refuse all the same, and are shown as far as they can be', async (t) => {
  const cases: [unknown[], unknown[]][] = [
    [[], []],
    [
      [null, 5, undefined, {}, { message: 7, path: 'x' }],
      Array.from({ length: 5 }, () => ({ message: 'Invalid value', path: [0] })),
    ],
    [
      [{ message: 'no', path: [Symbol('s'), { key: 'k' }, 3, NaN, null] }],
      [{ message: 'no', path: [0, 'Symbol(s)', 'k', 3, 'NaN', 'null'] }],
    ],
    [
      [{ message: 'x'.repeat(500), path: ['y'.repeat(500)] }],
      [{ message: 'x'.repeat(200), path: [0, 'y'.repeat(80)] }],
    ],
    [
      [{ message: 'deep', path: Array.from({ length: 5000 }, () => 'a') }],
      [{ message: 'deep', path: [0, ...Array.from({ length: 31 }, () => 'a')] }],
    ],
    [
      [{ message: 'keys', path: ['__proto__', 'constructor'] }],
      [{ message: 'keys', path: [0, '__proto__', 'constructor'] }],
    ],
  ]
  for (const [issues, told] of cases) {
    class Chat extends BaseNamespace {
      static schemas = { say: [schema(() => ({ issues }))] }
      on_say() {}
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
    peer.emit('/chat', 'say', 1)
    const details = JSON.stringify({ event: 'say', issues: told })
    assert.equal(
      await peer.next(),
      `event /chat error ["invalid_arguments","The arguments of \\"say\\" are not valid",${details}]`,
    )
  }
})

for (const generation of generations) {
  test(`a client of ${generation} is told ten of ten thousand issues`, async (t) => {
    class Chat extends BaseNamespace {
      static schemas = {
        many: [schema(() => ({ issues: Array.from({ length: 10_000 }, (_, n) => ({ message: `issue ${n}` })) }))],
        list: [z.array(z.number())],
      }
      on_many() {}
      on_list() {}
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
    for (const [event, value, first, path] of [
      ['many', 'x', 'issue 0', [0]],
      [
        'list',
        Array.from({ length: 10_000 }, () => 'wrong'),
        'Invalid input: expected number, received string',
        [0, 0],
      ],
    ] as const) {
      peer.emit('/chat', event, value)
      const line = await peer.next()
      const [, , { issues }] = JSON.parse(line.slice('event /chat error '.length)) as [
        string,
        string,
        { issues: unknown[] },
      ]
      assert.deepEqual([issues.length, issues[0]], [10, { message: first, path }])
    }
  })

  test(`__proto__ and constructor from a client of ${generation} are keys like others`, async (t) => {
    const heard = new Queue<unknown>('a call')
    class Chat extends BaseNamespace {
      static schemas = {
        loose: [z.looseObject({ a: z.number() })],
        strict: [z.strictObject({ a: z.number() })],
        record: [z.record(z.string(), z.number())],
        point: [libraries['by hand'].point],
      }
      on_loose(value: unknown) {
        heard.push(value)
      }
      on_strict(value: unknown) {
        heard.push(value)
      }
      on_record(value: unknown) {
        heard.push(value)
      }
      on_point(value: unknown) {
        heard.push(value)
      }
    }
    const peer = await enter(t, await startServer(t, { '/chat': Chat }), generation, '/chat')
    const values = ['{"a":1,"__proto__":{"polluted":1}}', '{"a":1,"constructor":{"prototype":{"polluted":1}}}']
    for (const text of values) {
      for (const event of ['loose', 'strict', 'record', 'point']) peer.emit('/chat', event, JSON.parse(text))
    }
    await peer.settled()
    const plain: Record<string, unknown> = {}
    assert.deepEqual([plain['polluted'], Reflect.get(Object, 'polluted')], [undefined, undefined])
    // An own schema of the key itself, and events that are named so.
    peer.emit('/chat', '__proto__', 1)
    peer.emit('/chat', 'constructor', 1)
    const told = (await peer.take(2)).map((line) => line.slice('event /chat error '.length))
    assert.deepEqual(told, [
      '["no_such_method","The method \\"on___proto__\\" was not found"]',
      '["no_such_method","The method \\"on_constructor\\" was not found"]',
    ])
  })
}

test('events that are named __proto__ and constructor are checked', async (t) => {
  let calls = 0
  class Chat extends BaseNamespace {
    static schemas = { ['__proto__']: [z.string()], constructor: [z.string()] }
    on___proto__() {
      calls++
    }
    on_constructor() {
      calls++
    }
  }
  const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
  for (const name of ['__proto__', 'constructor']) {
    peer.emit('/chat', name, 1)
    assert.match(await peer.next(), /"invalid_arguments"/)
    peer.emit('/chat', name, 'x')
  }
  await peer.settled()
  assert.equal(calls, 2)
})

test('values as deep and as wide as may be are checked, and refused in a moment', async (t) => {
  const tree: z.ZodType = z.lazy(() => z.union([z.number(), z.array(tree), z.record(z.string(), tree)]))
  class Chat extends BaseNamespace {
    static schemas = { tree: [tree], wide: [z.array(z.number())], flat: [z.string()] }
    on_tree() {
      return 'a tree'
    }
    on_wide(list: unknown[]) {
      return list.length
    }
    on_flat() {}
  }
  t.mock.method(console, 'error', () => {})
  const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
  const nested = (depth: number, inner: unknown): unknown => {
    let value = inner
    for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { x: value }
    return value
  }
  for (const depth of [100, 990]) {
    peer.ask(1, '/chat', 'tree', nested(depth, 1))
    // A library may fail on what is so deep: that is reported, and ends nothing.
    assert.match(await peer.next(), /^ack \/chat 1 \["a tree"\]|"handler_failed"/)
    peer.emit('/chat', 'flat', nested(depth, 'secret-secret'))
    const line = await peer.next()
    assert.match(line, /"invalid_arguments"/)
    assert.ok(!line.includes('secret'), line)
  }
  peer.ask(
    2,
    '/chat',
    'wide',
    Array.from({ length: 300_000 }, () => 1),
  )
  assert.equal(await peer.next(), 'ack /chat 2 [300000]')
  const began = performance.now()
  peer.emit(
    '/chat',
    'flat',
    Array.from({ length: 100_000 }, (_, n) => n),
  )
  assert.match(await peer.next(), /"invalid_arguments","The arguments of \\"flat\\" are not valid",.*"path":\[0\]/)
  assert.ok(performance.now() - began < 5_000)
})

test('a schema that never settles holds up its own namespace, and the client still leaves', async (t) => {
  const ended = new Queue<string>('an end')
  let calls = 0
  class Chat extends BaseNamespace {
    static schemas = { say: [schema(() => new Promise(() => {}))] }
    on_say() {
      calls++
    }
    on_next() {
      calls++
    }
    override recv_disconnect(reason: string) {
      ended.push(reason)
    }
  }
  const server = await startServer(
    t,
    { '/chat': Chat, '/other': BaseNamespace },
    { closeTimeout: 100, pollingDuration: 50 },
  )
  const peer = await enter(t, server, '4', '/chat')
  peer.emit('/chat', 'say', 1)
  peer.emit('/chat', 'next')
  await peer.enter('/other')
  peer.leave('/chat')
  assert.equal(await ended.next(), 'client namespace disconnect')
  const other = await enter(t, server, '4', '/chat')
  other.emit('/chat', 'say', 1)
  await other.settled()
  other.reset()
  assert.equal(await ended.next(), 'transport close')
  assert.equal(calls, 0)
})

test('a handler is not called for a client that has gone while its schema was asked', async (t) => {
  const ended = new Queue<string>('an end')
  const asked = new Queue<() => void>('a question')
  const reports: unknown[] = []
  let calls = 0
  class Chat extends BaseNamespace {
    static schemas = {
      say: [
        schema(
          (value) =>
            new Promise((resolve) => {
              asked.push(() => {
                resolve({ value })
              })
            }),
        ),
      ],
    }
    on_say() {
      calls++
    }
    override recv_disconnect(reason: string) {
      ended.push(reason)
    }
  }
  const errorHandler = (...args: unknown[]): void => {
    reports.push(args)
  }
  const peer = await enter(t, await startServer(t, { '/chat': Chat }, { errorHandler }), '4', '/chat')
  peer.emit('/chat', 'say', 1)
  const answer = await asked.next()
  peer.reset()
  await ended.next()
  answer()
  await new Promise(setImmediate)
  assert.deepEqual([calls, reports], [0, []])
})

test('any JSON to any schema is handled or refused, and the server goes on', async (t) => {
  class Chat extends BaseNamespace {
    static schemas = Object.fromEntries(
      Object.entries(libraries).flatMap(([name, { text, point, pair }]) => [
        [`text-${name}`, [text]],
        [`point-${name}`, [point]],
        [`pair-${name}`, pair],
      ]),
    )
  }
  for (const name of Object.keys(Chat.schemas)) Object.assign(Chat.prototype, { [`on_${name}`]() {} })
  t.mock.method(console, 'error', () => {})
  const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
  const names = Object.keys(Chat.schemas)
  const calls = sample(tuple(constantFrom(...names), array(jsonValue(), { maxLength: 3 })), 300)
  for (const [name, args] of calls) peer.emit('/chat', name, ...args)
  for (const line of await peer.settled())
    assert.match(line, /^event \/chat error \["(?:invalid_arguments|handler_failed)"/)
  peer.emit('/chat', 'text-zod', 1)
  assert.match(await peer.next(), /"invalid_arguments"/)
})

const rejecting = schema((value) => ({
  value: typeof value === 'string' ? Promise.reject(new Error('no database')) : value,
}))
const failing = schema(() => Promise.reject(new Error('no database')))
const slow = schema(async (value) => {
  await sleep(50)
  return { value }
})

test('a promise that a schema has made of a value, and that rejects, ends nothing when nobody gets it', async (t) => {
  t.mock.method(console, 'error', () => {})
  class Chat extends BaseNamespace {
    static schemas = {
      refused: [rejecting, libraries.zod.text],
      late: [rejecting, slow],
      failing: [rejecting, failing],
    }
    on_refused() {}
    on_late() {}
    on_failing() {}
  }
  class Door extends BaseNamespace {
    static connect = schema(() => ({ value: Promise.reject(new Error('no database')) }))
    override recv_connect() {
      throw new ConnectError('no')
    }
  }
  const server = await startServer(t, { '/chat': Chat, '/door': Door })
  for (const generation of generations) {
    const peer = await enter(t, server, generation, '/chat')
    peer.emit('/chat', 'refused', 'x', 1)
    assert.match(await peer.next(), /invalid_arguments/)
    peer.emit('/chat', 'failing', 'x', 'y')
    assert.match(await peer.next(), /handler_failed/)
    peer.connect('/door')
    assert.match(await peer.next(), /^refused \/door/)
    peer.emit('/chat', 'late', 'x', 'y')
    await peer.settled()
    peer.close()
  }
  await sleep(150)
})

test('a DispatchError that a schema throws is a failure like others', async (t) => {
  t.mock.method(console, 'error', () => {})
  const error = new DispatchError('SIO_DISPATCH_ARGUMENTS', 'invalid_arguments', 'a secret', { secret: 1 })
  class Chat extends BaseNamespace {
    static schemas = {
      now: [
        schema(() => {
          throw error
        }),
      ],
      later: [schema(() => Promise.reject(error))],
    }
    on_now() {}
    on_later() {}
  }
  const server = await startServer(t, { '/chat': Chat })
  const peer = await enter(t, server, '4', '/chat')
  for (const name of ['now', 'later']) {
    peer.emit('/chat', name, 'x')
    assert.equal(await peer.next(), `event /chat error ["handler_failed","The method \\"on_${name}\\" failed"]`)
  }
})

const secret = 'hunter2hunter2'
const drinks = ['tea', 'coffee'] as const

test('what libraries quote of values that a schema has changed is not told', async (t) => {
  class Chat extends BaseNamespace {
    static schemas = {
      trim: [v.pipe(v.string(), v.trim(), v.picklist(drinks))],
      lower: [v.pipe(v.string(), v.toLowerCase(), v.picklist(drinks))],
      part: [
        v.pipe(
          v.string(),
          v.transform((text) => text.split(':')[1]),
          v.picklist(drinks),
        ),
      ],
      parsed: [v.pipe(v.string(), v.parseJson(), v.object({ pin: v.picklist(['a']) }))],
      number: [v.pipe(v.string(), v.transform(Number), v.maxValue(10))],
      ark: [type('string.trim').to("'tea'|'coffee'")],
      arkJson: [type('string.json.parse').to({ pin: "'aaaa'|'bbbb'" })],
      arkObject: [type({ pin: 'string' }).narrow((_value, context) => context.mustBe('good'))],
    }
    on_trim() {}
    on_lower() {}
    on_part() {}
    on_parsed() {}
    on_number() {}
    on_ark() {}
    on_arkJson() {}
    on_arkObject() {}
  }
  const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
  for (const [event, sent, told] of [
    ['trim', ` ${secret}`, secret],
    ['lower', secret.toUpperCase(), secret],
    ['part', `Bearer:${secret}`, secret],
    ['parsed', JSON.stringify({ pin: secret }), secret],
    ['number', '04929123412341234', '4929123412341234'],
    ['ark', `  ${secret}`, secret],
    ['arkJson', JSON.stringify({ pin: secret }), secret],
    ['arkObject', { pin: '123' }, '123'],
  ] as const) {
    peer.emit('/chat', event, sent)
    const line = await peer.next()
    assert.match(line, /invalid_arguments.*…/, event)
    assert.ok(!line.includes(told), line)
  }
})

test('the name of a type that a library has received is told', async (t) => {
  class Chat extends BaseNamespace {
    static schemas = { zod: [z.string()], ark: [type('string')] }
    on_zod() {}
    on_ark() {}
  }
  const peer = await enter(t, await startServer(t, { '/chat': Chat }), '4', '/chat')
  for (const [event, told] of [
    ['zod', /received number/],
    ['ark', /was a number/],
  ] as const) {
    peer.emit('/chat', event, 12_345)
    assert.match(await peer.next(), told)
  }
})
