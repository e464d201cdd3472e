// Owns: upgrades on their way through an Express app: what its middleware adds, sees and refuses.
// Elsewhere: Koa's (upgrades-koa.test.ts), upgrades that are not ours (upgrades-of-others.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import compression from 'compression'
import cookieParser from 'cookie-parser'
import express from 'express'
import session from 'express-session'
import helmet from 'helmet'
import morgan from 'morgan'
import { BaseNamespace, socketioMiddleware, type SocketioMiddleware } from '../../../lib/index.js'
import { listen } from '../../support/server.js'
import { Echo, express4 } from './apps.js'
import { ask, askUpgrade, headerLines, openPeer, refusalOf, shakeHands, soon, startPeer } from './peer.js'

declare module 'express-session' {
  interface SessionData {
    user: string
    visits: number
  }
}

const sessions = () => session({ secret: 'a test', resave: false, saveUninitialized: true })

type Guard = express.RequestHandler

/** An app with a session whose user is set by `/login`, and a guard in front of us. */
function appWithLogin(io: SocketioMiddleware, guard: Guard, make: typeof express = express): http.RequestListener {
  const app = make()
  app.use(cookieParser(), sessions())
  app.get('/login', (request, response) => {
    request.session.user = 'ada'
    response.cookie('theme', 'dark').send('welcome')
  })
  app.use(guard)
  app.use(io)
  return app
}

const pass: Guard = (_request, _response, next) => {
  next()
}

const usersOnly: Guard = (request, response, next) => {
  if (request.headers.upgrade === undefined || request.session.user !== undefined) next()
  else response.status(401).send('log in first')
}

async function logIn(url: string): Promise<string> {
  const lines = headerLines(await ask(`${url}/login`), 'set-cookie')
  return lines.map((line) => line.split(';', 1)[0]).join('; ')
}

for (const [name, make] of [
  ['Express 5', express],
  ['Express 4', express4],
] as const) {
  test(`a handler sees the session and the cookies of its handshake, on ${name}`, async (t) => {
    class Private extends BaseNamespace<{ request: express.Request }> {
      on_who() {
        return [this.request.session.user, this.request.cookies.theme]
      }
    }
    const io = socketioMiddleware({ '': Private })
    const { url } = await listen(t, io, http.createServer(appWithLogin(io, pass, make)))
    const Cookie = await logIn(url)
    const peer = await openPeer(t, url, await shakeHands(url, { Cookie }))
    peer.send('5:1+::{"name":"who"}')
    assert.equal(await peer.frame(), '6:::1+["ada","dark"]')
  })

  test(`a guard sees the session and the cookies of an upgrade, on ${name}`, async (t) => {
    const seen: unknown[] = []
    const guard: Guard = (request, _response, next) => {
      if (request.headers.upgrade !== undefined) seen.push(request.session.user, request.cookies.theme)
      next()
    }
    const io = socketioMiddleware({ '': Echo })
    const { url } = await listen(t, io, http.createServer(appWithLogin(io, guard, make)))
    const Cookie = await logIn(url)
    await openPeer(t, url, await shakeHands(url), { Cookie })
    assert.deepEqual(seen, ['ada', 'dark'])
  })

  test(`a guard's 401 reaches a websocket client in HTTP, on ${name}`, async (t) => {
    const io = socketioMiddleware({ '': Echo })
    const { url } = await listen(t, io, http.createServer(appWithLogin(io, usersOnly, make)))
    const sid = await shakeHands(url)
    const { status, headers, body } = await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`)
    assert.deepEqual([status, headers.connection, body], [401, 'close', 'log in first'])
    const refusal = await refusalOf(startPeer(t, `${url}/socket.io/1/websocket/${sid}`))
    assert.equal(refusal.statusCode, 401)
    await openPeer(t, url, sid, { Cookie: await logIn(url) })
  })
}

test('an app that does not reach us answers an upgrade with its own 404', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const app = express().use('/rt', io)
  const { url } = await listen(t, io, http.createServer(app))
  const sid = await shakeHands(`${url}/rt`)
  const { status, headers, body } = await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`)
  assert.deepEqual([status, headers.connection], [404, 'close'])
  assert.match(body, /Cannot GET/)
})

