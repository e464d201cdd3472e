// Owns: cookies of test clients: of their own, and those that they share with supertest's agent.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import express from 'express'
import session from 'express-session'
import Koa from 'koa'
import koaSession from 'koa-session'
import supertest from 'supertest'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { connect } from '../../../lib/testing.js'
import { wires } from './apps.js'

interface Visit {
  user?: string
  visits?: number
}

type Visited = express.Request & { session: Visit }

class Chat extends BaseNamespace<{ request: Visited; ctx: { session: Visit } | undefined }> {
  on_who(): [string | undefined, number | undefined] {
    const { user, visits } = this.ctx?.session ?? this.request.session
    return [user, visits]
  }
}

function expressApp(): express.Express {
  return express()
    .use(session({ secret: 'x', resave: false, saveUninitialized: false }))
    .use(express.urlencoded())
    .post('/login', (request, response) => {
      Object.assign(request.session, { user: (request.body as { user: string }).user })
      response.send('welcome')
    })
    .get('/visits', (request, response) => {
      response.json((request.session as Visit).visits ?? 0)
    })
    .use((request, _response, next) => {
      const visit = request.session as Visit
      visit.visits = (visit.visits ?? 0) + 1
      next()
    })
    .use(socketioMiddleware({ '/chat': Chat }))
}

function koaApp(): Koa {
  const app = new Koa()
  app.keys = ['x']
  app.use(koaSession(app))
  app.use(async (ctx, next) => {
    const visit = ctx.session as unknown as Visit
    if (ctx.path === '/login') visit.user = 'anna'
    else if (ctx.path === '/visits') ctx.body = String(visit.visits ?? 0)
    else visit.visits = (visit.visits ?? 0) + 1
    if (ctx.path === '/login') ctx.body = 'welcome'
    else if (ctx.path !== '/visits') await next()
  })
  return app.use(socketioMiddleware({ '/chat': Chat }))
}

for (const [face, makeApp] of [
  ['express', expressApp],
  ['koa', koaApp],
] as const) {
  for (const [protocol, transport] of wires) {
    test(`${protocol} by ${transport} on ${face}: who logs in by POST connects as that user, and its cookies come back`, async (t) => {
      const app = makeApp()
      const agent = supertest.agent(app instanceof Koa ? app.callback() : app)
      await agent.post('/login').type('form').send({ user: 'anna' }).expect(200, 'welcome')
      const client = await connect<typeof Chat>(app, '/chat', { protocol, transport, cookies: agent.jar, t })
      const [user, visits] = (await client.ask('who')) as [string, number]
      assert.equal(user, 'anna')
      assert.ok(visits >= 1)
      // koa-session keeps its session in the cookie itself: it has come back with the handshake.
      const { text } = await agent.get('/visits').expect(200)
      assert.ok(Number(text) >= 1, text)
    })

    test(`${protocol} by ${transport} on ${face}: a session that a handshake begins is one for all requests of the client`, async (t) => {
      const app = makeApp()
      const client = await connect<typeof Chat>(app, '/chat', { protocol, transport, cookies: {}, t })
      // undefined is null in JSON.
      const who: unknown = await client.ask('who')
      assert.deepEqual(who, [null, 1])
      const other = await connect<typeof Chat>(app, '/chat', { protocol, transport, t })
      assert.equal(((await other.ask('who')) as [unknown, number])[1], 1)
    })
  }
}

test('cookies to begin with, as names and values or as a header, beside headers of the test', async (t) => {
  class Shown extends BaseNamespace {
    on_headers(): [unknown] {
      return [[this.environ.headers['cookie'], this.environ.headers['x-test'], this.environ.address, this.environ.url]]
    }
  }
  const io = socketioMiddleware({ '/': Shown }, { resource: 'realtime' })
  const app = express().use('/app', io)
  const options = { path: '/app/realtime/', headers: { 'X-Test': 'yes' }, address: '2001:db8::1', query: '?a=1', t }
  for (const cookies of [{ one: '1', two: 'b=c' }, 'one=1; two=b=c']) {
    const client = await connect<typeof Shown>(app, '/', { ...options, cookies })
    const url = '/app/realtime/?EIO=4&transport=websocket&a=1'
    assert.deepEqual(await client.ask('headers'), ['one=1; two=b=c', 'yes', '2001:db8::1', url])
  }
})

test('a cookie that the server takes back is gone', async () => {
  const seen: (string | undefined)[] = []
  const io = socketioMiddleware({ '/': BaseNamespace })
  const app = express()
    .use((request, response, next) => {
      seen.push(request.headers.cookie)
      if (seen.length === 1) response.cookie('one', '1').cookie('two', '2')
      else response.clearCookie('one').cookie('two', '', { maxAge: 0 })
      next()
    })
    .use(io)
  const client = await connect(app, '/', { protocol: '0.9', transport: 'polling' })
  await client.idle()
  await client.leave()
  assert.deepEqual(seen.slice(0, 3), [undefined, 'one=1; two=2', undefined])
})
