// Owns: io.attach(server, { path, via }): our requests and upgrades below a path go to a function beside the app.
// Elsewhere: polls of clients that are there, which skip both (direct-polls.test.ts), other listeners (neighbours.test.ts).
import assert from 'node:assert/strict'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import http2 from 'node:http2'
import { describe, test, type TestContext } from 'node:test'
import connect from 'connect'
import cookieParser from 'cookie-parser'
import express from 'express'
import session from 'express-session'
import Koa from 'koa'
import { WebSocketServer } from 'ws'
import { BaseNamespace, socketioMiddleware, UsageError, type SocketioMiddleware } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { generations, openIn } from '../../support/generations.js'
import { listenHttp2 } from '../../support/http2-server.js'
import { listen, type TestServer } from '../../support/server.js'
import { ask, askUpgrade, headerLines, openPeer, shakeHands } from './peer.js'

type Via = (request: IncomingMessage, response: ServerResponse) => unknown

class Echo extends BaseNamespace {
  on_echo(value: unknown) {
    return value
  }
  on_cookies() {
    return (this.request as { cookies?: unknown }).cookies ?? null
  }
  on_visits() {
    return (this.request as unknown as { session?: { visits?: number } }).session?.visits ?? null
  }
}

interface Beside extends TestServer {
  /** What the app has seen. */
  readonly seen: string[]
}

/** An app that answers 418 to all, and has no middleware of ours. */
async function start(t: TestContext, path: string | undefined, via: (io: SocketioMiddleware) => Via): Promise<Beside> {
  const seen: string[] = []
  const io = socketioMiddleware({ '': Echo, '/chat': Echo }, { origins: '*' })
  const app = express().use((request, response) => {
    seen.push(`${request.method} ${request.path}`)
    response.status(418).end('app')
  })
  const server = http.createServer(app)
  io.attach(server, path === undefined ? { via: via(io) } : { path, via: via(io) })
  return { ...(await listen(t, io, server)), seen }
}

const ways: Readonly<Record<string, (io: SocketioMiddleware) => Via>> = {
  'io itself': (io) => io,
  Connect: (io) =>
    connect()
      .use(cookieParser() as never)
      .use(io),
  Express: (io) => express().use(cookieParser()).use(io),
  Koa: (io) => new Koa().use(io).callback(),
}

for (const [name, way] of Object.entries(ways)) {
  describe(`beside the app, by ${name}`, () => {
    for (const generation of generations) {
      test(`a websocket of ${generation} is served by ${name}, and the app sees nothing of it`, async (t) => {
        const server = await start(t, undefined, way)
        const peer = await openIn(t, server, generation)
        await peer.enter('/chat')
        peer.ask(1, '/chat', 'echo', 'x')
        assert.equal(await peer.next(), 'ack /chat 1 ["x"]')
        assert.deepEqual(server.seen, [])
      })
    }

    test(`polls are served by ${name}, and the app sees nothing of them`, async (t) => {
      const server = await start(t, '/', way)
      const modern = await openPolling(server.url)
      await modern.post('40')
      assert.match((await modern.poll()).body, /^40\{"sid":/)
      await modern.post('421["echo","x"]')
      assert.equal((await modern.poll()).body, '431["x"]')
      const sid = await shakeHands(server.url)
      assert.equal((await ask(`${server.url}/socket.io/1/xhr-polling/${sid}`)).body, '1::')
      assert.deepEqual(server.seen, [])
    })

    test(`what is not ours goes to the app, beside ${name}`, async (t) => {
      const server = await start(t, '/realtime', way)
      for (const path of [
        '/',
        '/realtime',
        '/socket.io/1/',
        '/socket.io/?EIO=4&transport=polling',
        '/other/socket.io/1/',
      ]) {
        const { status, body } = await ask(server.url + path)
        assert.deepEqual([path, status, body], [path, 418, 'app'])
      }
      assert.equal((await askUpgrade(t, `${server.url}/socket.io/?EIO=4&transport=websocket`)).status, 418)
      const peer = await openPeer(t, `${server.url}/realtime`, await shakeHands(`${server.url}/realtime`))
      peer.send('5:1+::{"name":"echo","args":["x"]}')
      assert.equal(await peer.frame(), '6:::1+["x"]')
      assert.equal(server.seen.length, 6)
    })
  })
}

test('the middleware of the small app is run: its cookies and sessions are in the handlers, its Set-Cookie in the 101', async (t) => {
  const server = await start(t, undefined, (io) =>
    express()
      .use(cookieParser())
      .use(session({ secret: 'test', resave: false, saveUninitialized: true }))
      .use((request, _response, next) => {
        ;(request.session as unknown as { visits: number }).visits = 7
        next()
      })
      .use(io),
  )
  const answer = await askUpgrade(t, `${server.url}/socket.io/?EIO=4&transport=websocket`)
  assert.equal(answer.status, 101)
  assert.match(headerLines(answer, 'set-cookie').join(), /^connect\.sid=/)
  const headers = { Cookie: 'flavour=oat' }
  const peer = await openPeer(t, server.url, await shakeHands(server.url, headers), headers)
  peer.send('5:1+::{"name":"cookies"}')
  assert.equal(await peer.frame(), '6:::1+[{"flavour":"oat"}]')
  peer.send('5:2+::{"name":"visits"}')
  assert.equal(await peer.frame(), '6:::2+[7]')
})

test('its guard refuses handshakes and upgrades in plain HTTP', async (t) => {
  const server = await start(t, undefined, (io) =>
    express()
      .use((_request, response) => {
        response.status(401).end('who are you?')
      })
      .use(io),
  )
  const { status, body } = await ask(`${server.url}/socket.io/1/`)
  assert.deepEqual([status, body], [401, 'who are you?'])
  assert.equal((await askUpgrade(t, `${server.url}/socket.io/?EIO=4&transport=websocket`)).status, 401)
  assert.deepEqual(server.seen, [])
})

for (const [what, via] of Object.entries<Via>({
  throws: () => {
    throw new Error('of via')
  },
  rejects: () => Promise.reject(new Error('of via')),
  'throws behind a response that throws': (_request, response) => {
    response.writeHead = () => {
      throw new Error('of writeHead')
    }
    throw new Error('of via')
  },
})) {
  test(`a function that ${what} is answered with 500, for requests and upgrades`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const server = await start(t, undefined, () => via)
    assert.equal((await ask(`${server.url}/socket.io/1/`)).status, 500)
    assert.equal((await askUpgrade(t, `${server.url}/socket.io/?EIO=4&transport=websocket`)).status, 500)
    assert.equal((await ask(`${server.url}/`)).status, 418)
  })
}