test('an app that throws during an upgrade answers its 500 in HTTP', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const app = express().set('env', 'test').use(express.Router(), io)
  const broken = express().use((request, response) => {
    if (request.headers.upgrade !== undefined) throw new Error('broken')
    app(request, response)
  })
  broken.set('env', 'test')
  const { url } = await listen(t, io, http.createServer(broken))
  const { status } = await askUpgrade(t, `${url}/socket.io/1/websocket/${await shakeHands(url)}`)
  assert.equal(status, 500)
})

test('cookies that the chain sets during an upgrade are in the 101, each a line of its own', async (t) => {
  const app = express().use(cookieParser(), sessions(), (request, response, next) => {
    request.session.visits = 1
    response.cookie('theme', 'dark')
    response.append('Set-Cookie', 'lang=en; Path=/')
    next()
  })
  const io = socketioMiddleware({ '': Echo })
  const { url } = await listen(t, io, http.createServer(app.use(io)))
  const answer = await askUpgrade(t, `${url}/socket.io/1/websocket/${await shakeHands(url)}`)
  assert.equal(answer.status, 101)
  const cookies = headerLines(answer, 'set-cookie').map((line) => line.split('=', 1)[0])
  assert.deepEqual(cookies, ['theme', 'lang', 'connect.sid'])
})

test('a session that an upgrade has begun is saved before the websocket opens', async (t) => {
  const store = new session.MemoryStore()
  const app = express().use(
    session({ secret: 'a test', resave: false, saveUninitialized: false, store }),
    (request, _response, next) => {
      if (request.headers.upgrade !== undefined) request.session.user = 'ada'
      next()
    },
  )
  const io = socketioMiddleware({ '': Echo })
  const { url } = await listen(t, io, http.createServer(app.use(io)))
  await askUpgrade(t, `${url}/socket.io/1/websocket/${await shakeHands(url)}`)
  const saved = await new Promise<unknown>((resolve) => {
    store.all?.((_error, all) => {
      resolve(Object.values((all ?? {}) as Record<string, { user?: string }>).map(({ user }) => user))
    })
  })
  assert.deepEqual(saved, ['ada'])
})

test("helmet's headers are in the 101, and nothing that describes a body", async (t) => {
  const app = express().use(helmet(), compression(), (_request, response, next) => {
    response.set({ 'Content-Length': '5', 'Content-Type': 'text/html', 'Keep-Alive': 'timeout=5' })
    next()
  })
  const io = socketioMiddleware({ '': Echo })
  const { url } = await listen(t, io, http.createServer(app.use(io)))
  const sid = await shakeHands(url)
  const answer = await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`)
  assert.equal(answer.status, 101)
  assert.equal(answer.headers['x-frame-options'], 'SAMEORIGIN')
  assert.match(String(answer.headers['content-security-policy']), /default-src 'self'/)
  assert.deepEqual(headerLines(answer, 'connection'), ['Upgrade'])
  assert.deepEqual(headerLines(answer, 'upgrade'), ['websocket'])
  assert.deepEqual(headerLines(answer, 'sec-websocket-accept'), ['s3pPLMBiTxaQ9kYGzzhZRbK+xOo='])
  for (const name of ['content-length', 'content-type', 'keep-alive']) assert.equal(answer.headers[name], undefined)
})

test('morgan logs an upgrade with its 101, and a refused one with its status', async (t) => {
  const log = new PassThrough({ encoding: 'utf8' })
  const io = socketioMiddleware({ '': Echo })
  const app = express().use(
    morgan(':method :status', { stream: log, skip: ({ headers }) => headers.upgrade === undefined }),
    io,
  )
  const { url } = await listen(t, io, http.createServer(app))
  const path = `${url}/socket.io/1/websocket/${await shakeHands(url)}`
  const line = () => soon('a line of the log', new Promise<string>((resolve) => log.once('data', resolve)))
  const first = line()
  await askUpgrade(t, path)
  assert.equal(await first, 'GET 101\n')
  const second = line()
  await askUpgrade(t, path, { Origin: 'https://elsewhere.example' })
  assert.equal(await second, 'GET 403\n')
})
