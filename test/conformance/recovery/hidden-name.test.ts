// Owns: that the name by which a client comes back is in nothing that the application is handed, nor in what is logged when
// its requests end.
// Elsewhere: environ (life.test.ts), clients of 4, whose names are in no URL (resume-bounds.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import http2 from 'node:http2'
import { describe, test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import express from 'express'
import Koa from 'koa'
import morgan from 'morgan'
import {
  BaseNamespace,
  channels,
  socketioMiddleware,
  type NamespaceDeclarations,
  type Options,
  type SocketioMiddleware,
} from '../../../lib/index.js'
import { watch } from '../../support/channel-watch.js'
import { ask, startWebSocket } from '../../support/engine-peer.js'
import { startFastify } from '../../support/fastify-server.js'
import { Http2Peer } from '../../support/http2-peer.js'
import { listenHttp2 } from '../../support/http2-server.js'
import { listen } from '../../support/server.js'
import { frameworks } from '../faces/apps.js'
import { until } from './raw.js'

const secret = 'a-name-that-nobody-may-see'
const query = `resume=${secret}&room=lobby&seen=5`

/** All that the application is handed, as text, noted when it is handed. */
function noting(shown: string[]): { namespaces: NamespaceDeclarations; options: Options } {
  const note = (...things: unknown[]): void => {
    for (const thing of things) shown.push(inspect(thing, { depth: 2, showHidden: true, maxStringLength: 500 }))
  }
  const noteRequest = (request: object): void => {
    note(request, Reflect.get(request, 'url'), Reflect.get(request, 'originalUrl'), Reflect.get(request, 'query'))
  }
  class Chat extends BaseNamespace {
    override recv_connect() {
      noteRequest(this.request)
      note(this.environ)
      shown.push('connected')
    }
  }
  const options: Options = {
    recovery: true,
    authorize: (request) => {
      noteRequest(request)
      return true
    },
    session: (request) => {
      noteRequest(request)
      return {}
    },
    origins: (_origin, request) => {
      noteRequest(request)
      return true
    },
  }
  return { namespaces: { '/chat': Chat }, options }
}

/** Requests of clients that come back: a handshake and a websocket of 0.9, and both ways to begin of 2. */
async function come(t: TestContext, url: string, shown: readonly string[]): Promise<void> {
  const connected = (): number => shown.filter((entry) => entry === 'connected').length
  const { body } = await ask(`${url}/socket.io/1/?t=1&${query}`)
  const v09 = startWebSocket(t, `${url}/socket.io/1/websocket/${body.split(':')[0]}?${query}`)
  await v09.text()
  v09.send('1::/chat')
  await until(() => connected() === 1)
  const v2 = startWebSocket(t, `${url}/socket.io/?${query}&EIO=3&transport=websocket`)
  await v2.text()
  v2.send('40/chat')
  await until(() => connected() === 2)
  const polling = await ask(`${url}/socket.io/?EIO=3&transport=polling&${query}`)
  const [, sid] = /"sid":"([^"]+)"/.exec(polling.body) ?? []
  await ask(`${url}/socket.io/?EIO=3&transport=polling&sid=${sid}&${query}`, { body: '7:40/chat' })
  await until(() => connected() === 3)
}

function check(shown: readonly string[]): void {
  const text = shown.join('\n')
  assert.ok(text.includes('lobby'), 'its other parameters are there')
  const at = text.indexOf(secret)
  assert.equal(at, -1, at < 0 ? '' : text.slice(Math.max(0, at - 300), at + 60))
}

