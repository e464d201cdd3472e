// Owns: that what Express and its router put on requests is there before them, and changes nothing for them.
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import cookieParser from 'cookie-parser'
import express5 from 'express'
import session from 'express-session'
import { Foreseen } from '../../../lib/http/shortcuts.js'
import { express4 } from '../../conformance/faces/apps.js'

type App = (request: IncomingMessage, response: ServerResponse) => void

async function serve(t: TestContext, app: App): Promise<string> {
  const server = http.createServer(app).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/socket.io/1/?t=1`
}

/** Serves an app behind what prepares for it: notes what each request and its response got that was not foreseen. */
async function serveForeseen(t: TestContext, foreseen: Foreseen, app: App): Promise<{ url: string; seen: string[][] }> {
  const seen: string[][] = []
  const url = await serve(t, (request, response) => {
    foreseen.prepare(request, response)
    const before = new Set([...Reflect.ownKeys(request), ...Reflect.ownKeys(response)])
    response.once('close', () => {
      const after = [...Reflect.ownKeys(request), ...Reflect.ownKeys(response)]
      seen.push(after.filter((key) => !before.has(key)).map(String))
    })
    app(request, response)
  })
  return { url, seen }
}

// Express 4 has `query` on the request itself, where 5 has it on the prototype: room for it would hide that.
for (const [name, express, added] of [
  ['Express 4', express4, [['query'], ['query'], ['query']]],
  ['Express 5', express5, [['Symbol(router.tracing.matchedRoute)'], [], []]],
] as const) {
  test(`${name} adds nothing unforeseen to a request or its response after the first`, async (t) => {
    const foreseen = new Foreseen()
    const app = express()
    app.use((_request, _response, next) => {
      next()
    })
    app.use((request, response) => {
      foreseen.learn(request)
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end(`${request.originalUrl} ${request.baseUrl}`)
    })
    const { url, seen } = await serveForeseen(t, foreseen, app)
    for (let n = 0; n < 3; n++) {
      const answer = await fetch(url, { headers: { Connection: 'close' } })
      assert.equal(await answer.text(), '/socket.io/1/?t=1 ')
    }
    assert.deepEqual(seen, added)
  })
}

test('sessions of Express add nothing unforeseen after the first, and work as before', async (t) => {
  const foreseen = new Foreseen()
  const app = express5()
  app.use(cookieParser(), session({ secret: 'test', resave: false, saveUninitialized: true }))
  app.use((request, response) => {
    foreseen.learn(request)
    const { session: own, cookies } = request as unknown as { session: { visits?: number }; cookies: object }
    own.visits = (own.visits ?? 0) + 1
    response.writeHead(200, { 'Content-Type': 'text/plain' }).end(`${own.visits} ${Object.keys(cookies).length}`)
  })
  const { url, seen } = await serveForeseen(t, foreseen, app)
  let Cookie = ''
  for (const expected of ['1 0', '2 1', '3 1']) {
    const answer = await fetch(url, { headers: { Connection: 'close', ...(Cookie !== '' && { Cookie }) } })
    assert.equal(await answer.text(), expected)
    Cookie ||= answer.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  }
  const [, second, third] = seen
  assert.deepEqual([second, third], [[], []])
})

test('what an application has put on the prototype of its responses is not hidden', async (t) => {
  const foreseen = new Foreseen()
  const app = express5()
  app.use(session({ secret: 'test', resave: false, saveUninitialized: true }))
  app.use((request, response) => {
    foreseen.learn(request)
    response.end('done')
  })
  const url = await serve(t, (request, response) => {
    foreseen.prepare(request, response)
    app(request, response)
  })
  assert.equal(await (await fetch(url)).text(), 'done')
  let ended = 0
  app.response.end = function (this: ServerResponse, ...args: [unknown, BufferEncoding]) {
    ended++
    return ServerResponse.prototype.end.apply(this, args)
  } as never
  assert.equal(await (await fetch(url)).text(), 'done')
  assert.equal(ended, 1)
})

test('a plain server, whose requests keep their prototype, needs nothing', () => {
  const foreseen = new Foreseen()
  const request = new IncomingMessage(null as never)
  foreseen.learn(request)
  const keys = Reflect.ownKeys(request)
  foreseen.prepare(request, new ServerResponse(request))
  assert.deepEqual(Reflect.ownKeys(request), keys)
})

test('what a layer before the app has set stays as it is', () => {
  const request = Object.assign(new IncomingMessage(null as never), { originalUrl: '/before', params: { id: '1' } })
  const response = Object.assign(new ServerResponse(request), { locals: { nonce: 'n' }, statusMessage: 'So be it' })
  response.statusCode = 202
  request.on('end', () => {})
  new Foreseen().prepare(request, response)
  assert.deepEqual([request.originalUrl, request.params, request.listenerCount('end')], ['/before', { id: '1' }, 1])
  assert.deepEqual([response.locals, response.statusCode, response.statusMessage], [{ nonce: 'n' }, 202, 'So be it'])
})