test('a function that fails after its answer changes nothing of it', async (t) => {
  t.mock.method(console, 'error', () => {})
  const server = await start(t, undefined, (io) => async (request, response) => {
    io(request, response)
    await new Promise(setImmediate)
    throw new Error('late')
  })
  const peer = await openPeer(t, server.url, await shakeHands(server.url))
  peer.send('5:1+::{"name":"echo","args":["x"]}')
  assert.equal(await peer.frame(), '6:::1+["x"]')
})

test('other websockets on the server are left to their listeners', async (t) => {
  const server = await start(t, '/realtime', (io) => io)
  const others = new WebSocketServer({ server: server.server, path: '/other' })
  t.after(() => others.close())
  assert.equal((await askUpgrade(t, `${server.url}/other`)).status, 101)
  assert.equal((await askUpgrade(t, `${server.url}/realtime/socket.io/?EIO=4&transport=websocket`)).status, 101)
})

test('after io.close() the app has all requests again', async (t) => {
  const server = await start(t, undefined, (io) => io)
  assert.equal((await ask(`${server.url}/socket.io/1/`)).status, 200)
  await server.io.close()
  assert.equal((await ask(`${server.url}/socket.io/1/`)).status, 418)
})

test('a path that is attached again without via goes to the app again', async (t) => {
  const server = await start(t, undefined, (io) => io)
  server.io.attach(server.server, { path: '/' })
  assert.equal((await ask(`${server.url}/socket.io/1/`)).status, 418)
})

test('a server of HTTP/2 is served beside its app as well', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const server = http2.createServer((_request, response) => {
    response.writeHead(418).end()
  })
  io.attach(server, { via: io })
  const { port } = await listenHttp2(t, io, server)
  const client = http2.connect(`http://127.0.0.1:${port}`)
  t.after(() => client.destroy())
  for (const [path, status] of [
    ['/socket.io/1/', 200],
    ['/', 418],
  ] as const) {
    const stream = client.request({ ':path': path })
    const answered = new Promise((resolve) => stream.on('response', (headers) => resolve(headers[':status'])))
    stream.resume().end()
    assert.equal(await answered, status)
  }
})

test('anything but a function is refused as via', (t) => {
  const io = socketioMiddleware({})
  t.after(() => io.close())
  for (const via of [null, {}, 'io', 1]) {
    assert.throws(
      () => io.attach(http.createServer(), { via } as never),
      (error) => error instanceof UsageError && error.code === 'SIO_USAGE_OPTION' && error.message.includes('via'),
    )
  }
})
