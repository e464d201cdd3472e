// Owns: what we leave behind on servers: nothing on those that are not ours, nothing after io.close(), no crash.
// Elsewhere: whose upgrade is whose (upgrades-of-others.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import http2 from 'node:http2'
import https from 'node:https'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { socketioMiddleware } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { listen, startServer } from '../../support/server.js'
import { Echo } from './apps.js'
import { certificate, key } from './certificate.js'
import { ask, askUpgrade, becomes, openPeer, refusalOf, shakeHands, soon, startPeer, upgradeHeaders } from './peer.js'

/** A server of this process whose app does not know us. */
async function startForeign(
  t: TestContext,
  answer: http.RequestListener,
): Promise<{ server: http.Server; url: string }> {
  const server = http.createServer(answer)
  const { url } = await listen(t, socketioMiddleware({}), server)
  return { server, url }
}

const says =
  (text: string): http.RequestListener =>
  (_request, response) => {
    response.end(text)
  }

test('a server whose app does not reach us is left as it was when its connections are over', async (t) => {
  const io = socketioMiddleware({})
  t.after(() => io.close())
  const { server, url } = await startForeign(t, says('foreign'))
  const before = Object.getOwnPropertyNames(server)
  assert.equal((await ask(`${url}/page`)).body, 'foreign')
  await becomes('no listener of upgrade is left', () => server.listenerCount('upgrade') === 0)
  assert.equal(server.listenerCount('request'), 1)
  assert.deepEqual(Object.getOwnPropertyNames(server), before)
})

for (const [name, make] of [
  ['https', (answer: http.RequestListener) => https.createServer({ key, cert: certificate }, answer)],
  [
    'HTTP/2',
    (answer: http.RequestListener) =>
      http2.createSecureServer({ key, cert: certificate, allowHTTP1: true }, answer as never) as never as https.Server,
  ],
] as const) {
  test(`so is one of ${name}`, async (t) => {
    const io = socketioMiddleware({})
    t.after(() => io.close())
    const server = make(says('foreign'))
    const { port } = await listen(t, socketioMiddleware({}), server)
    const before = Object.getOwnPropertyNames(server)
    assert.equal((await ask(`https://127.0.0.1:${port}/page`)).body, 'foreign')
    await becomes('no listener of upgrade is left', () => server.listenerCount('upgrade') === 0)
    assert.deepEqual(Object.getOwnPropertyNames(server), before)
  })
}

test('many connections in front of a first request add one listener', async (t) => {
  const { server, port } = await startServer(t, { '': Echo })
  const sockets = Array.from({ length: 20 }, () => connect(port, '127.0.0.1'))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
  })
  let met = 0
  server.on('connection', () => met++)
  await becomes('all connections are met', () => met === sockets.length)
  assert.deepEqual([server.listenerCount('request'), server.listenerCount('upgrade')], [1, 1])
})

test('a foreign server answers what looks like our upgrade by itself, and is left as it was', async (t) => {
  const io = socketioMiddleware({})
  t.after(() => io.close())
  const { server, url } = await startForeign(t, says('foreign'))
  const { status, body } = await askUpgrade(t, `${url}/socket.io/1/websocket/x`)
  assert.deepEqual([status, body], [200, 'foreign'])
  await becomes('no listener of upgrade is left', () => server.listenerCount('upgrade') === 0)
})

test('a websocket is served by a server whose first request did not reach us', async (t) => {
  const sids = await startServer(t, { '': Echo })
  const app = express()
    .get('/page', (_request, response) => {
      response.send('page')
    })
    .use(sids.io)
  const server = http.createServer(app)
  const { url } = await listen(t, sids.io, server)
  assert.equal((await ask(`${url}/page`)).body, 'page')
  await becomes('no listener of upgrade is left', () => server.listenerCount('upgrade') === 0)
  await openPeer(t, url, await shakeHands(sids.url))
  assert.equal(server.listenerCount('upgrade'), 1)
})

test("another middleware's server whose first request is a websocket is left as it was", async (t) => {
  const io = socketioMiddleware({})
  t.after(() => io.close())
  const own = await startServer(t, { '': Echo })
  const other = http.createServer(express().use(own.io))
  const { url } = await listen(t, own.io, other)
  await openPeer(t, url, await shakeHands(own.url))
  await own.io.close()
  await becomes('no listener of upgrade is left', () => other.listenerCount('upgrade') === 0)
})

