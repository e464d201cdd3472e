// Owns: what others have put on servers and responses, and goes on working with us there: an application's own say in upgrades,
// a watch over all requests, middleware that touches the response of an upgrade.
import assert from 'node:assert/strict'
import http from 'node:http'
import https from 'node:https'
import { test } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, type SocketioMiddleware } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { addWs, firstFrame } from '../../support/neighbours.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { certificate, key } from './certificate.js'
import { ask, askUpgrade, openPeer, shakeHands, soon } from './peer.js'

type ShouldUpgrade = (this: unknown, request: http.IncomingMessage) => boolean
type Asking = http.Server & { shouldUpgradeCallback?: ShouldUpgrade }

// Older Node asks nobody: the property is the application's own, and means nothing.
const nodeAsks = 'shouldUpgradeCallback' in http.createServer()

for (const when of ['before us', 'after us'] as const) {
  test(`an application's shouldUpgradeCallback that is set ${when} has its say about all that is not ours`, async (t) => {
    const io = socketioMiddleware({ '': Echo })
    const server: Asking = http.createServer(
      express()
        .use('/rt', io)
        .use((_request, response) => {
          response.send('page')
        }),
    )
    const asked: string[] = []
    const callback: ShouldUpgrade = function (request) {
      assert.equal(this, server)
      asked.push(request.url ?? '')
      return request.url !== '/refused' && !request.url?.startsWith('/refused/')
    }
    if (when === 'before us') server.shouldUpgradeCallback = callback
    io.attach(server)
    if (when === 'after us') server.shouldUpgradeCallback = callback
    addWs(t, server)
    const { url } = await listen(t, io, server)
    assert.equal(await firstFrame(t, `${url}/feed`), 'theirs')
    assert.deepEqual(asked.splice(0), nodeAsks ? ['/feed'] : [])
    const refused = await askUpgrade(t, `${url}/refused`)
    assert.deepEqual([refused.status, refused.body], nodeAsks ? [200, 'page'] : [101, ''])
    // One that the app does not bring to us, either.
    const tried = await askUpgrade(t, `${url}/refused/socket.io/?EIO=4&transport=websocket`)
    assert.deepEqual([tried.status, tried.body], nodeAsks ? [200, 'page'] : [101, ''])
    asked.length = 0
    await openPeer(t, `${url}/rt`, await shakeHands(`${url}/rt`))
    assert.deepEqual(asked, [])
    await io.close()
    assert.equal(server.shouldUpgradeCallback, callback)
    assert.equal(await firstFrame(t, `${url}/feed`), 'theirs')
    assert.deepEqual(asked, nodeAsks ? ['/feed'] : [])
  })
}

test('a server that has no such function of its own has it no other after io.close()', async (t) => {
  const server: Asking = http.createServer()
  const before = Object.getOwnPropertyDescriptor(server, 'shouldUpgradeCallback')
  const io = socketioMiddleware({})
  io.attach(server)
  await io.close()
  assert.deepEqual(Object.getOwnPropertyDescriptor(server, 'shouldUpgradeCallback'), before)
  t.diagnostic('nothing is left')
})

function emitOfAll(): (...args: never[]) => boolean {
  return Reflect.get(http.Server.prototype, 'emit') as (...args: never[]) => boolean
}

// What watches an application wraps the emit of all servers, as shimmer does.
for (const when of ['before', 'after'] as const) {
  test(`whoever wraps the emit of all servers ${when} we come sees each request once, those before the app too`, async (t) => {
    const seen: string[] = []
    const emit = emitOfAll()
    const watch = (): void => {
      http.Server.prototype.emit = function (this: http.Server, event: string, ...args: unknown[]): boolean {
        const [request] = args as [http.IncomingMessage]
        if (event === 'request') seen.push(`${request.method} ${request.url?.replace(/[\w-]{20}/, 'SID')}`)
        return Reflect.apply(emit, this, [event, ...args]) as boolean
      } as never
    }
    t.after(() => {
      http.Server.prototype.emit = emit as never
    })
    if (when === 'before') watch()
    const io = socketioMiddleware({ '': Echo })
    const server = http.createServer(express().use(io))
    io.attach(server)
    if (when === 'after') watch()
    const { url } = await listen(t, io, server)
    const path = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
    assert.equal((await ask(path)).body, '1::')
    assert.equal((await ask(path, { body: '5:1+::{"name":"echo"}' })).body, '1')
    assert.equal((await ask(path)).body, '6:::1')
    await openPeer(t, url, await shakeHands(url))
    const polling = await openPolling(url)
    await polling.post('40')
    await polling.poll()
    assert.deepEqual(
      seen.map((line) => line.replace(/&sid=.*/, '&sid=…')),
      [
        'GET /socket.io/1/?t=1',
        'GET /socket.io/1/xhr-polling/SID',
        'POST /socket.io/1/xhr-polling/SID',
        'GET /socket.io/1/xhr-polling/SID',
        'GET /socket.io/1/?t=1',
        'GET /socket.io/1/websocket/SID',
        'GET /socket.io/?EIO=4&transport=polling',
        'POST /socket.io/?EIO=4&transport=polling&sid=…',
        'GET /socket.io/?EIO=4&transport=polling&sid=…',
      ],
    )
  })
}

