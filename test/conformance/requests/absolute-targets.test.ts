// Owns: requests whose target names its host, `GET http://host/socket.io/1/ HTTP/1.1`, as RFC 9112, 3.2.2, has every server
// take them: they are served wherever the framework brings them to us, and judged by the host that they name.
// Elsewhere: reading URLs (test/unit/server/routes.test.ts), engine.io's own server (below, for comparison).
import assert from 'node:assert/strict'
import http, { type RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'
import connect from 'connect'
import { Server as EngineServer } from 'engine.io'
import express from 'express'
import Koa from 'koa'
import mount from 'koa-mount'
import { WebSocket } from 'ws'
import { BaseNamespace, socketioMiddleware, type Options, type SocketioMiddleware } from '../../../lib/index.js'
import { listen, type TestServer } from '../../support/server.js'
import { express4 } from '../faces/apps.js'
import { Peer, refusalOf } from '../faces/peer.js'

class Echo extends BaseNamespace {
  on_echo(value: unknown): unknown {
    return [value]
  }
  on_where(): unknown[] {
    return [[this.environ.url, this.environ.headers.host]]
  }
}

interface Face {
  readonly name: string
  /** What is in front of `/socket.io`. */
  readonly prefix?: string
  readonly make: (io: SocketioMiddleware) => RequestListener
  readonly isAttached?: boolean
  /** The path of what serves it beside the app. */
  readonly via?: string
}

const faces: readonly Face[] = [
  { name: 'node:http', make: (io) => io },
  { name: 'Connect', make: (io) => connect().use(io) },
  { name: 'Connect below /rt', prefix: '/rt', make: (io) => connect().use('/rt', io) },
  { name: 'Express 5', make: (io) => express().use(io) },
  { name: 'Express 5 below /rt', prefix: '/rt', make: (io) => express().use('/rt', io) },
  {
    name: 'Express 5, a router in a router',
    prefix: '/a/b',
    make: (io) => express().use('/a', express.Router().use('/b', io)),
  },
  { name: 'Express 4', make: (io) => express4().use(io) as RequestListener },
  { name: 'Express 4 below /rt', prefix: '/rt', make: (io) => express4().use('/rt', io) as RequestListener },
  { name: 'Koa', make: (io) => new Koa().use(io).callback() },
  { name: 'Koa below /rt', prefix: '/rt', make: (io) => new Koa().use(mount('/rt', new Koa().use(io))).callback() },
  { name: 'node:http, attached', make: (io) => io, isAttached: true },
  { name: 'Express 5 below /rt, attached', prefix: '/rt', make: (io) => express().use('/rt', io), isAttached: true },
  { name: 'Koa, attached', make: (io) => new Koa().use(io).callback(), isAttached: true },
  { name: 'beside the app', make: () => notFound, via: '/' },
  { name: 'beside the app, below /rt', prefix: '/rt', make: () => notFound, via: '/rt' },
]

interface Started extends TestServer {
  /** The beginning of our URLs. */
  readonly base: string
}

const notFound: RequestListener = (_request, response) => {
  response.writeHead(404).end()
}

async function start(
  t: TestContext,
  { make, prefix = '', isAttached, via }: Face,
  options: Options = {},
): Promise<Started> {
  const io = socketioMiddleware({ '': Echo }, options)
  const server = http.createServer(make(io))
  if (via !== undefined) io.attach(server, { path: via, via: io })
  if (isAttached) io.attach(server, { path: prefix === '' ? '/' : prefix })
  return { ...(await listen(t, io, server)), base: `http://app.example${prefix}/socket.io` }
}

interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

function ask(port: number, target: string, headers: Record<string, string> = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      port,
      host: '127.0.0.1',
      agent: false,
      path: target,
      method: body === undefined ? 'GET' : 'POST',
      headers: { Host: 'ignored.example', ...(body === undefined ? {} : { 'Content-Type': 'text/plain' }), ...headers },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      response.toArray().then((chunks: Buffer[]) => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        })
      }, reject)
    })
    request.end(body)
  })
}

