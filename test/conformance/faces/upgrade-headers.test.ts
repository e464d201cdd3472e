// Owns: the headers of a 101, byte for byte those of an ordinary answer of the same app, however the app sets them; and what
// goes out when the chain changes its mind after us.
// Elsewhere: cookies and sessions in a 101 (upgrades-express.test.ts, upgrades-koa.test.ts).
import assert from 'node:assert/strict'
import http, { type RequestListener } from 'node:http'
import { test, type TestContext } from 'node:test'
import connect from 'connect'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware, type SocketioMiddleware } from '../../../lib/index.js'
import { listen } from '../../support/server.js'
import { Echo, express4 } from './apps.js'
import { exchangeBytes, openPeer, shakeHands, upgradeHeaders } from './peer.js'

type Set = (response: http.ServerResponse) => void
type Make = (io: SocketioMiddleware, set: Set) => RequestListener

interface Usable {
  use(...middleware: unknown[]): unknown
}

const ofUse =
  (make: () => unknown): Make =>
  (io, set) => {
    const app = make() as Usable
    app.use((_request: unknown, response: http.ServerResponse, next: () => void) => {
      set(response)
      next()
    })
    app.use(io)
    app.use((_request: unknown, response: http.ServerResponse) => {
      response.statusCode = 204
      response.end()
    })
    return app as unknown as RequestListener
  }

const apps: readonly (readonly [name: string, make: Make])[] = [
  ['Express 5', ofUse(() => express().set('env', 'test').disable('x-powered-by'))],
  ['Express 4', ofUse(() => express4().set('env', 'test').disable('x-powered-by'))],
  ['Connect', ofUse(() => connect())],
  [
    'node:http',
    (io, set) => (request, response) => {
      set(response)
      io(request, response, (error) => {
        response.writeHead(error === undefined ? 204 : 500).end()
      })
    },
  ],
  [
    'Koa',
    (io, set) => {
      const app = new Koa()
      app.silent = true
      return app
        .use((ctx, next) => {
          set(ctx.res)
          return next()
        })
        .use(io)
        .use((ctx) => {
          ctx.status = 204
        })
        .callback()
    },
  ],
]

type Args = [status: number, ...others: unknown[]]

/** Has the app say more as the head is written, as on-headers and its like do. */
const atHead = (more: (args: Args) => Args): Set => {
  return (response) => {
    const writeHead = response.writeHead.bind(response) as (...args: Args) => http.ServerResponse
    Object.assign(response, { writeHead: (...args: Args) => writeHead(...more(args)) })
  }
}

const latin1 = Array.from({ length: 0x60 }, (_none, index) => String.fromCharCode(0xa0 + index)).join('')

const ways: readonly (readonly [name: string, set: Set])[] = [
  ['a latin1 value', (response) => response.setHeader('X-Name', 'Zoë Müller')],
  ['every latin1 character', (response) => response.setHeader('X-All', latin1)],
  ['values as a list', (response) => response.setHeader('X-List', ['plain', 'ünder', 'third'])],
  ['an appended value', (response) => response.setHeader('X-A', 'é').appendHeader('X-A', 'è')],
  ['cookies', (response) => response.setHeader('Set-Cookie', ['name=Zoë', 'X-two=2; Path=/'])],
  ['a name in capitals', (response) => response.setHeader('X-CAPITALS', 'yes')],
  ['headers by setHeaders()', (response) => response.setHeaders(new Map([['X-Map', 'ñ']]))],
  ['UTF-8 that was made latin1', (response) => response.setHeader('X-Utf8', Buffer.from('€').toString('latin1'))],
  ['an object given to writeHead()', atHead(([status]) => [status, { 'X-Object': 'é' }])],
  ['a list given to writeHead()', atHead(([status]) => [status, ['X-Raw', 'é', 'X-More', 'è', 'X-Last', '1']])],
  [
    'an object beside earlier headers',
    (response) => {
      response.setHeader('X-Early', 'ä')
      atHead(([status]) => [status, { 'X-Object': 'ö' }])(response)
    },
  ],
  [
    'a list beside earlier headers',
    (response) => {
      response.setHeader('X-Early', 'ä')
      atHead(([status]) => [status, ['X-Raw', 'ö']])(response)
    },
  ],
]

/** The lines of a head that the app has added: ours and Node's begin otherwise. */
function added(received: string): string[] {
  const [, ...lines] = received.slice(0, received.indexOf('\r\n\r\n')).split('\r\n')
  return lines.filter((line) => /^(?:x-|set-cookie)/i.test(line))
}

function get(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}

const isHead = (received: string): boolean => received.includes('\r\n\r\n')
const paths = ['/socket.io/?EIO=4&transport=websocket', '/socket.io/1/websocket/nobody']