test('a server that only had a connection is left as it was by io.close()', async (t) => {
  const io = socketioMiddleware({})
  const { server } = await startForeign(t, says('foreign'))
  const { port } = server.address() as { port: number }
  const connected = once(server, 'connection')
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  await connected
  await becomes('it is met', () => server.listenerCount('upgrade') > 0)
  await io.close()
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await soon('an answer', once(socket, 'data'))
  socket.destroy()
  await becomes('no listener of upgrade is left', () => server.listenerCount('upgrade') === 0)
})

test('many middlewares and many connections add few listeners to a server', async (t) => {
  const warnings: Error[] = []
  const note = (warning: Error): void => {
    warnings.push(warning)
  }
  process.on('warning', note)
  t.after(() => process.off('warning', note))
  const many = Array.from({ length: 15 }, () => socketioMiddleware({}))
  t.after(() => Promise.all(many.map((io) => io.close())))
  const { server, url } = await startForeign(t, says('foreign'))
  const io = socketioMiddleware({ '': Echo })
  const own = await listen(t, io, http.createServer(express().use(io)))
  await Promise.all(Array.from({ length: 30 }, (_, at) => ask(`${at % 2 ? url : own.url}/x`)))
  const peers = Array.from({ length: 30 }, async () => openPeer(t, own.url, await shakeHands(own.url)))
  await Promise.all(peers)
  assert.ok(own.server.listenerCount('upgrade') === 1)
  await becomes('no listener of upgrade is left', () => server.listenerCount('upgrade') === 0)
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  assert.deepEqual(warnings, [])
})

for (const face of ['express', 'koa'] as const) {
  test(`io.close() ends the sockets and leaves the server answering, on ${face}`, async (t) => {
    const { io, server, url } = await startServer(t, { '': Echo }, {}, face)
    const sid = await shakeHands(url)
    const peer = await openPeer(t, url, sid)
    const pollingSid = await shakeHands(url)
    const poll = `${url}/socket.io/1/xhr-polling/${pollingSid}`
    assert.equal((await ask(poll)).body, '1::')
    const reached = once(server, 'request')
    const held = ask(poll)
    await soon('the poll', reached)
    await io.close()
    assert.equal(await soon('the end of the websocket', peer.closed), 1000)
    assert.equal((await held).body, '8::')
    assert.equal(server.listenerCount('upgrade'), 0)
    assert.equal(server.listening, true)
    assert.equal((await ask(`${url}/page`)).status, 404)
    assert.equal((await ask(`${url}/socket.io/1/`)).status, 503)
    assert.equal(server.listenerCount('upgrade'), 0)
  })
}

test('io.close() is done once, and a second one does nothing', async (t) => {
  const { io } = await startServer(t, { '': Echo })
  await io.close()
  await io.close()
})

test('an app that never answers an upgrade is cut after 30 seconds, whatever the client sends', async (t) => {
  const clock = new FakeClock()
  const io = socketioMiddleware({ '': Echo }, { clock })
  let reached!: () => void
  const waits = new Promise<void>((resolve) => {
    reached = resolve
  })
  const app = express().use((request, _response, next) => {
    if (request.headers.upgrade === undefined) next()
    else reached()
  }, io)
  const { url, port } = await listen(t, io, http.createServer(app))
  const sid = await shakeHands(url)
  const socket = connect(port, '127.0.0.1')
  t.after(() => socket.destroy())
  const lines = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.write(`GET /socket.io/1/websocket/${sid} HTTP/1.1\r\n${lines.join('')}\r\n`)
  await soon('the upgrade', waits)
  let isClosed = false
  const closed = once(socket, 'close').then(() => (isClosed = true))
  clock.advance(29_000)
  socket.write('still here')
  assert.equal((await ask(`${url}/other`)).status, 404)
  assert.equal(isClosed, false)
  clock.advance(1_000)
  socket.resume()
  await soon('the cut', closed)
})

test('an accepted upgrade has no such deadline', async (t) => {
  const clock = new FakeClock()
  const { url } = await startServer(t, { '': Echo }, { clock, heartbeatInterval: 50_000, heartbeatTimeout: 100_000 })
  const peer = await openPeer(t, url, await shakeHands(url))
  clock.advance(40_000)
  peer.send('5:1+::{"name":"echo","args":[1]}')
  assert.equal(await peer.frame(), '6:::1+[1]')
})

async function letIn(when: Promise<unknown>, next: () => void): Promise<void> {
  await when
  next()
}

