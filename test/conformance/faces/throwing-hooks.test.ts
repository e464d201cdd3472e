// Owns: functions of the app's on a response that throw when we answer: the request fails as a route of its own would, the
// process goes on, and what the answer held is not lost.
import assert from 'node:assert/strict'
import http from 'node:http'
import { createRequire } from 'node:module'
import { test, type TestContext } from 'node:test'
import connect from 'connect'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Options, type SocketioMiddleware } from '../../../lib/index.js'
import { openPolling, payload } from '../../support/engine-peer.js'
import { listen, type TestServer } from '../../support/server.js'
import { express4 } from './apps.js'
import { ask, askUpgrade, openPeer, shakeHands } from './peer.js'

const onHeaders = createRequire(import.meta.url)('on-headers') as (
  response: http.ServerResponse,
  listener: () => void,
) => void

type Hook = (request: http.IncomingMessage, response: http.ServerResponse) => void
type App = (io: SocketioMiddleware, hook: Hook) => http.RequestListener

const ofUse =
  (make: () => unknown): App =>
  (io, hook) => {
    const app = make() as { use(...middleware: unknown[]): http.RequestListener }
    app.use((request: http.IncomingMessage, response: http.ServerResponse, next: () => void) => {
      hook(request, response)
      next()
    })
    return app.use(io)
  }

const apps: readonly (readonly [name: string, app: App])[] = [
  ['Express 5', ofUse(() => express().set('env', 'test'))],
  ['Express 4', ofUse(() => express4().set('env', 'test'))],
  ['Connect', ofUse(() => connect())],
  [
    'node:http',
    (io, hook) => (request, response) => {
      hook(request, response)
      io(request, response)
    },
  ],
  [
    'Koa 3',
    (io, hook) => {
      const app = new Koa()
      app.silent = true
      const listener = app
        .use((ctx, next) => {
          hook(ctx.req, ctx.res)
          return next()
        })
        .use(io)
        .callback()
      return (request, response) => {
        void listener(request, response)
      }
    },
  ],
]

function wrapped(name: 'writeHead' | 'end', isOver: () => boolean): Hook {
  return (request, response) => {
    if (request.headers['x-throw'] === undefined) return
    const own = response[name] as (...args: unknown[]) => unknown
    Object.assign(response, {
      [name]: (...args: unknown[]) => {
        if (!isOver()) throw new Error('a hook of the app')
        return own.apply(response, args)
      },
    })
  }
}

function once(): () => boolean {
  let times = 0
  return () => times++ > 0
}

// Koa ends responses itself: one that cannot be ended at all is lost there with every route.
const hooks: readonly (readonly [what: string, make: () => Hook, isForKoa: boolean])[] = [
  ['writeHead() throws once', () => wrapped('writeHead', once()), true],
  ['end() throws once', () => wrapped('end', once()), true],
  ['writeHead() throws each time', () => wrapped('writeHead', () => false), false],
  ['end() throws each time', () => wrapped('end', () => false), false],
  [
    'on-headers has a listener that throws',
    () => (request, response) => {
      if (request.headers['x-throw'] === undefined) return
      onHeaders(response, () => {
        throw new Error('a listener of the app')
      })
    },
    true,
  ],
]

const failing = { 'X-Throw': '1' }

class Told extends BaseNamespace {
  on_tell() {
    this.emit('told')
  }
}

async function start(t: TestContext, app: App, makeHook: () => Hook, options: Options = {}): Promise<TestServer> {
  t.mock.method(console, 'error', () => {})
  const io = socketioMiddleware({ '': Told }, options)
  // Each request has a hook of its own.
  const listener = app(io, (request, response) => {
    makeHook()(request, response)
  })
  return listen(t, io, http.createServer(listener))
}