async function start(t: TestContext, make: Make, set: Set) {
  const io = socketioMiddleware({ '': Echo })
  return listen(t, io, http.createServer(make(io, set)))
}

// Without a body, as a 101 is: with a text, Node writes the head in the encoding of that, which is UTF-8.
for (const [face, make] of apps) {
  for (const [name, set] of ways) {
    test(`${name}: a 101 has the bytes of an ordinary answer, on ${face}`, async (t) => {
      const { port } = await start(t, make, set)
      const wanted = added(await exchangeBytes(port, get('/page'), isHead))
      assert.ok(wanted.length > 0)
      for (const path of paths) {
        const received = await exchangeBytes(port, get(path, upgradeHeaders), isHead)
        assert.match(received, /^HTTP\/1\.1 101 /)
        assert.deepEqual(added(received), wanted)
      }
    })
  }

  test(`our own answers have the same bytes, with or without shortcuts, on ${face}`, async (t) => {
    const { port } = await start(t, make, (response) => response.setHeader('X-Name', 'Zoë'))
    for (const path of ['/socket.io/1/', '/socket.io/?EIO=9', '/socket.io/1/xhr-polling/nobody']) {
      const received = await exchangeBytes(port, get(path), isHead)
      // Koa's own answers are texts, whatever they answer.
      if (face !== 'Koa') assert.ok(added(received).includes('X-Name: Zo\xeb'), path)
    }
  })

  test(`frames behind such a 101 are UTF-8 as ever, on ${face}`, async (t) => {
    const { url } = await start(t, make, (response) => response.setHeader('X-Name', 'é'))
    const peer = await openPeer(t, url, await shakeHands(url))
    peer.send('5:1+::{"name":"echo","args":["é € 😀"]}')
    assert.equal(await peer.frame(), '6:::1+["é € 😀"]')
  })

  test(`a value that no header may hold is refused with 500 as the head is written, on ${face}`, async (t) => {
    t.mock.method(console, 'error', () => {})
    for (const value of ['€', 'a\r\nX-B: b', 'a\nb']) {
      const { port } = await start(t, make, (response) => {
        let times = 0
        atHead(([status, ...others]) => (times++ === 0 ? [status, ['X-Raw', value]] : [status, ...others]))(response)
      })
      for (const path of paths) {
        const received = await exchangeBytes(port, get(path, upgradeHeaders), isHead)
        assert.match(received, /^HTTP\/1\.1 500 [^]*\r\nConnection: close\r\n/i)
      }
    }
  })
}

test('what Koa answers in place of a 101 goes out as it is: status, headers, body', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const app = new Koa()
  app.silent = true
  app.use(async (ctx, next) => {
    await next()
    ctx.throw(401, 'log in first', { headers: { 'WWW-Authenticate': 'Basic realm="Zoë"' } })
  })
  app.use(io)
  const { port } = await listen(t, io, http.createServer(app.callback()))
  const [ordinary, ...upgraded] = await Promise.all([
    exchangeBytes(port, get('/page', { Connection: 'close' })),
    ...paths.map((path) => exchangeBytes(port, get(path, upgradeHeaders))),
  ])
  const plain = (answer = ''): string => answer.replace(/Date: [^\r]+/, 'Date: now').replace(/Vary: Origin\r\n/, '')
  assert.match(plain(ordinary), /^HTTP\/1\.1 401 Unauthorized\r\n[^]*realm="Zo[^]*\r\n\r\nlog in first$/)
  for (const answer of upgraded) assert.equal(plain(answer), plain(ordinary))
})

test('a guard of Express that refuses an upgrade: the bytes of its ordinary answer', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const app = express().use((_request, response) => {
    response.status(401).set('X-Name', 'Zoë').send('log in first')
  }, io)
  const { port } = await listen(t, io, http.createServer(app))
  const ordinary = await exchangeBytes(port, get('/page', { Connection: 'close' }))
  for (const path of paths) {
    const received = await exchangeBytes(port, get(path, upgradeHeaders))
    const plain = (answer: string): string => answer.replace(/Date: [^\r]+/, 'Date: now')
    assert.equal(plain(received), plain(ordinary))
  }
})

test('interim answers of middleware leave a 101 whole', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const app = new Koa()
  app.use(async (ctx, next) => {
    await next()
    ctx.res.writeEarlyHints({ link: '</style.css>; rel=preload' })
    ctx.set('X-Late', 'é')
  })
  app.use(io)
  const { port } = await listen(t, io, http.createServer(app.callback()))
  for (const path of paths) {
    const received = await exchangeBytes(port, get(path, upgradeHeaders), (text) => /101 [^]*\r\n\r\n/.test(text))
    assert.deepEqual(added(received.slice(received.indexOf('HTTP/1.1 101'))), ['X-Late: \xe9'])
  }
})
