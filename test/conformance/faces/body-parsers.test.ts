// Owns: what others do to bodies: parsers in front of us that have read a POST, compression of our answers.
// Elsewhere: our own limits on bodies.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import { bodyParser } from '@koa/bodyparser'
import compression from 'compression'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Options } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { listen } from '../../support/server.js'
import { express4 } from './apps.js'
import { ask, exchangeBytes, shakeHands, type Answer } from './peer.js'

// What a parser or a compressor might spoil: characters of two and four bytes, form syntax, colons, newlines.
const text = 'é😀 a=1&b=2+3%20:\n"\\"'

type Parsers = readonly [name: string, install: (app: express.Express) => unknown]
const json = express.json
const expressParsers: readonly Parsers[] = [
  ['no parser', (app) => app],
  ['express.json', (app) => app.use(json())],
  ['express.json and express.urlencoded', (app) => app.use(json(), express.urlencoded({ extended: true }))],
  ['express.urlencoded, not extended', (app) => app.use(express.urlencoded({ extended: false }))],
  ['express.text', (app) => app.use(express.text())],
  ['express.text of everything', (app) => app.use(express.text({ type: '*/*' }))],
  ['express.raw of everything', (app) => app.use(express.raw({ type: '*/*' }))],
  [
    'all four',
    (app) => app.use(json(), express.urlencoded({ extended: true }), express.text({ type: '*/*' }), express.raw()),
  ],
]

class Heard extends BaseNamespace {
  on_say(value: unknown) {
    return value
  }
}

async function startExpress(
  t: TestContext,
  install: (app: express.Express) => unknown,
  options: Options = {},
  make: typeof express = express,
) {
  const io = socketioMiddleware({ '': Heard }, options)
  const app = make()
  install(app)
  return listen(t, io, http.createServer(app.use(io)))
}

async function startKoa(t: TestContext, install: (app: Koa) => unknown) {
  const io = socketioMiddleware({ '': Heard })
  const app = new Koa()
  install(app)
  return listen(t, io, http.createServer(app.use(io).callback() as http.RequestListener))
}

const packet = (id: number): string => `5:${id}+::${JSON.stringify({ name: 'say', args: [text] })}`
const framed = (packets: readonly string[]): string =>
  packets.map((each) => `\ufffd${each.length}\ufffd${each}`).join('')
const acks = framed([1, 2].map((id) => `6:::${id}+${JSON.stringify([text])}`))

async function postsXhr(url: string): Promise<void> {
  const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
  assert.equal((await ask(transport)).body, '1::')
  const posted = await ask(transport, { body: framed([packet(1), packet(2)]) })
  assert.deepEqual([posted.status, posted.body], [200, '1'])
  assert.equal((await ask(transport)).body, acks)
}

async function postsJsonp(url: string): Promise<void> {
  const transport = `${url}/socket.io/1/jsonp-polling/${await shakeHands(url)}?t=1&i=0`
  const headers = { Referer: `${url}/page` }
  assert.equal((await ask(transport, { headers })).body, 'io.j[0]("1::");')
  const body = new URLSearchParams({ d: JSON.stringify(framed([packet(1), packet(2)])) }).toString()
  const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
  const posted = await ask(transport, { body, headers: form })
  assert.deepEqual([posted.status, posted.body], [200, '1'])
  assert.equal((await ask(transport, { headers })).body, `io.j[0](${JSON.stringify(acks)});`)
}

for (const [name, install] of expressParsers) {
  test(`POSTs of xhr-polling get through ${name}`, async (t) => {
    await postsXhr((await startExpress(t, install)).url)
  })
  test(`POSTs of jsonp-polling get through ${name}`, async (t) => {
    await postsJsonp((await startExpress(t, install)).url)
  })
}

const installOfExpress4 = (app: express.Express) => app.use(express4.json(), express4.urlencoded({ extended: true }))

test('POSTs get through the parsers of Express 4', async (t) => {
  const { url } = await startExpress(t, installOfExpress4, {}, express4)
  await postsXhr(url)
  await postsJsonp(url)
})

