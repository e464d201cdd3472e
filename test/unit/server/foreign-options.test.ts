// Owns: what is said of options that others have, or that are mistyped: ours is named.
// Elsewhere: wrong values (settings.test.ts), options of engine.io (engine-options.test.ts).
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { Server } from 'socket.io'
import { engineOptionNames } from '../../../lib/server/engine-options.js'
import { foreignEngineOptions, foreignOptions } from '../../../lib/server/foreign-options.js'
import { optionNames, readSettings } from '../../../lib/server/settings.js'

function told(options: object): string {
  try {
    readSettings(options)
  } catch (error) {
    assert.equal(Reflect.get(error as Error, 'code'), 'SIO_USAGE_OPTION')
    return (error as Error).message
  }
  return assert.fail(`expected ${JSON.stringify(options)} to be refused`)
}

// Names of theirs, with what of ours has to be in the message.
const theirs: [name: string, ours: RegExp][] = [
  ['cors', /\borigins: '/],
  ['path', /\bresource: 'socket\.io'/],
  ['cookie', /there is none/],
  ['connectTimeout', /\bhandshakeTimeout\b/],
  ['parser', /\bjsonParse\b.*0\.9/],
  ['connectionStateRecovery', /use recovery: true/],
  ['allowRequest', /\bauthorize\b/],
  ['allowEIO3', /engine: \{ allowEIO3 \}/],
  ['allowUpgrades', /engine: \{ allowUpgrades \}/],
  ['upgradeTimeout', /engine: \{ upgradeTimeout \}/],
  ['perMessageDeflate', /engine: \{ perMessageDeflate \}/],
  ['httpCompression', /engine: \{ httpCompression \}/],
  ['wsEngine', /engine: \{ wsEngine \}/],
  ['cleanupEmptyChildNamespaces', /leave it out/],
  ['destroyUpgrade', /leave it out/],
  ['destroyUpgradeTimeout', /leave it out/],
  ['addTrailingSlash', /leave it out/],
  ['initialPacket', /\binitialize\(\)/],
  ['authorization', /\bauthorize\b/],
  ['store', /\badapter\b/],
  ['heartbeat interval', /\bheartbeatInterval: 25_000/],
  ['heartbeat timeout', /\bheartbeatTimeout: 60_000/],
  ['close timeout', /\bcloseTimeout: 60_000/],
  ['polling duration', /\bpollingDuration: 20_000/],
  ['destroy buffer size', /\bmaxHttpBufferSize\b/],
  ['browser client', /\bserveClient\b/],
  ['browser client gzip', /\bserveClient\b/],
  ['log level', /\bDEBUG=/],
  ['flash policy server', /no Flash/],
  ['blacklist', /\bgetInitialAcl\(\)/],
  ['heartbeat_interval', /\bheartbeatInterval: 25_000/],
  ['close_timeout', /\bcloseTimeout: 60_000/],
  ['error_handler', /\berrorHandler\b/],
  ['json_loads', /\bjsonParse\b/],
  ['policy_server', /no Flash/],
]

for (const [name, ours] of theirs) {
  test(`the option "${name}" of others is answered with ours, and not with a list`, () => {
    const message = told({ [name]: true })
    assert.match(message, ours)
    assert.ok(message.startsWith(`option "${name}" does not exist: `), message)
    assert.ok(message.length < 200, message)
  })
}

const mistyped: [name: string, ours: string][] = [
  ['heartbeatinterval', 'heartbeatInterval'],
  ['heartBeatInterval', 'heartbeatInterval'],
  ['pingIntervall', 'pingInterval'],
  ['pingInetrval', 'pingInterval'],
  ['ping_timeout', 'pingTimeout'],
  ['transport', 'transports'],
  ['origin s', 'origins'],
  ['authorise', 'authorize'],
  ['auth', 'authorize'],
  ['sessions', 'session'],
  ['maxSocket', 'maxSockets'],
  ['maxEventsNameLength', 'maxEventNameLength'],
  ['clok', 'clock'],
  ['ratelimit', 'rateLimit'],
  ['serverClient', 'serveClient'],
]

for (const [name, ours] of mistyped) {
  test(`the mistyped option ${name} is answered with ${ours}`, () => {
    assert.equal(told({ [name]: 1 }), `option "${name}" does not exist: did you mean ${ours}?`)
  })
}

test('a mistyped option of others is answered with ours as well', () => {
  assert.equal(
    told({ conectTimeout: 1 }),
    'option "conectTimeout" does not exist: did you mean connectTimeout? use handshakeTimeout, in milliseconds',
  )
})

test('a mistyped option of a rate limit is answered with the right one', () => {
  assert.equal(
    told({ rateLimit: { event: 5, per: 1000 } }),
    'option "rateLimit.event" does not exist: did you mean events?',
  )
})

test('the value of an unknown option is not quoted where it may be a secret', () => {
  for (const name of ['secret', 'password', 'handshakeSecrets', 'redis', 'cors']) {
    assert.doesNotMatch(told({ [name]: 'hunter2' }), /hunter2/)
  }
  assert.match(told({ secret: 'hunter2' }), /, got a string$/)
})

test('a long name is quoted in part', () => {
  assert.ok(told({ [`pingInterval${'x'.repeat(5000)}`]: 1 }).length < 2000)
})

test('none of the names that others have is one of ours', () => {
  for (const name of Object.keys(foreignOptions)) assert.ok(!optionNames.includes(name), name)
  for (const name of Object.keys(foreignEngineOptions)) assert.ok(!engineOptionNames.includes(name), name)
})

test('every option that socket.io has by itself is one of ours, or is answered with ours', (t) => {
  const io = new Server()
  t.after(() => io.close())
  io.attach(createServer())
  const names = [...Object.keys(Reflect.get(io, 'opts') as object), ...Object.keys(io.engine.opts)]
  assert.ok(names.includes('cleanupEmptyChildNamespaces') && names.includes('upgradeTimeout'), names.join())
  for (const name of names) assert.ok(optionNames.includes(name) || Object.hasOwn(foreignOptions, name), name)
})

test('every setting that socket.io 0.9 has is answered with ours', () => {
  // From the table in docs/socket.io-0.9.md, whose first column is all of them.
  const document = readFileSync(join(import.meta.dirname, '../../../docs/socket.io-0.9.md'), 'utf8')
  const table = document.slice(document.indexOf('| `io.set(…)`'))
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n').slice(2)
  const names = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? ''),
  )
  assert.ok(names.length > 25, names.join())
  for (const name of names) assert.ok(optionNames.includes(name) || Object.hasOwn(foreignOptions, name), name)
})
