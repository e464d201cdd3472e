// Owns: others who serve websockets beside us: on our server or another of the process, before us or after us, whose URLs
// end like ours. Everybody's clients get who they asked for.
// Elsewhere: upgrades of nobody (upgrades-of-others.test.ts), what we leave on servers (servers.test.ts).
import assert from 'node:assert/strict'
import http, { type RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import Koa from 'koa'
import mount from 'koa-mount'
import { BaseNamespace, socketioMiddleware, type Options, type SocketioMiddleware } from '../../../lib/index.js'
import {
  addSocketIo,
  addWs,
  firstFrame,
  listening,
  page,
  upgradeOnKept,
  whoseSocketIo,
} from '../../support/neighbours.js'

class Ours extends BaseNamespace {
  on_whose() {
    return 'ours'
  }
}

function makeOurs(t: TestContext, options: Options = {}): SocketioMiddleware {
  const io = socketioMiddleware({ '': Ours }, options)
  t.after(() => io.close())
  return io
}

/** Where we are mounted: a listener, and what clients are to ask for. */
interface Place {
  readonly name: string
  /** Undefined where we are nowhere. */
  readonly path: string | undefined
  readonly listener: (io: SocketioMiddleware) => RequestListener
}

const byHand: RequestListener = page
const places: readonly Place[] = [
  { name: 'mounted at the top', path: '/socket.io', listener: (io) => express().use(io).use(page) },
  { name: 'mounted under a path', path: '/rt/socket.io', listener: (io) => express().use('/rt', io).use(page) },
  {
    name: 'mounted under a path of Koa',
    path: '/rt/socket.io',
    listener: (io) => {
      const app = new Koa().use(mount('/rt', io)).use((ctx) => {
        ctx.body = 'page'
      })
      return app.callback()
    },
  },
  {
    name: 'mounted under a path by hand',
    path: '/rt/socket.io',
    listener: (io) => (request, response) => {
      if (request.url?.startsWith('/rt/') !== true) {
        byHand(request, response)
        return
      }
      request.url = request.url.slice(3)
      io(request, response)
    },
  },
  { name: 'never mounted', path: undefined, listener: () => page },
]

/** How we come to a server: before the neighbour or after it, told of it or not. */
const orders = ['found, behind', 'attached, in front', 'attached, behind'] as const

interface Neighbour {
  readonly name: string
  readonly add: (t: TestContext, server: http.Server) => unknown
  /** Asks whose what it serves is. */
  readonly asks: readonly (readonly [string, (t: TestContext, origin: string) => Promise<string>])[]
}

const frame = (path: string) => (t: TestContext, origin: string) => firstFrame(t, origin + path)
const byHttp = (path: string) => async (t: TestContext, origin: string) =>
  (await upgradeOnKept(t, origin, path)).replace('\x81\x06', '')

const neighbours: readonly Neighbour[] = [
  {
    name: 'a Socket.IO 4 server whose path ends like ours',
    add: (t, server) => addSocketIo(t, server, '/v4/socket.io'),
    asks: [
      ['a websocket', (t, origin) => whoseSocketIo(t, origin, '/v4/socket.io')],
      ['polling', (t, origin) => whoseSocketIo(t, origin, '/v4/socket.io', ['polling'])],
      ['polling and an upgrade', (t, origin) => whoseSocketIo(t, origin, '/v4/socket.io', ['polling', 'websocket'])],
    ],
  },
  {
    name: 'a Socket.IO 4 server with another path',
    add: (t, server) => addSocketIo(t, server, '/other'),
    asks: [['a websocket', (t, origin) => whoseSocketIo(t, origin, '/other')]],
  },
  {
    name: 'ws for one path',
    add: (t, server) => addWs(t, server, '/feed'),
    asks: [
      ['a websocket', frame('/feed')],
      ['a kept connection', byHttp('/feed')],
    ],
  },
  {
    name: 'ws for all paths',
    add: (t, server) => addWs(t, server),
    asks: [
      ['a websocket', frame('/feed')],
      ['a URL that ends like ours', frame('/live/socket.io/?EIO=4&transport=websocket')],
      ['a URL that ends like ours of 0.9', frame('/live/socket.io/1/websocket/unknown')],
      ['a kept connection', byHttp('/live/socket.io/?EIO=4&transport=websocket')],
    ],
  },
]

async function start(t: TestContext, place: Place, order: (typeof orders)[number], neighbour: Neighbour) {
  const io = makeOurs(t)
  const server = http.createServer(place.listener(io))
  if (order === 'attached, in front') io.attach(server)
  neighbour.add(t, server)
  if (order === 'attached, behind') io.attach(server)
  return { io, server, origin: await listening(t, server) }
}

for (const neighbour of neighbours) {
  for (const place of places) {
    for (const order of orders) {
      const beside = `${neighbour.name} and us, ${place.name} and ${order}`
      for (const [what, ask] of neighbour.asks) {
        test(`${beside}: ${what} as the first request is theirs`, async (t) => {
          const { origin } = await start(t, place, order, neighbour)
          assert.equal(await ask(t, origin), 'theirs')
          // And again, when there have been requests of all kinds.
          if (place.path !== undefined) {
            assert.equal(await whoseSocketIo(t, origin, place.path, ['polling', 'websocket']), 'ours')
          }
          assert.equal(await ask(t, origin), 'theirs')
        })
      }
      const { path } = place
      if (path === undefined) continue
      test(`${beside}: ours as the first request is ours`, async (t) => {
        const { origin } = await start(t, place, order, neighbour)
        assert.equal(await whoseSocketIo(t, origin, path), 'ours')
        for (const [, ask] of neighbour.asks) assert.equal(await ask(t, origin), 'theirs')
        assert.equal(await whoseSocketIo(t, origin, path), 'ours')
      })
      test(`${beside}: ours on a kept connection is ours`, async (t) => {
        const { origin } = await start(t, place, order, neighbour)
        assert.match(await upgradeOnKept(t, origin, `${path}/?EIO=4&transport=websocket`), /0\{"sid":/)
      })
    }
  }
}

for (const place of places) {
  const beside = `a neighbour on another port and us, ${place.name}`
  test(`${beside}: each serves its own clients, from the first request on`, async (t) => {
    const io = makeOurs(t)
    const origin = await listening(t, http.createServer(place.listener(io)))
    const other = http.createServer(page)
    addSocketIo(t, other)
    const bare = http.createServer()
    addWs(t, bare)
    const [theirs, plain] = [await listening(t, other), await listening(t, bare)]
    assert.equal(await whoseSocketIo(t, theirs, '/socket.io'), 'theirs')
    assert.equal(await firstFrame(t, `${plain}/socket.io/?EIO=4&transport=websocket`), 'theirs')
    if (place.path !== undefined) assert.equal(await whoseSocketIo(t, origin, place.path), 'ours')
    assert.equal(await whoseSocketIo(t, theirs, '/socket.io'), 'theirs')
    assert.equal(await whoseSocketIo(t, theirs, '/socket.io', ['polling', 'websocket']), 'theirs')
    assert.equal(await firstFrame(t, `${plain}/socket.io/1/websocket/unknown`), 'theirs')
    assert.match(await upgradeOnKept(t, theirs, '/socket.io/?EIO=4&transport=websocket'), /0\{"sid":/)
  })
}

for (const isFirst of [true, false]) {
  const where = isFirst ? 'in front of us' : 'behind us'
  test(`http-proxy-middleware ${where} brings websockets to a backend below its path`, async (t) => {
    const backend = http.createServer(page)
    addSocketIo(t, backend)
    const target = await listening(t, backend)
    const proxy = createProxyMiddleware({ target, ws: true, pathRewrite: { '^/api': '' }, pathFilter: '/api' })
    const io = makeOurs(t)
    const app = isFirst ? express().use(proxy).use(io) : express().use(io).use(proxy)
    const origin = await listening(t, http.createServer(app.use(page)))
    // It begins to listen to upgrades with its first request.
    assert.equal(await (await fetch(`${origin}/api/page`)).text(), 'page')
    assert.equal(await whoseSocketIo(t, origin, '/api/socket.io'), 'theirs')
    assert.equal(await whoseSocketIo(t, origin, '/socket.io'), 'ours')
    assert.equal(await whoseSocketIo(t, origin, '/api/socket.io', ['polling', 'websocket']), 'theirs')
    assert.equal(await whoseSocketIo(t, origin, '/socket.io', ['polling', 'websocket']), 'ours')
  })
}

for (const path of ['/socket.io', '/rt/socket.io']) {
  test(`a proxy of this process in front of us brings websockets of sessions that we know, below ${path}`, async (t) => {
    const io = makeOurs(t)
    const backend = http.createServer(path === '/socket.io' ? express().use(io) : express().use('/rt', io))
    const target = await listening(t, backend)
    const proxy = createProxyMiddleware({ target, ws: true, changeOrigin: false })
    const front = http.createServer(express().use(proxy))
    front.on('upgrade', proxy.upgrade)
    const origin = await listening(t, front)
    // Its polls, and then its websocket.
    assert.equal(await whoseSocketIo(t, origin, path, ['polling', 'websocket']), 'ours')
    const shaken = await (await fetch(`${origin}${path}/1/`)).text()
    const sid = shaken.split(':', 1)[0] ?? ''
    assert.equal(await firstFrame(t, `${origin}${path}/1/websocket/${sid}`), '1::')
  })
}
