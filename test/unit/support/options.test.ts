// Owns: what the unit tests say of durations and bounds: defaults, ranges, and how a wrong one is told.
// Elsewhere: what a bound does when it is passed (test/conformance/bounds.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { socketioMiddleware, type Options } from '../../../lib/index.js'
import { checkDuration, readBounds, readDurations } from '../../../lib/support/options.js'

// As documented, in milliseconds.
const durations = {
  heartbeatInterval: 25_000,
  heartbeatTimeout: 60_000,
  closeTimeout: 60_000,
  pollingDuration: 20_000,
  handshakeTimeout: 30_000,
  ackTimeout: 60_000,
  sessionTimeout: 10_000,
  sessionCheckInterval: 60_000,
  pingInterval: 25_000,
  pingTimeout: 20_000,
}

const bounds = {
  maxHttpBufferSize: 1_000_000,
  maxPacketsPerPayload: 10_000,
  maxBufferedPackets: 10_000,
  maxBufferedBytes: 10_000_000,
  maxQueuedEvents: 1_000,
  maxQueuedBytes: 4_000_000,
  maxHandshakes: 10_000,
  maxSockets: 100_000,
  maxNamespacesPerSocket: 100,
  maxNamespaceLength: 256,
  maxRoomsPerSocket: 1_000,
  maxPendingAcks: 10_000,
  maxEventNameLength: 256,
  maxSessionChecks: 100,
  maxJsonDepth: 1_000,
  maxAttachments: 10,
  maxSocketsPerAddress: Infinity,
  maxHandshakesPerAddress: Infinity,
}

const longest = 2_147_483_000
const noInteger: [unknown, string][] = [
  [0, '0'],
  [-1, '-1'],
  [1.5, '1.5'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  ['25', '"25"'],
  [null, 'null'],
  [{}, 'an object'],
]

function wrong(message: string): { name: string; code: string; message: string } {
  return { name: 'UsageError', code: 'SIO_USAGE_OPTION', message }
}

test('every duration has its documented default', () => {
  assert.deepEqual(readDurations({}), durations)
})

test('every bound has its documented default', () => {
  assert.deepEqual(readBounds({}), bounds)
})

test('an option that is undefined has its default', () => {
  assert.equal(readDurations({ closeTimeout: undefined }).closeTimeout, 60_000)
  assert.equal(readBounds({ maxSockets: undefined }).maxSockets, 100_000)
})

for (const name of Object.keys(durations)) {
  test(`${name} is an integer from 1 to ${longest} milliseconds`, () => {
    // Those that must be longer than others are, so that only this one is in question.
    const others = { heartbeatTimeout: longest, closeTimeout: longest, heartbeatInterval: 1, pollingDuration: 1 }
    const most = name === 'heartbeatInterval' || name === 'pollingDuration' ? longest - 1 : longest
    const least = name === 'heartbeatTimeout' || name === 'closeTimeout' ? 2 : 1
    for (const value of [least, most]) {
      assert.equal(Reflect.get(readDurations({ ...others, [name]: value }), name), value)
    }
    for (const [value, got] of [...noInteger, [longest + 1, String(longest + 1)] as const]) {
      assert.throws(
        () => readDurations({ ...others, [name]: value }),
        wrong(`expected option ${name} to be an integer of milliseconds from 1 to 2147483000, got ${got}`),
      )
    }
  })
}

for (const name of Object.keys(bounds)) {
  test(`${name} is a positive integer`, () => {
    for (const value of [1, Number.MAX_SAFE_INTEGER]) {
      assert.equal(Reflect.get(readBounds({ [name]: value }), name), value)
    }
    for (const [value, got] of [...noInteger, [2 ** 53, '9007199254740992'] as const]) {
      // What is off by default can be switched off.
      if (value === Reflect.get(bounds, name)) continue
      assert.throws(
        () => readBounds({ [name]: value }),
        wrong(`expected option ${name} to be a positive integer, got ${got}`),
      )
    }
  })
}

test('a poll ends before its client gives it up', () => {
  assert.throws(
    () => readDurations({ pollingDuration: 5000, closeTimeout: 5000 }),
    wrong('expected option pollingDuration to be less than closeTimeout (5000), got 5000'),
  )
  assert.equal(readDurations({ pollingDuration: 4999, closeTimeout: 5000 }).pollingDuration, 4999)
})

test('a heartbeat comes before its client gives the stream up', () => {
  assert.throws(
    () => readDurations({ heartbeatInterval: 60_001 }),
    wrong('expected option heartbeatInterval to be less than heartbeatTimeout (60000), got 60001'),
  )
  assert.equal(readDurations({ heartbeatInterval: 59_999 }).heartbeatInterval, 59_999)
})

test('a duration that the application gives at run time is 0 to 2147483000 milliseconds', () => {
  for (const ms of [0, 0.5, longest]) checkDuration('sleep()', ms)
  const wrongOnes: [unknown, string][] = [
    [-1, '-1'],
    [longest + 1, String(longest + 1)],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
    ['5', '"5"'],
    [undefined, 'undefined'],
  ]
  for (const [ms, got] of wrongOnes) {
    assert.throws(
      () => {
        checkDuration('sleep()', ms)
      },
      { code: 'SIO_USAGE_DURATION', message: `expected sleep() to get 0 to 2147483000 ms, got ${got}` },
    )
  }
})

// The rest of the options, one wrong value each.
const wrongOptions: [Record<string, unknown>, string][] = [
  [{ resource: '/socket.io' }, 'resource to be a path without slashes at its ends, as socket.io, got "/socket.io"'],
  [
    { transports: [] },
    'transports to be a list of websocket, flashsocket, htmlfile, xhr-polling, jsonp-polling, got ""',
  ],
  [
    { transports: ['xhr'] },
    'transports to be a list of websocket, flashsocket, htmlfile, xhr-polling, jsonp-polling, got "xhr"',
  ],
  [{ authorize: true }, 'authorize to be a function, got true'],
  [{ session: {} }, 'session to be a function, got an object'],
  [{ errorHandler: 'log' }, 'errorHandler to be a function, got "log"'],
  [{ jsonParse: null }, 'jsonParse to be a function, got null'],
  [{ jsonStringify: 1 }, 'jsonStringify to be a function, got 1'],
  [{ serveClient: '' }, `serveClient to be a path, the name of a package ('socket.io-client'), or false, got ""`],
  [
    { serveClient: '/no/such/file.js' },
    'serveClient to be a readable file, or a package with a dist/socket.io.js, got "/no/such/file.js"',
  ],
]

for (const [options, told] of wrongOptions) {
  test(`the options ${JSON.stringify(options)} are told by name, with what was expected and what came`, () => {
    assert.throws(() => socketioMiddleware({}, options), wrong(`expected option ${told}`))
  })
}

test('an option that does not exist is told with those that do', () => {
  assert.throws(
    () => socketioMiddleware({}, { frobnicate: 5 } as Options),
    ({ code, message }: Error & { code: string }) =>
      code === 'SIO_USAGE_OPTION' &&
      message.startsWith(
        'expected option frobnicate to be one of ackTimeout, adapter, app, authorize, clock, closeTimeout, ',
      ) &&
      message.endsWith(', got 5'),
  )
})
