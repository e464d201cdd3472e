// Owns: upgrades on their way through a Koa app: what its middleware adds, sees and refuses, before and after next().
// Elsewhere: Express's (upgrades-express.test.ts), upgrades that are not ours (upgrades-of-others.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import Koa, { type Middleware } from 'koa'
import session from 'koa-session'
import { BaseNamespace, socketioMiddleware, type NamespaceDeclarations } from '../../../lib/index.js'
import { listen, type TestServer } from '../../support/server.js'
import { Echo } from './apps.js'
import { ask, askUpgrade, headerLines, openPeer, shakeHands, soon } from './peer.js'

function appWithSession(): Koa {
  const app = new Koa({ keys: ['a test'] })
  app.silent = true
  return app.use(session(app))
}

const logIn: Middleware = async (ctx, next) => {
  if (ctx.path !== '/login') {
    await next()
    return
  }
  if (ctx.session !== null) ctx.session.user = 'ada'
  ctx.cookies.set('theme', 'dark')
  ctx.body = 'welcome'
}

const usersOnly: Middleware = (ctx, next) => {
  if (ctx.get('Upgrade') !== '' && ctx.session?.user === undefined) ctx.throw(401, 'log in first')
  return next()
}

const setsLate: Middleware = async (ctx, next) => {
  await next()
  ctx.cookies.set('late', '1', { signed: true })
  ctx.cookies.set('later', '2', { signed: true })
  ctx.set('X-Response-Time', '1ms')
}

const beginsSession: Middleware = (ctx, next) => {
  if (ctx.session !== null) ctx.session.visits = 1
  return next()
}

const breaks: Middleware = async (ctx, next) => {
  await next()
  if (ctx.get('Upgrade') !== '') throw new Error('broken')
}

const keepsUpgrades: Middleware = (ctx, next) => (ctx.get('Upgrade') === '' ? next() : undefined)

async function start(t: TestContext, namespaces: NamespaceDeclarations, app: Koa): Promise<TestServer> {
  const io = socketioMiddleware(namespaces)
  const listener = app.use(io).callback()
  return listen(
    t,
    io,
    http.createServer((request, response) => {
      void listener(request, response)
    }),
  )
}

async function cookieOf(url: string): Promise<string> {
  const lines = headerLines(await ask(`${url}/login`), 'set-cookie')
  return lines.map((line) => line.split(';', 1)[0]).join('; ')
}

test('a handler sees the context of its handshake: session, cookies, and the same request', async (t) => {
  const requests: unknown[] = []
  class Private extends BaseNamespace<{ ctx: Koa.Context }> {
    on_who() {
      requests.push(this.request)
      return [this.ctx.session?.user, this.ctx.cookies.get('theme'), this.ctx.req === this.request]
    }
  }
  const note: Middleware = (ctx, next) => {
    if (ctx.path === '/socket.io/1/') requests.push(ctx.req)
    return next()
  }
  const { url } = await start(t, { '': Private }, appWithSession().use(logIn).use(note))
  const Cookie = await cookieOf(url)
  const peer = await openPeer(t, url, await shakeHands(url, { Cookie }))
  peer.send('5:1+::{"name":"who"}')
  assert.equal(await peer.frame(), '6:::1+["ada","dark",true]')
  assert.equal(requests.length, 2)
  assert.equal(requests[0], requests[1])
})

test('a guard on the upgrade sees the session; its 401 reaches the client in HTTP', async (t) => {
  const { url } = await start(t, { '': Echo }, appWithSession().use(logIn).use(usersOnly))
  const sid = await shakeHands(url)
  const { status, headers, body } = await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`)
  assert.deepEqual([status, headers.connection, body], [401, 'close', 'log in first'])
  await openPeer(t, url, sid, { Cookie: await cookieOf(url) })
})

test('cookies that are set after await next() are in the 101, each a line of its own', async (t) => {
  const { url } = await start(t, { '': Echo }, new Koa({ keys: ['a test'] }).use(setsLate))
  const answer = await askUpgrade(t, `${url}/socket.io/1/websocket/${await shakeHands(url)}`)
  assert.equal(answer.status, 101)
  assert.equal(answer.headers['x-response-time'], '1ms')
  const names = headerLines(answer, 'set-cookie').map((line) => line.split('=', 1)[0])
  assert.deepEqual(names, ['late', 'late.sig', 'later', 'later.sig'])
  const withSession = await start(t, { '': Echo }, appWithSession().use(beginsSession))
  const path = `${withSession.url}/socket.io/1/websocket/${await shakeHands(withSession.url)}`
  const cookies = headerLines(await askUpgrade(t, path), 'set-cookie').map((line) => line.split('=', 1)[0])
  assert.deepEqual(cookies, ['koa.sess', 'koa.sess.sig'])
})

test('middleware that throws after await next() answers an upgrade with its 500', async (t) => {
  const app = new Koa().use(breaks)
  app.silent = true
  const { url } = await start(t, { '': Echo }, app)
  const { status, headers } = await askUpgrade(t, `${url}/socket.io/1/websocket/${await shakeHands(url)}`)
  assert.deepEqual([status, headers.connection], [500, 'close'])
})

test('an app that does not reach us answers an upgrade with its own 404, on Koa', async (t) => {
  const { url } = await start(t, { '': Echo }, new Koa().use(keepsUpgrades))
  const { status, body } = await askUpgrade(t, `${url}/socket.io/1/websocket/${await shakeHands(url)}`)
  assert.deepEqual([status, body], [404, 'Not Found'])
})

test('the chain of a held poll unwinds when the poll is answered, and of an upgrade at once', async (t) => {
  const unwound: string[] = []
  const watch: Middleware = async (ctx, next) => {
    await next()
    unwound.push(`${ctx.path.split('/')[3]} ${ctx.status}`)
  }
  class Told extends BaseNamespace {
    on_tell() {
      assert.deepEqual(unwound.splice(0), [' 200', 'xhr-polling 200', 'websocket 101'])
      this.emit('told')
    }
  }
  const { url } = await start(t, { '': Told }, new Koa().use(watch))
  const sid = await shakeHands(url)
  const poll = `${url}/socket.io/1/xhr-polling/${sid}`
  assert.equal((await ask(poll)).body, '1::')
  const { status } = await askUpgrade(t, `${url}/socket.io/1/websocket/unknown`)
  assert.equal(status, 101)
  const held = ask(poll)
  await ask(poll, { body: '5:::{"name":"tell"}' })
  assert.equal((await soon('the answer of a held poll', held)).body, '5:::{"name":"told"}')
  assert.deepEqual(unwound.toSorted(), ['xhr-polling 200', 'xhr-polling 200'])
})