function open(t: TestContext, port: number, target: string, headers: Record<string, string> = {}): Peer {
  const websocket = new WebSocket(`ws://127.0.0.1:${port}/`, {
    headers: { Host: 'ignored.example', ...headers },
    finishRequest(request: http.ClientRequest) {
      request.path = target
      request.end()
    },
  })
  websocket.on('error', () => {})
  t.after(() => {
    websocket.terminate()
  })
  return new Peer(websocket)
}

async function handshake(port: number, base: string, headers: Record<string, string> = {}): Promise<string> {
  const { status, body } = await ask(port, `${base}/1/?t=1`, headers)
  assert.equal(status, 200, body)
  return body.slice(0, body.indexOf(':'))
}

for (const face of faces) {
  test(`0.9 by polling and websocket, with a host in each target, on ${face.name}`, async (t) => {
    const { port, base } = await start(t, face)
    const polling = `${base}/1/xhr-polling/${await handshake(port, base)}`
    assert.equal((await ask(port, polling)).body, '1::')
    assert.equal((await ask(port, polling, {}, '5:1+::{"name":"echo","args":["é"]}')).body, '1')
    assert.equal((await ask(port, polling)).body, '6:::1+["é"]')
    const peer = open(t, port, `${base}/1/websocket/${await handshake(port, base)}`)
    assert.equal(await peer.frame(), '1::')
    peer.send('5:2+::{"name":"where"}')
    assert.equal(await peer.frame(), `6:::2+[["${base}/1/?t=1","app.example"]]`)
  })

  test(`4 by polling and websocket, with a host in each target, on ${face.name}`, async (t) => {
    const { port, base } = await start(t, face)
    const first = await ask(port, `${base}/?EIO=4&transport=polling`)
    const polling = `${base}/?EIO=4&transport=polling&sid=${/"sid":"([^"]+)"/.exec(first.body)?.[1]}`
    assert.equal((await ask(port, polling, {}, '40')).body, 'ok')
    assert.match((await ask(port, polling)).body, /^40\{"sid":/)
    assert.equal((await ask(port, polling, {}, '421["echo","é"]')).body, 'ok')
    assert.equal((await ask(port, polling)).body, '431["é"]')
    const upgrading = open(t, port, polling.replace('=polling', '=websocket'))
    await new Promise((resolve) => upgrading.websocket.once('open', resolve))
    upgrading.send('2probe')
    assert.equal(await upgrading.frame(), '3probe')
    const peer = open(t, port, `${base}?EIO=4&transport=websocket`)
    assert.match(await peer.frame(), /^0\{"sid":/)
    peer.send('40')
    assert.match(await peer.frame(), /^40\{"sid":/)
    peer.send('421["where"]')
    assert.equal(await peer.frame(), `431[["${base}?EIO=4&transport=websocket","app.example"]]`)
  })

  test(`the origin is judged by the host in the target, whatever Host says, on ${face.name}`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const { port, base } = await start(t, face)
    const prefix = base.slice('http://app.example'.length)
    const rows: readonly (readonly [target: string, host: string, origin: string, isLetIn: boolean])[] = [
      ['http://app.example', 'app.example', 'http://app.example', true],
      ['http://app.example', 'other.example', 'http://app.example', true],
      ['http://app.example', 'other.example', 'http://other.example', false],
      ['http://other.example', 'app.example', 'http://app.example', false],
      ['HTTP://APP.example', 'other.example', 'http://app.example', true],
      ['http://app.example:80', 'other.example', 'http://app.example', true],
      ['http://app.example:8080', 'app.example', 'http://app.example', false],
      ['http://app.example:8080', 'app.example', 'http://app.example:8080', true],
      // Neither is a host.
      ['http://app.example@other.example', 'app.example', 'http://app.example', false],
      ['http://me@app.example', 'app.example', 'http://app.example', false],
      ['http://[::1]:3000', 'app.example', 'http://[::1]:3000', true],
    ]
    for (const [target, Host, Origin, isLetIn] of rows) {
      const row = `${target} ${Host} ${Origin}`
      const headers = { Host, Origin }
      for (const path of ['/1/', '/?EIO=4&transport=polling']) {
        const { status, headers: answered } = await ask(port, target + prefix + path, headers)
        assert.deepEqual([row, path, status], [row, path, isLetIn ? 200 : 403])
        assert.equal(answered['access-control-allow-origin'], isLetIn ? Origin : undefined)
      }
      const peer = open(t, port, `${target}${prefix}/?EIO=4&transport=websocket`, headers)
      if (isLetIn) assert.match(await peer.frame(), /^0\{"sid":/)
      else assert.equal((await refusalOf(peer)).statusCode, 403)
    }
  })

  test(`what is not below our path stays the app's, whatever its host is called, on ${face.name}`, async (t) => {
    const { port } = await start(t, face)
    for (const target of [
      'http://socket.io/?EIO=4&transport=polling',
      'http://socket.io/1/',
      'http://socket.io',
      'http://socket.io?EIO=4&transport=polling',
      'http://app.example/nowhere?x=/socket.io/1/',
      'http://app.example?EIO=4',
    ]) {
      assert.equal((await ask(port, target)).status, 404, target)
    }
  })
}

for (const { name, make } of [
  {
    name: 'Express, which trusts its proxy',
    make: (io) => express().set('trust proxy', true).use(io),
  },
  {
    name: 'Koa, which trusts its proxy',
    make: (io) => Object.assign(new Koa().use(io), { proxy: true }).callback(),
  },
] satisfies Face[]) {
  test(`the host that a trusted proxy has passed on counts more than the target's, on ${name}`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const { port, base } = await start(t, { name, make })
    const statusOf = async (Origin: string, headers: Record<string, string> = {}): Promise<number> =>
      (await ask(port, `${base}/1/`, { Origin, 'X-Forwarded-Proto': 'http', ...headers })).status
    assert.equal(await statusOf('http://app.example'), 200)
    assert.equal(await statusOf('http://ignored.example'), 403)
    const forwarded = { 'X-Forwarded-Host': 'public.example' }
    assert.equal(await statusOf('http://public.example', forwarded), 200)
    assert.equal(await statusOf('http://app.example', forwarded), 403)
  })
}

for (const path of ['/', '/rt']) {
  const prefix = path.replace(/\/$/, '')
  test(`an upgrade whose target names its host is ours on a mount that is known, ${path}, and others hear nothing`, async (t) => {
    const io = socketioMiddleware({ '': Echo })
    const server = http.createServer(express().use(path, io))
    let others = 0
    server.on('upgrade', (_request, socket) => {
      others++
      socket.destroy()
    })
    const { port } = await listen(t, io, server)
    // Known by a request that names its host as well.
    const sid = await handshake(port, `http://app.example${prefix}/socket.io`)
    const known = open(t, port, `http://elsewhere.example${prefix}/socket.io/?EIO=4&transport=websocket`)
    assert.match(await known.frame(), /^0\{"sid":/)
    const old = open(t, port, `${prefix}/socket.io/1/websocket/${sid}`)
    assert.equal(await old.frame(), '1::')
    assert.equal(others, 0)
  })
}

test('the routes of Express and Koa, and not those of a server of engine.io, are found by such targets', async (t) => {
  const page = new Koa().use((ctx) => {
    ctx.status = ctx.path === '/page' ? 200 : 404
  })
  const apps: readonly RequestListener[] = [
    express().get('/page', (_request, response) => void response.send('page')),
    page.callback(),
  ]
  for (const app of apps) {
    const server = http.createServer(app).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    assert.equal((await ask(port, 'http://app.example/page')).status, 200)
  }
  const server = http.createServer((_request, response) => response.writeHead(404).end())
  const engine = new EngineServer()
  engine.attach(server, { path: '/socket.io' })
  server.listen(0, '127.0.0.1')
  t.after(() => {
    engine.close()
    server.close()
  })
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  assert.equal((await ask(port, '/socket.io/?EIO=4&transport=polling')).status, 200)
  assert.equal((await ask(port, 'http://app.example/socket.io/?EIO=4&transport=polling')).status, 404)
})