test('whoever watches a server sees the server of a request that is served before the app', async (t) => {
  const ports: unknown[] = []
  const emit = emitOfAll()
  http.Server.prototype.emit = function (this: http.Server, event: string, ...args: unknown[]): boolean {
    if (event === 'request') ports.push(Reflect.get(this.address() as object, 'port'))
    return Reflect.apply(emit, this, [event, ...args]) as boolean
  } as never
  t.after(() => {
    http.Server.prototype.emit = emit as never
  })
  const io = socketioMiddleware({ '': Echo })
  const server = http.createServer(express().use(io))
  io.attach(server)
  const { url, port } = await listen(t, io, server)
  const path = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
  await ask(path)
  await ask(path, { body: '2::' })
  assert.deepEqual(ports, [port, port, port])
})

test('a poll is answered where whoever watches has ended its client just before', async (t) => {
  const emit = emitOfAll()
  let isWatched = false
  http.Server.prototype.emit = function (this: http.Server, event: string, ...args: unknown[]): boolean {
    if (event === 'request' && isWatched) io.of('').disconnectSockets(true)
    return Reflect.apply(emit, this, [event, ...args]) as boolean
  } as never
  t.after(() => {
    http.Server.prototype.emit = emit as never
  })
  const io = socketioMiddleware({ '': Echo })
  const server = http.createServer(io)
  io.attach(server)
  const { url } = await listen(t, io, server)
  const polling = await openPolling(url)
  await polling.post('40')
  assert.match((await polling.poll()).body, /^40\{/)
  isWatched = true
  assert.equal((await soon('the answer', polling.poll())).body, '41')
})

/** What middleware does to a response on its way back. */
function touch(response: http.ServerResponse): unknown[] {
  const { socket } = response
  response.setTimeout(1_000)
  socket?.setTimeout(1_000)
  socket?.setNoDelay(true).setKeepAlive(true)
  return [
    socket?.remoteAddress,
    typeof socket?.remotePort,
    socket?.writable,
    socket?.destroyed,
    Reflect.get(socket ?? {}, 'encrypted'),
    socket?.address() !== undefined,
    typeof socket?.bytesWritten,
    response.writable,
  ]
}

const touchingKoa = (io: SocketioMiddleware, note: (seen: unknown[]) => void): http.RequestListener =>
  new Koa()
    .use(async (ctx, next) => {
      await next()
      note(touch(ctx.res))
      // It may be late, too.
      await new Promise((resolve) => {
        setTimeout(resolve, 10)
      })
      note(touch(ctx.res))
    })
    .use(io)
    .callback()

const touchingExpress = (io: SocketioMiddleware, note: (seen: unknown[]) => void): http.RequestListener =>
  express()
    .use((_request, response, next) => {
      const end = Reflect.get(response, 'end') as (...args: never[]) => express.Response
      response.end = function (this: express.Response, ...args: never[]) {
        note(touch(response))
        note(touch(this))
        return Reflect.apply(end, this, args)
      }
      next()
    })
    .use(io)

for (const [face, listenerOf] of [
  ['Koa', touchingKoa],
  ['Express', touchingExpress],
] as const) {
  for (const isSecure of [false, true]) {
    test(`the response of an upgrade may be touched by the chain, on ${face}${isSecure ? ' and https' : ''}`, async (t) => {
      const io = socketioMiddleware({ '': Echo })
      const touched: unknown[][] = []
      const listener = listenerOf(io, (seen) => touched.push(seen))
      const server = isSecure ? https.createServer({ key, cert: certificate }, listener) : http.createServer(listener)
      const { port } = await listen(t, io, server)
      const origin = `${isSecure ? 'https' : 'http'}://127.0.0.1:${port}`
      const sid = await shakeHands(origin)
      touched.length = 0
      const peer = await openPeer(t, origin, sid)
      const expected = ['127.0.0.1', 'number', true, false, isSecure || undefined, true, 'number', true]
      assert.deepEqual(touched, [expected, expected])
      peer.send('5:1+::{"name":"echo","args":[1]}')
      assert.equal(await peer.frame(), '6:::1+[1]')
    })
  }
}

test('middleware that destroys the connection of an upgrade on its way back destroys it', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const app = new Koa()
    .use(async (ctx, next) => {
      await next()
      if (ctx.get('upgrade') !== '') ctx.res.socket?.destroy()
    })
    .use(io)
  app.silent = true
  const { url } = await listen(t, io, http.createServer(app.callback()))
  await assert.rejects(askUpgrade(t, `${url}/socket.io/1/websocket/${await shakeHands(url)}`), /hang up|ECONNRESET/)
})
