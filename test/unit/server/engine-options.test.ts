// Owns: the option `engine`: which names and values it takes.
// Elsewhere: what they do (test/conformance/modern/).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Server as EngineServer } from 'engine.io'
import { engineOptionNames, readEngine } from '../../../lib/server/engine-options.js'
import { foreignEngineOptions } from '../../../lib/server/foreign-options.js'
import { socketioMiddleware, type Options } from '../../../lib/index.js'

function told(engine: unknown): string {
  try {
    socketioMiddleware({}, { engine } as Options)
  } catch (error) {
    assert.equal(Reflect.get(error as Error, 'code'), 'SIO_USAGE_OPTION')
    return (error as Error).message
  }
  return assert.fail('expected it to be refused')
}

const transports = 'a list of polling, websocket'
const boolean = 'true or false'
const duration = 'an integer of milliseconds from 1 to 2147483000'
const switchable = 'true, false or an object'

const wrong: [engine: unknown, name: string, expected: string, got: string][] = [
  [5, '', 'an object', '5'],
  [null, '', 'an object', 'null'],
  [true, '', 'an object', 'true'],
  ['polling', '', 'an object', '"polling"'],
  [[], '', 'an object', 'an array'],
  [() => {}, '', 'an object', 'a function'],
  [{ transports: [] }, '.transports', transports, '""'],
  [{ transports: ['websocket', 'websocket'] }, '.transports', transports, '"websocket, websocket"'],
  [{ transports: ['xhr-polling'] }, '.transports', transports, '"xhr-polling"'],
  [{ transports: ['webtransport'] }, '.transports', transports, '"webtransport"'],
  [{ transports: 'polling' }, '.transports', transports, '"polling"'],
  [{ transports: null }, '.transports', transports, 'null'],
  [{ allowUpgrades: 0 }, '.allowUpgrades', boolean, '0'],
  [{ allowUpgrades: 'false' }, '.allowUpgrades', boolean, '"false"'],
  [{ allowEIO3: null }, '.allowEIO3', boolean, 'null'],
  [{ upgradeTimeout: 0 }, '.upgradeTimeout', duration, '0'],
  [{ upgradeTimeout: -5 }, '.upgradeTimeout', duration, '-5'],
  [{ upgradeTimeout: 1.5 }, '.upgradeTimeout', duration, '1.5'],
  [{ upgradeTimeout: Infinity }, '.upgradeTimeout', duration, 'Infinity'],
  [{ upgradeTimeout: NaN }, '.upgradeTimeout', duration, 'NaN'],
  [{ upgradeTimeout: '10s' }, '.upgradeTimeout', duration, '"10s"'],
  [{ upgradeTimeout: 2_147_483_648 }, '.upgradeTimeout', duration, '2147483648'],
  [{ generateId: 'id' }, '.generateId', 'a function', '"id"'],
  [{ perMessageDeflate: 1 }, '.perMessageDeflate', switchable, '1'],
  [{ perMessageDeflate: null }, '.perMessageDeflate', switchable, 'null'],
  [{ httpCompression: 'gzip' }, '.httpCompression', switchable, '"gzip"'],
  [{ httpCompression: [] }, '.httpCompression', switchable, '""'],
  [{ wsEngine: 'ws' }, '.wsEngine', "a class like ws's WebSocketServer", '"ws"'],
  [{ wsEngine: {} }, '.wsEngine', "a class like ws's WebSocketServer", 'an object'],
]

for (const [engine, name, expected, got] of wrong) {
  test(`engine${name} cannot be ${got}`, () => {
    assert.equal(told(engine), `expected option engine${name} to be ${expected}, got ${got}`)
  })
}

for (const [name, ours] of [
  ['transport', /did you mean transports\?/],
  ['pingIntervall', /\bpingInterval\b.*beside engine/],
  ['pingInterval', /the option pingInterval, beside engine/],
  ['pingTimeout', /the option pingTimeout, beside engine/],
  ['maxHttpBufferSize', /the option maxHttpBufferSize, beside engine/],
  ['cors', /\borigins\b/],
  ['cookie', /there is none/],
  ['allowRequest', /\bauthorize\b/],
  ['path', /\bresource\b/],
  ['initialPacket', /\binitialize\(\)/],
  ['destroyUpgrade', /leave it out/],
  ['allowEio3', /did you mean allowEIO3\?/],
] as const) {
  test(`engine.${name} is refused, and the right name is told`, () => {
    // A value that would do, were it the right name.
    const message = told({ [name]: true })
    assert.ok(message.startsWith(`option "engine.${name}" does not exist: `), message)
    assert.match(message, ours)
  })
}

test('an unknown name is told with those that there are, the one that is like it first', () => {
  assert.match(
    told({ maxUpgradeTime: 1 }),
    /^expected option engine\.maxUpgradeTime to be one of upgradeTimeout, allowEIO3, /,
  )
})

test('an unknown name that is near to nothing is told with those that there are', () => {
  assert.equal(
    told({ frobnicate: 1 }),
    'expected option engine.frobnicate to be one of allowEIO3, allowUpgrades, generateId, httpCompression, ' +
      'perMessageDeflate, transports, upgradeTimeout, wsEngine, got 1',
  )
})

test('what may be set is passed on, and what is undefined replaces no default', () => {
  const generateId = (): string => 'x'
  assert.deepEqual(readEngine({ transports: ['polling'], upgradeTimeout: 1, generateId, allowEIO3: undefined }), {
    transports: ['polling'],
    upgradeTimeout: 1,
    generateId,
  })
  assert.deepEqual(readEngine(), {})
  assert.deepEqual(readEngine({ perMessageDeflate: { threshold: 1 }, httpCompression: false }), {
    perMessageDeflate: { threshold: 1 },
    httpCompression: false,
  })
})

test('every option that engine.io has by itself may be set here, or is refused with ours', (t) => {
  const engine = new EngineServer({ cookie: true })
  t.after(() => engine.close())
  const names = Object.keys(engine.opts)
  assert.ok(names.includes('upgradeTimeout'))
  for (const name of names) {
    assert.ok(engineOptionNames.includes(name) || Object.hasOwn(foreignEngineOptions, name), name)
  }
})