for (const enableTypes of [['json', 'form'], ['json', 'form', 'text'], ['text']] as const) {
  const name = `@koa/bodyparser of ${enableTypes.join(', ')}`
  test(`POSTs of xhr-polling get through ${name}`, async (t) => {
    await postsXhr((await startKoa(t, (app) => app.use(bodyParser({ enableTypes: [...enableTypes] })))).url)
  })
  test(`POSTs of jsonp-polling get through ${name}`, async (t) => {
    await postsJsonp((await startKoa(t, (app) => app.use(bodyParser({ enableTypes: [...enableTypes] })))).url)
  })
}

test('a body that a parser has read counts against maxHttpBufferSize, too', async (t) => {
  for (const [, install] of expressParsers.slice(5, 7)) {
    const { url } = await startExpress(t, install, { maxHttpBufferSize: 100 })
    const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
    assert.equal((await ask(transport, { body: `3:::${'x'.repeat(96)}` })).status, 200)
    assert.equal((await ask(transport, { body: `3:::${'x'.repeat(97)}` })).status, 413)
  }
})

test('a body that a parser has read and not kept is told as a mistake of the app', async (t) => {
  t.mock.method(console, 'error', () => {})
  const { url } = await startExpress(t, (app) => app.use(express.urlencoded({ type: '*/*', extended: false })))
  const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
  const { status, body } = await ask(transport, { body: '3:::x' })
  assert.equal(status, 500)
  assert.match(body, /expected an unread body, got one that a body parser read/)
})

test('an empty POST is answered, with and without a parser', async (t) => {
  for (const [name, install] of expressParsers) {
    const { url } = await startExpress(t, install)
    const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
    const { status, body } = await ask(transport, { method: 'POST', headers: { 'Content-Length': '0' } })
    assert.deepEqual([name, status, body], [name, 200, '1'])
  }
})

test('compression may compress what a poll is answered with', async (t) => {
  const { url } = await startExpress(t, (app) => app.use(compression({ threshold: 0 })))
  const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
  assert.equal((await ask(transport)).body, '1::')
  await ask(transport, { body: packet(1) })
  const answer = await fetch(transport, { headers: { 'Accept-Encoding': 'gzip' } })
  assert.equal(answer.headers.get('content-encoding'), 'gzip')
  assert.equal(answer.headers.get('vary'), 'Origin, Accept-Encoding')
  assert.equal(await answer.text(), `6:::1+${JSON.stringify([text])}`)
})

test('compression does not hold an htmlfile page back', async (t) => {
  const { port, url } = await startExpress(t, (app) => app.use(compression({ threshold: 0 })))
  const path = `/socket.io/1/htmlfile/${await shakeHands(url)}`
  const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n`
  const page = await exchangeBytes(port, head, (received) => received.includes('<script>_("1::");</script>'))
  assert.match(page, /\r\nCache-Control: [^\r]*no-transform/)
  assert.doesNotMatch(page, /Content-Encoding/i)
})

test('a poll that is answered after compression is known to be delivered', async (t) => {
  const { url } = await startExpress(t, (app) => app.use(compression({ threshold: 0 })))
  const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
  const answers: Answer[] = [await ask(transport, { headers: { 'Accept-Encoding': 'identity' } })]
  for (let id = 1; id <= 3; id++) {
    await ask(transport, { body: `5:${id}+::{"name":"say","args":[${id}]}` })
    answers.push(await ask(transport, { headers: { 'Accept-Encoding': 'identity' } }))
  }
  assert.deepEqual(
    answers.map(({ body }) => body),
    ['1::', '6:::1+[1]', '6:::2+[2]', '6:::3+[3]'],
  )
})

// A rejection that nobody handles would end the process.
const nested = `{"d":${'['.repeat(20_000)}${']'.repeat(20_000)}}`
for (const [what, body] of [
  ['a list', '[1]'],
  ['null', 'null'],
  ['a number', '1'],
  ['an object without a payload', '{"a":1}'],
  ['a payload that is a list of lists', nested],
] as const) {
  test(`${what} that a parser made of a newer client's POST is no packet, and ends its session alone`, async (t) => {
    const { url } = await startExpress(t, (app) => app.use(json({ strict: false, limit: '1mb' })))
    const peer = await openPolling(url)
    const { status } = await peer.post(body, { 'Content-Type': 'application/json' })
    assert.equal(status, 200)
    assert.equal((await peer.poll()).status, 400)
    assert.equal((await openPolling(url)).opening.status, 200)
  })
}
