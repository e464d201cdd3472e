// Owns: the lines that say why requests were refused, and which option would let them in.
// Elsewhere: what their clients are told (../faces/handshakes.test.ts, ../faces/origins.test.ts), how often (unit/support/log.test.ts).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { BaseNamespace, type Options } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { startServer } from '../../support/server.js'
import { ask, askUpgrade } from '../faces/peer.js'

function heard(t: TestContext): () => string[] {
  t.mock.method(console, 'error', () => {})
  const { mock } = t.mock.method(console, 'warn', () => {})
  return () => mock.calls.map(({ arguments: [line] }) => String(line)).filter((line) => line.includes('refused'))
}

// A line is written once a minute for an origin: each test has one of its own.
let origins = 0
const newOrigin = (): string => `https://page-${++origins}.example`

interface Row {
  readonly what: string
  readonly path: string
  readonly options?: Options
  readonly status: number
  readonly line: RegExp
  readonly isUpgrade?: boolean
}

const open: Options = { origins: '*' }

const rows: readonly Row[] = [
  {
    what: 'an origin',
    path: '/socket.io/1/',
    status: 403,
    line: /handshake of 0\.9.*neither in the option origins nor/,
  },
  {
    what: 'an origin of a newer client',
    path: '/socket.io/?EIO=4&transport=polling',
    status: 403,
    line: /option origins/,
  },
  {
    what: 'an upgrade',
    path: '/socket.io/?EIO=4&transport=websocket',
    status: 403,
    line: /an upgrade.*option origins/,
    isUpgrade: true,
  },
  {
    what: 'an origin that a function refuses',
    path: '/socket.io/1/',
    options: { origins: () => false },
    status: 403,
    line: /function origins did not answer true/,
  },
  {
    what: 'a handshake',
    path: '/socket.io/1/',
    options: { ...open, authorize: () => false },
    status: 403,
    line: /option authorize did not answer true/,
  },
  {
    what: 'an upgrade that authorize refuses',
    path: '/socket.io/?EIO=4&transport=websocket',
    options: { ...open, authorize: () => false },
    status: 403,
    line: /an upgrade.*option authorize/,
    isUpgrade: true,
  },
  {
    what: 'a transport that is not offered',
    path: '/socket.io/1/xhr-polling/abc',
    options: { ...open, transports: ['websocket'] },
    status: 400,
    line: /option transports/,
  },
  {
    what: 'a transport of engine.io that is not offered',
    path: '/socket.io/?EIO=4&transport=polling',
    options: { ...open, engine: { transports: ['websocket'] } },
    status: 400,
    line: /option engine\.transports/,
  },
  {
    what: 'version 2',
    path: '/socket.io/?EIO=3&transport=polling',
    options: { ...open, engine: { allowEIO3: false } },
    status: 400,
    line: /option engine\.allowEIO3/,
  },
  {
    what: 'JSONP',
    path: '/socket.io/1/?jsonp=0',
    options: { ...open, jsonp: false },
    status: 400,
    line: /option jsonp is false/,
  },
  { what: 'a version', path: '/socket.io/7/', options: open, status: 500, line: /version of the protocol/ },
  {
    what: 'a websocket that no proxy has passed on',
    path: '/socket.io/1/websocket/abc',
    options: open,
    status: 400,
    line: /without an upgrade/,
  },
]

for (const { what, path, options = {}, status, line, isUpgrade } of rows) {
  test(`one line says that ${what} was refused, and why`, async (t) => {
    const lines = heard(t)
    const { url } = await startServer(t, {}, options)
    const Origin = newOrigin()
    for (let times = 0; times < 3; times++) {
      const asked = isUpgrade ? askUpgrade(t, url + path, { Origin }) : ask(url + path, { headers: { Origin } })
      assert.equal((await asked).status, status)
    }
    assert.equal(lines().length, 1, lines().join('\n'))
    assert.match(lines()[0] ?? '', line)
    assert.match(lines()[0] ?? '', new RegExp(`^socketio-middleware: .*"${Origin}"`))
    assert.doesNotMatch(lines()[0] ?? '', /abc/)
    // Another page is another matter.
    const other = { Origin: newOrigin() }
    await (isUpgrade ? askUpgrade(t, url + path, other) : ask(url + path, { headers: other }))
    assert.equal(lines().length, 2)
  })
}

for (const [name, options, paths] of [
  ['maxSockets', { maxSockets: 1 }, ['/socket.io/1/']],
  ['maxHandshakes', { maxHandshakes: 1 }, ['/socket.io/?EIO=4&transport=polling']],
  ['maxSocketsPerAddress', { maxSocketsPerAddress: 1 }, ['/socket.io/1/']],
  ['maxHandshakesPerAddress', { maxHandshakesPerAddress: 1 }, ['/socket.io/1/']],
] as const) {
  test(`the line names the bound ${name}`, async (t) => {
    const lines = heard(t)
    const { url } = await startServer(t, {}, { ...open, ...options })
    const headers = { Origin: newOrigin() }
    assert.equal((await ask(url + paths[0], { headers })).status, 200)
    assert.equal((await ask(url + paths[0], { headers })).status, 503)
    assert.match(lines().join('\n'), new RegExp(`bound ${name} is reached$`))
  })
}

test('the line of a page that a proxy keeps out names what the proxy has made of Host', async (t) => {
  const lines = heard(t)
  const { url } = await startServer(t, {})
  const Origin = newOrigin()
  await ask(`${url}/socket.io/1/`, { headers: { Origin, Host: 'backend:3000' } })
  assert.match(lines()[0] ?? '', /"backend:3000" by Host/)
})

test('JSONP that shows no page is told apart', async (t) => {
  const lines = heard(t)
  const { url } = await startServer(t, {})
  const { status, body } = await ask(`${url}/socket.io/1/?jsonp=0`)
  assert.deepEqual([status, body], [200, 'io.j[0](new Error("handshake bad origin"));'])
  assert.match(lines()[0] ?? '', /without an Origin.*JSONP.*origins: '\*'/)
})

test('what a client writes is quoted in the line', async (t) => {
  const lines = heard(t)
  const { url } = await startServer(t, {})
  await ask(`${url}/socket.io/1/`, { headers: { Origin: `"\tevil ${'x'.repeat(500)}` } })
  assert.equal(lines().length, 1)
  assert.ok((lines()[0] ?? '').length < 500)
  assert.doesNotMatch(lines()[0] ?? '', /\t/)
})

test('one line a minute says that io.use() has refused a connect, and what it said', async (t) => {
  const lines = heard(t)
  const { io, url } = await startServer(t, { '/chat': BaseNamespace })
  io.use((_socket, next) => {
    next(new Error('not you'))
  })
  const Origin = url
  for (let times = 0; times < 2; times++) {
    const peer = await openPolling(url, 4, { headers: { Origin } })
    await peer.post('40/chat,', { Origin })
    assert.match((await peer.poll({ Origin })).body, /^44\/chat,\{"message":"not you"/)
  }
  assert.equal(lines().length, 1)
  assert.match(
    lines()[0] ?? '',
    /a connect to "\/chat" from "http:.*" was refused by a function of io\.use\(\): "not you"/,
  )
})
