// Owns: the channel of refused requests: each refusal is published once, with its reason, on every wire and framework.
// Elsewhere: what the clients are told (handshake.test.ts, modern/, faces/).
import assert from 'node:assert/strict'
import http from 'node:http'
import { describe, test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import express from 'express'
import { channels, socketioMiddleware, type Options, type RefusedMessage } from '../../../lib/index.js'
import { watch } from '../../support/channel-watch.js'
import { ask, startWebSocket } from '../../support/engine-peer.js'
import { faces, listen, startServer } from '../../support/server.js'

const evil = { headers: { origin: 'https://evil.example' } }
const v09 = '/socket.io/1/'
const polling = '/socket.io/?EIO=4&transport=polling'

type Row = readonly [
  why: string,
  options: Options,
  path: string,
  asked: Parameters<typeof ask>[1],
  told: Omit<RefusedMessage, 'request'>,
]

const told = (code: RefusedMessage['code'], status: number, reason: string) => ({
  code,
  status,
  reason,
  isUpgrade: false,
})
const thrower = (): never => {
  throw new Error('the database is down')
}

const rows: readonly Row[] = [
  ['another origin, 0.9', {}, v09, evil, told('SIO_HANDSHAKE_ORIGIN', 403, 'handshake bad origin')],
  ['another origin, 4', {}, polling, evil, told('SIO_HANDSHAKE_ORIGIN', 403, 'handshake bad origin')],
  ['another origin, by JSONP', {}, `${v09}?jsonp=1`, evil, told('SIO_HANDSHAKE_ORIGIN', 403, 'handshake bad origin')],
  ['origins() throws', { origins: thrower }, v09, evil, told('SIO_HANDSHAKE_ORIGIN', 403, 'handshake bad origin')],
  [
    'authorize, 0.9',
    { authorize: () => false },
    v09,
    {},
    told('SIO_HANDSHAKE_UNAUTHORIZED', 403, 'handshake unauthorized'),
  ],
  [
    'authorize, 4',
    { authorize: () => false },
    polling,
    {},
    told('SIO_HANDSHAKE_UNAUTHORIZED', 403, 'handshake unauthorized'),
  ],
  ['authorize throws, 0.9', { authorize: thrower }, v09, {}, told('SIO_HANDSHAKE_FAILED', 500, 'handshake error')],
  ['authorize throws, 4', { authorize: thrower }, polling, {}, told('SIO_HANDSHAKE_FAILED', 500, 'handshake error')],
  ['session throws', { session: thrower }, polling, {}, told('SIO_HANDSHAKE_FAILED', 500, 'handshake error')],
  [
    'generateId throws',
    { engine: { generateId: thrower } },
    polling,
    {},
    told('SIO_HANDSHAKE_FAILED', 400, 'Bad request'),
  ],
  ['another version', {}, '/socket.io/2/', {}, told('SIO_HANDSHAKE_VERSION', 500, 'Protocol version not supported.')],
  [
    'another revision',
    {},
    '/socket.io/?EIO=7&transport=polling',
    {},
    told('SIO_HANDSHAKE_VERSION', 400, 'Unsupported protocol version'),
  ],
  ['JSONP is off', { jsonp: false }, `${v09}?jsonp=1`, {}, told('SIO_HANDSHAKE_REQUEST', 400, 'JSONP is switched off')],
  ['another method', {}, v09, { method: 'DELETE' }, told('SIO_HANDSHAKE_REQUEST', 405, 'expected GET or POST')],
  ['no upgrade', {}, `${v09}websocket/123`, {}, told('SIO_HANDSHAKE_REQUEST', 400, 'expected an upgrade to websocket')],
  [
    'version 2 is off',
    { engine: { allowEIO3: false } },
    '/socket.io/?EIO=3&transport=polling',
    {},
    told('SIO_HANDSHAKE_REQUEST', 400, "engine.io's error 5"),
  ],
  [
    'an unknown session of engine.io',
    {},
    `${polling}&sid=nobody`,
    {},
    told('SIO_HANDSHAKE_REQUEST', 400, "engine.io's error 1"),
  ],
]

function collect(t: TestContext): RefusedMessage[] {
  const seen: RefusedMessage[] = []
  watch(t, channels.handshakeRefused, (message) => seen.push(message))
  return seen
}

for (const face of faces) {
  describe(`on ${face}`, () => {
    for (const [why, options, path, asked, expected] of rows) {
      test(`a request that is refused is published once: ${why}`, async (t) => {
        const { url } = await startServer(t, {}, options, face)
        const seen = collect(t)
        await ask(url + path, asked)
        assert.deepEqual(
          seen.map((message) => ({ ...message })),
          [expected],
        )
        assert.equal(seen[0]?.request.url, path)
      })
    }

    test('an upgrade that is refused says that it is one', async (t) => {
      const { url } = await startServer(t, {}, { authorize: () => false }, face)
      const seen = collect(t)
      for (const [at, code] of [
        ['/socket.io/?EIO=4&transport=websocket', 'SIO_HANDSHAKE_UNAUTHORIZED'],
        ['/socket.io/?EIO=3&transport=websocket', 'SIO_HANDSHAKE_UNAUTHORIZED'],
        ['/socket.io/1/flashsocket/123', 'SIO_HANDSHAKE_REQUEST'],
      ] as const) {
        await startWebSocket(t, url + at).refused
        assert.deepEqual([seen.at(-1)?.isUpgrade, seen.at(-1)?.code], [true, code])
      }
      assert.equal(seen.length, 3)
      assert.ok(seen.every(({ request }) => request instanceof http.IncomingMessage))
    })

    test('a server that is full, or closing, says so', async (t) => {
      const { url, io } = await startServer(t, {}, { maxSockets: 1, maxHandshakes: 1 }, face)
      const seen = collect(t)
      assert.equal((await ask(url + v09)).status, 200)
      assert.equal((await ask(url + v09)).status, 503)
      assert.equal((await ask(url + polling)).status, 503)
      assert.deepEqual(
        seen.map((message) => ({ ...message })),
        [told('SIO_HANDSHAKE_BUSY', 503, 'handshake error'), told('SIO_HANDSHAKE_BUSY', 503, 'handshake error')],
      )
      await io.close()
      assert.equal((await ask(url + v09)).status, 503)
      assert.equal((await ask(url + polling)).status, 503)
      assert.equal(seen.length, 4)
    })
  })
}

test('what is let in is not published, nor what another library or the app itself refuses', async (t) => {
  const seen = collect(t)
  const app = express()
  app.use((request, response, next) => {
    if (request.headers.authorization === undefined) next()
    else response.sendStatus(401)
  })
  const io = socketioMiddleware({})
  const { url } = await listen(t, io, http.createServer(app.use(io)))
  assert.equal((await ask(url + v09)).status, 200)
  assert.equal((await ask(url + polling)).status, 200)
  assert.equal((await ask(url + v09, { headers: { authorization: 'none' } })).status, 401)
  assert.equal((await ask(`${url}/elsewhere`)).status, 404)
  assert.deepEqual(seen, [])
})

test('the request is the one that the app saw, and is not shown with the message', async (t) => {
  const requests: unknown[] = []
  const seen = collect(t)
  const app = express()
  app.use((request, _response, next) => {
    requests.push(request)
    next()
  })
  const io = socketioMiddleware({}, { authorize: () => false })
  const { url } = await listen(t, io, http.createServer(app.use(io)))
  await ask(`${url}${v09}?password=hunter2`, { headers: { cookie: 'session=hunter2' } })
  const [message] = seen
  assert.equal(message?.request, requests[0])
  for (const text of [JSON.stringify(message), inspect(message, { depth: 9 }), inspect({ ...message })]) {
    assert.doesNotMatch(text, /hunter2/)
  }
})

test('the last place, taken while an id was being made, is published', async (t) => {
  let made = 0
  let go = (): void => {}
  const ready = new Promise<void>((resolve) => (go = resolve))
  const { url } = await startServer(
    t,
    {},
    {
      maxSockets: 1,
      engine: {
        transports: ['websocket'],
        async generateId() {
          const number = ++made
          if (number === 2) go()
          await ready
          return `an id of 20 characters ${number}`
        },
      },
    },
  )
  const seen = collect(t)
  const peers = [1, 2].map(() => startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`))
  await Promise.race(peers.map(({ closed }) => closed))
  assert.deepEqual(
    seen.map(({ code, isUpgrade }) => [code, isUpgrade]),
    [['SIO_HANDSHAKE_BUSY', true]],
  )
})
