// Owns: upgrades that are not ours: other libraries keep theirs, all else is an ordinary request as if we were not there.
// Elsewhere: servers that are not ours (servers.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import https from 'node:https'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { WebSocketServer } from 'ws'
import { socketioMiddleware, type SocketioMiddleware } from '../../../lib/index.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { certificate, key } from './certificate.js'
import { ask, askUpgrade, exchangeBytes, exchangeInTurn, openPeer, refusalOf, shakeHands, startPeer } from './peer.js'

function app(io: SocketioMiddleware): express.Express {
  return express()
    .use(io)
    .post('/upload', express.text({ type: '*/*' }), (request, response) => {
      response.send(`body ${String(request.body)}`)
    })
    .use((request, response) => {
      response.send(`app ${request.url}`)
    })
}

async function startWithOther(t: TestContext, isFirst: boolean) {
  const io = socketioMiddleware({ '': Echo })
  const server = http.createServer(app(io))
  if (!isFirst) io.attach(server)
  const other = new WebSocketServer({ server, path: '/other' })
  other.on('connection', (websocket) => {
    websocket.send('from the other')
  })
  t.after(() => {
    for (const websocket of other.clients) websocket.terminate()
    other.close()
  })
  return listen(t, io, server)
}

for (const isFirst of [true, false]) {
  const order = isFirst ? 'before us' : 'after us'

  test(`a websocket library that was attached ${order} keeps its own path, and we keep ours`, async (t) => {
    const { url } = await startWithOther(t, isFirst)
    assert.equal(await startPeer(t, `${url.replace('http', 'ws')}/other`).frame(), 'from the other')
    const peer = await openPeer(t, url, await shakeHands(url))
    peer.send('5:1+::{"name":"echo","args":[1]}')
    assert.equal(await peer.frame(), '6:::1+[1]')
    assert.equal(await startPeer(t, `${url.replace('http', 'ws')}/other`).frame(), 'from the other')
  })

  test(`upgrades of neither are left to a library that was attached ${order}`, async (t) => {
    const { url } = await startWithOther(t, isFirst)
    await shakeHands(url)
    assert.equal((await refusalOf(startPeer(t, `${url.replace('http', 'ws')}/nobody`))).statusCode, 400)
  })
}

test('our upgrade as the first request of a server with another library on it is ours', async (t) => {
  const { io, url } = await startWithOther(t, true)
  const elsewhere = await listen(t, io, http.createServer(app(io)))
  const peer = await openPeer(t, url, await shakeHands(elsewhere.url))
  peer.send('5:1+::{"name":"echo","args":[1]}')
  assert.equal(await peer.frame(), '6:::1+[1]')
})

async function startAlone(t: TestContext) {
  const io = socketioMiddleware({ '': Echo })
  const started = await listen(t, io, http.createServer(app(io)))
  await shakeHands(started.url)
  assert.equal(started.server.listenerCount('upgrade'), 1)
  return started
}

const head = (first: string, ...lines: string[]) => [first, 'Host: x', ...lines, '', ''].join('\r\n')

test('a GET that offers h2c gets its ordinary answer', async (t) => {
  const { port } = await startAlone(t)
  const h2c = ['Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']
  const answer = await exchangeBytes(port, head('GET /page?a=1 HTTP/1.1', ...h2c))
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/)
  assert.match(answer, /\r\n\r\napp \/page\?a=1$/)
})

test('a websocket upgrade that nobody takes is an ordinary request', async (t) => {
  const { url } = await startAlone(t)
  for (const path of ['/elsewhere', '/socket.io/2x/websocket/y', '/socket.io/1/websocketfoo/x/y/z']) {
    const { status, body } = await askUpgrade(t, url + path)
    assert.deepEqual([status, body], [200, `app ${path}`])
  }
})

test('an upgrade in HTTP/1.0 is an ordinary request (RFC 9110, 7.8)', async (t) => {
  const { port } = await startAlone(t)
  const upgrade = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13']
  const lines = [...upgrade, 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']
  for (const [path, query] of [
    ['/socket.io/', '?EIO=4&transport=polling'],
    ['/socket.io/', '?EIO=4&transport=websocket'],
    ['/page', ''],
  ] as const) {
    const plain = await exchangeBytes(port, head(`GET ${path}${query} HTTP/1.0`))
    const asked = await exchangeBytes(port, head(`GET ${path}${query} HTTP/1.0`, ...lines))
    assert.match(asked, /^HTTP\/1\.1 [24]/)
    const [first, second] = [plain, asked].map((text) => text.replace(/"sid":"[^"]+"|\r\nDate: [^\r]*/g, ''))
    assert.equal(second, first)
  }
})

test('requests behind such an upgrade are answered in order', async (t) => {
  const { port } = await startAlone(t)
  const answer = await exchangeInTurn(port, [
    head('GET /one HTTP/1.1', 'Connection: Upgrade', 'Upgrade: h2c'),
    head('GET /two HTTP/1.1'),
    head('GET /three HTTP/1.1', 'Connection: close'),
  ])
  assert.deepEqual(answer.match(/app \/[a-z]+/g), ['app /one', 'app /two', 'app /three'])
})

test('the body behind the head of such an upgrade reaches the app, whole', async (t) => {
  const { port } = await startAlone(t)
  const text = 'x'.repeat(70_000)
  const upgrade = ['Connection: Upgrade', 'Upgrade: h2c', 'Content-Type: text/plain']
  const first = await exchangeBytes(
    port,
    `${head('POST /upload HTTP/1.1', ...upgrade, `Content-Length: ${text.length}`)}${text}`,
    (received) => received.endsWith(text),
  )
  assert.match(first, /body x+$/)
  const chunked = await exchangeBytes(
    port,
    `${head('POST /upload HTTP/1.1', ...upgrade, 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`,
    (received) => received.endsWith('hello'),
  )
  assert.match(chunked, /body hello$/)
})

test('headers that are given back are those that came, byte for byte, but for the upgrade', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const { url, port } = await listen(
    t,
    io,
    http.createServer((request, response) => {
      io(request, response, () => {
        const { rawHeaders } = request
        const kept = rawHeaders.filter((_, at) => !/^(?:connection|upgrade)$/i.test(rawHeaders[at - (at % 2)] ?? ''))
        response.end(JSON.stringify(kept))
      })
    }),
  )
  await shakeHands(url)
  const lines = ['X-Twice: 1', 'x-twice: 2', 'X-Name: \u00fcn\u00ef', 'Connection: Upgrade, close', 'Upgrade: h2c']
  const answer = await exchangeBytes(port, head('GET / HTTP/1.1', ...lines))
  const expected = ['Host', 'x', 'X-Twice', '1', 'x-twice', '2', 'X-Name', '\u00fcn\u00ef']
  assert.deepEqual(JSON.parse(Buffer.from(answer.slice(answer.indexOf('\r\n\r\n') + 4), 'latin1').toString()), expected)
})

test('an upgrade that nobody takes is an ordinary request over https, too', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const { port } = await listen(t, io, https.createServer({ key, cert: certificate }, app(io)))
  await shakeHands(`https://127.0.0.1:${port}`)
  const headers = { Connection: 'Upgrade', Upgrade: 'h2c' }
  assert.equal((await ask(`https://127.0.0.1:${port}/page`, { headers })).body, 'app /page')
})