describe('the name of a client that comes back is in no request that is handed to the application', () => {
  for (const { name, alone, mounted } of frameworks) {
    for (const [how, build, path] of [
      ['alone', alone, ''],
      ['mounted', mounted, '/rt'],
    ] as const) {
      test(`${name}, ${how}`, async (t) => {
        const shown: string[] = []
        const { namespaces, options } = noting(shown)
        const io = socketioMiddleware(namespaces, options) as SocketioMiddleware
        const { url } = await listen(t, io, http.createServer(build(io)))
        await come(t, url + path, shown)
        check(shown)
      })
    }
  }

  test('Koa, where something in front of io has read the URL', async (t) => {
    const shown: string[] = []
    const { namespaces, options } = noting(shown)
    const io = socketioMiddleware(namespaces, options) as SocketioMiddleware
    const app = new Koa()
    const contexts: Koa.Context[] = []
    app.use((ctx, next) => {
      assert.ok(ctx.URL.search.includes(secret) && ctx.query['resume'] === secret)
      contexts.push(ctx)
      return next()
    })
    const { url } = await listen(t, io, http.createServer(app.use(io).callback()))
    await come(t, url, shown)
    check([...shown, ...contexts.map((ctx) => inspect([ctx.URL.href, ctx.query, ctx.request], { showHidden: true }))])
  })

  test('Express, where what is in front of io has read the URL as the client sent it', async (t) => {
    const shown: string[] = []
    const { namespaces, options } = noting(shown)
    const io = socketioMiddleware(namespaces, options) as SocketioMiddleware
    const requests: express.Request[] = []
    // Which files it looks for, is in the URL that came first.
    const app = express().use(express.static(import.meta.dirname), (request, _response, next) => {
      assert.ok(inspect(request, { depth: 2 }).includes(secret))
      requests.push(request)
      next()
    })
    const { url } = await listen(t, io, http.createServer(app.use(io)))
    await come(t, url, shown)
    check([...shown, inspect(requests, { depth: 2, showHidden: true })])
  })

  test('node:http, where fields by the names of frameworks cannot be set', async (t) => {
    const shown: string[] = []
    const { namespaces, options } = noting(shown)
    const io = socketioMiddleware(namespaces, options) as SocketioMiddleware
    const server = http.createServer((request, response) => {
      for (const name of ['_parsedUrl', '_parsedOriginalUrl', 'memoizedURL', '_querycache', 'query']) {
        Object.defineProperty(request, name, { get: () => 'read anew' })
      }
      io(request, response)
    })
    const { url } = await listen(t, io, server)
    await come(t, url, shown)
    check(shown)
  })

  for (const [name, listenerOf] of [
    ['node:http2', (io: SocketioMiddleware) => io as unknown as http.RequestListener],
    ['Koa', (io: SocketioMiddleware) => new Koa().use(io).callback()],
  ] as const) {
    test(`HTTP/2, on ${name}`, async (t) => {
      const shown: string[] = []
      const { namespaces, options } = noting(shown)
      const io = socketioMiddleware(namespaces, options) as SocketioMiddleware
      const listener = listenerOf(io) as unknown as (...args: unknown[]) => unknown
      const server = http2.createServer((request, response) => {
        listener(request, response)
        shown.push(inspect([request.rawHeaders, request.headers, request.url]))
      })
      const { port } = await listenHttp2(t, io, server)
      const peer = new Http2Peer(t, `http://127.0.0.1:${port}`)
      for (const path of [`/socket.io/1/?t=1&${query}`, `/socket.io/?EIO=3&transport=polling&${query}`]) {
        assert.equal((await peer.ask(path)).status, 200)
      }
      check(shown)
    })
  }

  test('Fastify', async (t) => {
    const shown: string[] = []
    const { namespaces, options } = noting(shown)
    const { url } = await startFastify(t, { namespaces, ...options } as object)
    await come(t, url, shown)
    check(shown)
  })
})

test('it is in no line that morgan writes, nor in the channel that says that it was refused', async (t) => {
  const lines: string[] = []
  watch(t, channels.resumeRefused, ({ request }) => {
    lines.push(String(Reflect.get(request as object, 'url')))
  })
  const shown: string[] = []
  const { namespaces, options } = noting(shown)
  const io = socketioMiddleware(namespaces, options) as SocketioMiddleware
  const app = express()
  app.use(morgan('combined', { stream: { write: (line) => lines.push(line) } }))
  app.use(io)
  const { url } = await listen(t, io, http.createServer(app))
  await come(t, url, shown)
  await until(() => lines.some((line) => line.includes('GET /socket.io/1/?t=1')))
  assert.ok(lines.length >= 5, String(lines.length))
  for (const line of lines) assert.equal(line.includes(secret), false, line)
})

test('the parameters of a client of 4, and of all clients without recovery, are as they came', async (t) => {
  for (const recovery of [true, false]) {
    let url: string | undefined
    class Chat extends BaseNamespace {
      override recv_connect() {
        url = this.request.url
      }
    }
    const io = socketioMiddleware({ '/chat': Chat }, { recovery })
    const server = await listen(t, io, http.createServer(express().use(io)))
    const path = recovery ? `EIO=4&transport=websocket&${query}` : `EIO=3&transport=websocket&${query}`
    const peer = startWebSocket(t, `${server.url}/socket.io/?${path}`)
    await peer.text()
    peer.send('40/chat')
    await until(() => url !== undefined)
    assert.ok(url?.includes(query), url)
  }
})