const beginnings: readonly (readonly [what: string, path: string, isUpgrade?: boolean])[] = [
  ['a handshake of 0.9', '/socket.io/1/'],
  ['a handshake that is refused', '/socket.io/2/'],
  ['a first poll of 4', '/socket.io/?EIO=4&transport=polling'],
  ['a first poll that is refused', '/socket.io/?EIO=9&transport=polling'],
  ['a poll of nobody', '/socket.io/?EIO=4&transport=polling&sid=abc'],
  ['a websocket of 4', '/socket.io/?EIO=4&transport=websocket', true],
  ['a websocket of 0.9', '/socket.io/1/websocket/abc', true],
  ['a poll of nobody of 0.9', '/socket.io/1/xhr-polling/abc'],
  ['a page of nobody of 0.9', '/socket.io/1/htmlfile/abc'],
]

for (const [name, app] of apps) {
  for (const [what, makeHook, isForKoa] of hooks) {
    if (name === 'Koa 3' && !isForKoa) continue
    for (const isAsync of [false, true]) {
      test(`${what} when a client begins${isAsync ? ' later' : ''}, and gets 500, on ${name}`, async (t) => {
        const options: Options = isAsync ? { authorize: () => Promise.resolve(true), session: async () => ({}) } : {}
        const { url } = await start(t, app, makeHook, options)
        for (const [kind, path, isUpgrade] of beginnings) {
          const asked = isUpgrade ? askUpgrade(t, url + path, failing) : ask(url + path, { headers: failing })
          // What has begun before its end fails can only be cut.
          const answer = await asked.catch((error: NodeJS.ErrnoException) => error.code)
          // on-headers has set the status before, and error pages of Express keep one of 400 or more.
          // A page is a stream: a function that fails it does so when nobody can be told any more.
          const isBegun = kind === 'a page of nobody of 0.9' && (name === 'Koa 3' || /end\(\)/.test(what))
          const expected = isBegun ? 200 : 500
          const kept = typeof answer === 'object' && answer.status < 500 && answer.status >= 400
          if (typeof answer === 'object') assert.deepEqual([kind, kept || answer.status], [kind, kept || expected])
          else assert.deepEqual([kind, answer, /end\(\)/.test(what)], [kind, 'ECONNRESET', true])
        }
        await openPeer(t, url, await shakeHands(url))
        assert.equal((await openPolling(url)).opening.status, 200)
      })
    }

    test(`${what} when a poll or a POST is answered, and nothing is lost or done twice, on ${name}`, async (t) => {
      const { url } = await start(t, app, makeHook)
      const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
      const peer = await openPolling(url)
      const fails = async (path: string, body?: string): Promise<void> => {
        const answer = await ask(path, { headers: failing, ...(body !== undefined && { body }) }).catch(() => undefined)
        assert.equal(answer?.status ?? 500, 500)
      }
      await fails(transport)
      assert.equal((await ask(transport)).body, '1::')
      await fails(transport, '5:::{"name":"tell"}')
      await fails(transport)
      assert.equal((await ask(transport)).body, '5:::{"name":"told"}')
      await peer.post('40')
      assert.match((await peer.poll()).body, /^40/)
      await fails(peer.url, payload(4, '42["tell"]'))
      await fails(peer.url)
      assert.equal((await peer.poll()).body, '42["told"]')
    })
  }
}

for (const [name, app] of apps) {
  test(`getHeader() throws when an upgrade is answered, and its connection does not stay, on ${name}`, async (t) => {
    const makeHook = (): Hook => (request, response) => {
      if (request.headers['x-throw'] === undefined) return
      response.getHeader = () => {
        throw new Error('a hook of the app')
      }
    }
    const { url, server } = await start(t, app, makeHook)
    const { status } = await askUpgrade(t, `${url}/socket.io/?EIO=4&transport=websocket`, failing)
    // Koa asks for headers itself, and fails.
    assert.equal(status, name === 'Koa 3' ? 500 : 101)
    await openPeer(t, url, await shakeHands(url))
    assert.ok(server.listening)
  })
}
