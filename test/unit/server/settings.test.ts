import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSettings, type Options } from '../../../lib/server/settings.js'

test('every option has the default that is documented', () => {
  const { heartbeatInterval, heartbeatTimeout, closeTimeout, pollingDuration, ...settings } = readSettings({})
  assert.deepEqual(
    [heartbeatInterval, heartbeatTimeout, closeTimeout, pollingDuration],
    [25_000, 60_000, 60_000, 20_000],
  )
  assert.equal(settings.resource, 'socket.io')
  assert.deepEqual(settings.transports, ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling'])
  assert.equal(settings.maxHttpBufferSize, 1_000_000)
  assert.equal(settings.handshakeTimeout, 30_000)
  assert.equal(settings.maxEventNameLength, 256)
  assert.equal(settings.serveClient, undefined)
  assert.equal(settings.serveSeen, false)
  assert.equal(settings.authorize, undefined)
  assert.equal(settings.session, undefined)
  assert.deepEqual(settings.json.parse('{"a":1}'), { a: 1 })
  assert.equal(settings.json.stringify({ a: 1 }), '{"a":1}')
})

test('an option that is undefined is as if it were left out', () => {
  const options = { resource: undefined, origins: undefined, closeTimeout: undefined, serveClient: undefined }
  assert.equal(readSettings(options as unknown as Options).resource, 'socket.io')
})

const duration = 'an integer of milliseconds from 1 to 2147483000'
const bound = 'a positive integer'
const path = 'a path without slashes at its ends, as socket.io'
const names = 'websocket, flashsocket, htmlfile, xhr-polling, jsonp-polling'
const client = "a path, the name of a package ('socket.io-client'), or false"
const long = 'x'.repeat(200)

const wrong: readonly (readonly [name: string, value: unknown, expected: string, got: string])[] = [
  ...['heartbeatInterval', 'heartbeatTimeout', 'closeTimeout', 'pollingDuration', 'handshakeTimeout'].flatMap(
    (name) =>
      [
        [name, 0, duration, '0'],
        [name, -1, duration, '-1'],
        [name, 1.5, duration, '1.5'],
        [name, NaN, duration, 'NaN'],
        [name, Infinity, duration, 'Infinity'],
        [name, 2_147_483_001, duration, '2147483001'],
        [name, '25', duration, '"25"'],
        [name, null, duration, 'null'],
        [name, false, duration, 'false'],
      ] as const,
  ),
  ...[
    'maxHttpBufferSize',
    'maxPacketsPerPayload',
    'maxBufferedPackets',
    'maxQueuedEvents',
    'maxQueuedBytes',
    'maxHandshakes',
    'maxSockets',
    'maxNamespacesPerSocket',
    'maxNamespaceLength',
    'maxRoomsPerSocket',
    'maxPendingAcks',
    'maxEventNameLength',
  ].flatMap(
    (name) =>
      [
        [name, 0, bound, '0'],
        [name, 0.5, bound, '0.5'],
        [name, Infinity, bound, 'Infinity'],
        [name, '1mb', bound, '"1mb"'],
      ] as const,
  ),
  ['pollingDuration', 60_000, 'less than closeTimeout (60000)', '60000'],
  ['heartbeatInterval', 60_000, 'less than heartbeatTimeout (60000)', '60000'],
  ['resource', '/socket.io', path, '"/socket.io"'],
  ['resource', 'socket.io/', path, '"socket.io/"'],
  ['resource', 'a//b', path, '"a//b"'],
  ['resource', 'a?b', path, '"a?b"'],
  ['resource', '', path, '""'],
  ['resource', /socket/, path, 'an object'],
  ['resource', `/${long}`, path, `"/${'x'.repeat(77)}…`],
  ['transports', [], `a list of ${names}`, '""'],
  [
    'transports',
    ['websocket', 'polling'],
    `a list of ${names}, as those of newer clients are engine.transports`,
    '"websocket, polling"',
  ],
  ['transports', ['websocket', 'websocket'], `a list of ${names}`, '"websocket, websocket"'],
  ['transports', 'websocket', `a list of ${names}`, '"websocket"'],
  ['resource', null, path, 'null'],
  ['transports', null, `a list of ${names}`, 'null'],
  ['serveClient', null, client, 'null'],
  ['clock', null, 'an object with now, setTimeout, clearTimeout', 'null'],
  ['clock', {}, 'an object with now, setTimeout, clearTimeout', 'an object'],
  ['authorize', true, 'a function', 'true'],
  ['session', {}, 'a function', 'an object'],
  ['errorHandler', 'log', 'a function', '"log"'],
  ['jsonParse', null, 'a function', 'null'],
  ['jsonStringify', 1, 'a function', '1'],
  ['serveClient', true, client, 'true'],
  ['serveClient', '', client, '""'],
  ['serveSeen', null, "true, false or 'appended'", 'null'],
  ['serveSeen', 'seen.js', "true, false or 'appended'", '"seen.js"'],
  ['serveSeen', 'appended', 'true or false where there is no serveClient', '"appended"'],
  ...(
    [
      ['', '""'],
      ['a.b', '"a.b"'],
      ['a/b', '"a/b"'],
      ['a b', '"a b"'],
      ['ä', '"ä"'],
      ['a\n', '"a\\n"'],
      ['x'.repeat(65), `"${'x'.repeat(65)}"`],
      [1, '1'],
      [null, 'null'],
    ] as const
  ).map(([value, got]) => ['processName', value, '1 to 64 letters, digits, - and _', got] as const),
  ['rateLimit', null, 'an object', 'null'],
  ['rateLimit', 50, 'an object', '50'],
]

for (const [name, value, expected, got] of wrong) {
  test(`${name} cannot be ${String(value).slice(0, 40) || 'empty'}${Array.isArray(value) ? ' in a list' : ''}`, () => {
    assert.throws(() => readSettings({ [name]: value }), {
      name: 'UsageError',
      code: 'SIO_USAGE_OPTION',
      message: `expected option ${name} to be ${expected}, got ${got}`,
    })
  })
}

const count = 'a positive integer'
for (const [limit, name, expected, got] of [
  [{}, 'events', count, 'undefined'],
  [{ events: 5 }, 'per', count, 'undefined'],
  [{ events: 0, per: 1000 }, 'events', count, '0'],
  [{ events: 5, per: 0.5 }, 'per', count, '0.5'],
  [{ events: 5, per: Infinity }, 'per', count, 'Infinity'],
  [{ events: 5, per: 1000, burst: '5' }, 'burst', count, '"5"'],
  [{ events: 5, per: 1000, burst: null }, 'burst', count, 'null'],
  [{ events: 5, per: 1000, onLimit: true }, 'onLimit', 'a function', 'true'],
  [{ events: 5, per: 1000, window: 1 }, 'window', 'one of burst, events, onLimit, per', '1'],
] as const) {
  test(`a rate limit cannot be ${JSON.stringify(limit)}`, () => {
    assert.throws(() => readSettings({ rateLimit: limit as never }), {
      name: 'UsageError',
      code: 'SIO_USAGE_OPTION',
      message: `expected option rateLimit.${name} to be ${expected}, got ${got}`,
    })
  })
}

for (const name of ['jitter', 'toString', '__proto__x', 'frobnicate', '-', 'x']) {
  test(`${name} is no option, and none is near`, () => {
    assert.throws(
      () => readSettings({ [name]: 1 }),
      (error: Error & { code?: string }) => {
        assert.equal(error.code, 'SIO_USAGE_OPTION')
        assert.match(
          error.message,
          new RegExp(
            `^expected option ${name} to be one of ackTimeout, adapter, app, authorize, .*, transports, got 1$`,
          ),
        )
        return true
      },
    )
  })
}

for (const [name, nearest] of [
  ['heartbeatsEvery', 'heartbeatInterval'],
  ['timeout', 'ackTimeout'],
  ['maxPendingRequests', 'maxPendingAcks'],
  ['onError', 'errorHandler'],
  ['timeoutOfHeartbeat', 'heartbeatTimeout'],
] as const) {
  test(`${name} is no option: all are told, ${nearest} first`, () => {
    assert.throws(() => readSettings({ [name]: 1 }), {
      code: 'SIO_USAGE_OPTION',
      message: new RegExp(`^expected option ${name} to be one of ${nearest}, `),
    })
  })
}

for (const options of [null, 5, 'options', () => {}, []]) {
  test(`the options cannot be ${String(options)}`, () => {
    assert.throws(() => readSettings(options as never), {
      code: 'SIO_USAGE_OPTION',
      message: /^expected option options to be an object, got /,
    })
  })
}

test('durations may use their whole range', () => {
  const settings = readSettings({
    heartbeatTimeout: 2_147_483_000,
    heartbeatInterval: 1,
    closeTimeout: 2,
    pollingDuration: 1,
  })
  assert.equal(settings.heartbeatTimeout, 2_147_483_000)
  assert.equal(settings.pollingDuration, 1)
})

test('a promise of services is refused, and whatever it comes to ends nothing', () => {
  for (const app of [Promise.resolve({}), Promise.reject(new Error('no database'))]) {
    assert.throws(() => readSettings({ app }), {
      code: 'SIO_USAGE_OPTION',
      message: /^expected option app to be a value, and no promise: await it first, got /,
    })
  }
})

test('processName is left out where the application makes the sids of newer clients', () => {
  assert.equal(readSettings({ processName: 'chat-1_A' }).processName, 'chat-1_A')
  assert.equal(readSettings({ processName: 'a', engine: {} }).processName, 'a')
  assert.throws(() => readSettings({ processName: 'a', engine: { generateId: () => 'x' } }), {
    code: 'SIO_USAGE_OPTION',
    message: 'expected option processName to be left out where engine.generateId makes the sids, got "a"',
  })
})

test('the list of transports is copied', () => {
  const transports: NonNullable<Options['transports']>[number][] = ['xhr-polling']
  const settings = readSettings({ transports })
  transports.push('websocket')
  assert.deepEqual(settings.transports, ['xhr-polling'])
})

test('without jsonp the default transports are the others, and naming it all the same is a mistake', () => {
  assert.deepEqual(readSettings({ jsonp: false }).transports, ['websocket', 'htmlfile', 'xhr-polling'])
  assert.deepEqual(readSettings({ jsonp: false, transports: ['xhr-polling'] }).transports, ['xhr-polling'])
  assert.throws(() => readSettings({ jsonp: false, transports: ['xhr-polling', 'jsonp-polling'] }), {
    code: 'SIO_USAGE_OPTION',
    message:
      'expected option transports to be without jsonp-polling where jsonp is false, got "xhr-polling, jsonp-polling"',
  })
  for (const jsonp of [0, 'no', null]) {
    assert.throws(() => readSettings({ jsonp } as never), { code: 'SIO_USAGE_OPTION' })
  }
})