for (const face of ['express', 'koa'] as const) {
  test(`a connection that is reset in the middle of an upgrade harms nobody, on ${face}`, async (t) => {
    const io = socketioMiddleware({ '': Echo })
    let isReset!: (value: unknown) => void
    const reset = new Promise((resolve) => {
      isReset = resolve
    })
    let reached!: () => void
    const waits = new Promise<void>((resolve) => {
      reached = resolve
    })
    const listener: http.RequestListener =
      face === 'koa'
        ? new Koa()
            .use(async (ctx, next) => {
              if (ctx.get('Upgrade') !== '' && ctx.get('X-Hurry') === '') await wait()
              return next()
            })
            .use(io)
            .callback()
        : express().use((request, _response, next) => {
            if (request.headers.upgrade === undefined || request.headers['x-hurry'] !== undefined) next()
            else void letIn(wait(), next)
          }, io)
    const { url, port } = await listen(t, io, http.createServer(listener))
    const wait = (): Promise<unknown> => {
      reached()
      return reset
    }
    const sid = await shakeHands(url)
    const socket = connect(port, '127.0.0.1')
    const lines = Object.entries({ Host: 'x', ...upgradeHeaders }).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`GET /socket.io/1/websocket/${sid} HTTP/1.1\r\n${lines.join('')}\r\n`)
    await soon('the upgrade', waits)
    socket.resetAndDestroy()
    await once(socket, 'close')
    assert.equal((await ask(`${url}/other`)).status, 404)
    isReset(undefined)
    const peer = await openPeer(t, url, sid, { 'X-Hurry': '1' })
    peer.send('5:1+::{"name":"echo","args":[1]}')
    assert.equal(await peer.frame(), '6:::1+[1]')
  })
}

/** What a client of a wrong handshake gets that never closes its own side. */
async function keptOpen(t: TestContext, port: number, path: string, lines: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  socket.setEncoding('latin1')
  let text = ''
  socket.on('data', (chunk: string) => {
    text += chunk
  })
  socket.write([`GET ${path} HTTP/1.1`, 'Host: x', 'Connection: Upgrade', ...lines, '', ''].join('\r\n'))
  await soon('the end of an answer', once(socket, 'end'))
  return text
}

for (const face of ['express', 'koa'] as const) {
  test(`a wrong websocket handshake keeps no connection, whatever its client does, on ${face}`, async (t) => {
    const { io, server, port, url } = await startServer(t, { '': Echo }, {}, face)
    const sid = await shakeHands(url)
    const version = 'Sec-WebSocket-Version: 13'
    const nonce = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='
    for (const path of [
      `/socket.io/1/websocket/${sid}`,
      '/socket.io/1/websocket/unknown',
      '/socket.io/?EIO=4&transport=websocket',
      '/socket.io/?EIO=4&transport=websocket&sid=unknown',
    ]) {
      for (const lines of [
        ['Upgrade: websocket', version, 'Sec-WebSocket-Key: short'],
        ['Upgrade: websocket', version],
        ['Upgrade: websocket', nonce, 'Sec-WebSocket-Version: 99'],
        ['Upgrade: websocket', nonce],
        ['Upgrade: websocket', version, nonce, 'Sec-WebSocket-Protocol: a,,b'],
      ]) {
        assert.match(await keptOpen(t, port, path, lines), /^HTTP\/1\.1 400 Bad Request\r\n/)
      }
    }
    // RFC 6455, 4.4: what versions there are is said.
    const wrong = ['Upgrade: websocket', nonce, 'Sec-WebSocket-Version: 99']
    assert.match(await keptOpen(t, port, `/socket.io/1/websocket/${sid}`, wrong), /\r\nSec-WebSocket-Version: 13/)
    const count = (): Promise<number> =>
      new Promise((resolve) => {
        server.getConnections((_error, connections) => {
          resolve(connections)
        })
      })
    await io.close()
    server.close()
    server.closeAllConnections()
    assert.equal(await count(), 0)
  })
}

test('an upgrade that is no good websocket handshake is answered 400', async (t) => {
  const { url } = await startServer(t, { '': Echo })
  const path = `${url}/socket.io/1/websocket/${await shakeHands(url)}`
  // RFC 9110, 7.8: another protocol that is offered may be ignored, as if the request had not asked for it.
  const other = await askUpgrade(t, path, { Upgrade: 'h2c' })
  assert.deepEqual([other.status, other.body], [400, 'expected an upgrade to websocket'])
  for (const headers of [{ 'Sec-WebSocket-Key': 'short' }, { 'Sec-WebSocket-Version': '99' }]) {
    const { status, headers: answered } = await askUpgrade(t, path, headers)
    assert.deepEqual([status, answered.connection], [400, 'close'])
  }
  const refused = await refusalOf(startPeer(t, path.replace('http', 'ws'), { Origin: 'https://elsewhere.example' }))
  assert.equal(refused.statusCode, 403)
})
