// Owns: the ways to listen: app.listen() alone, http, https, supertest's throw-away servers, io.attach().
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import cookieParser from 'cookie-parser'
import express from 'express'
import Koa from 'koa'
import supertest from 'supertest'
import { BaseNamespace, socketioMiddleware, UsageError, type SocketioMiddleware } from '../../../lib/index.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { askUpgrade, openPeer, shakeHands, soon } from './peer.js'
import { certificate, key } from './certificate.js'

async function urlOf(t: TestContext, io: SocketioMiddleware, server: http.Server): Promise<string> {
  t.after(async () => {
    await io.close()
    server.close()
    server.closeAllConnections()
  })
  await soon('listening', once(server, 'listening'))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function echoes(t: TestContext, base: string, headers?: Record<string, string>): Promise<void> {
  const peer = await openPeer(t, base, await shakeHands(base, headers), headers)
  peer.send('5:1+::{"name":"echo","args":["x"]}')
  assert.equal(await peer.frame(), '6:::1+["x"]')
}

test('app.listen() alone serves websockets, on Express', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  await echoes(t, await urlOf(t, io, express().use(io).listen(0, '127.0.0.1')))
})

test('app.listen() alone serves websockets, on Koa', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  await echoes(t, await urlOf(t, io, new Koa().use(io).listen(0, '127.0.0.1')))
})

for (const face of ['Express', 'Koa'] as const) {
  test(`the first request of an app.listen() server may be a websocket, on ${face}`, async (t) => {
    const io = socketioMiddleware({ '': Echo })
    const app = face === 'Koa' ? new Koa().use(io) : express().use(io)
    const first = await urlOf(t, io, app.listen(0, '127.0.0.1'))
    const second = await urlOf(t, io, app.listen(0, '127.0.0.1'))
    // The session id is of the middleware, not of the server.
    const peer = await openPeer(t, second, await shakeHands(first))
    peer.send('5:1+::{"name":"echo","args":["x"]}')
    assert.equal(await peer.frame(), '6:::1+["x"]')
  })
}

test('an unknown sid in the first request of a server is told in a websocket', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const url = await urlOf(t, io, express().use(io).listen(0, '127.0.0.1'))
  const { status } = await askUpgrade(t, `${url}/socket.io/1/websocket/unknown`)
  assert.equal(status, 101)
})

test('https serves polling and websockets, and the environ is secure', async (t) => {
  const environs: unknown[] = []
  class Seen extends Echo {
    override initialize() {
      environs.push(this.environ.secure)
    }
  }
  const io = socketioMiddleware({ '': Seen })
  const server = https.createServer({ key, cert: certificate }, express().use(io))
  const { port } = await listen(t, io, server)
  await echoes(t, `https://127.0.0.1:${port}`, { Origin: `https://127.0.0.1:${port}` })
  assert.deepEqual(environs, [true])
})

test('the first request of an https server may be a websocket', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const plain = await urlOf(t, io, express().use(io).listen(0, '127.0.0.1'))
  const { port } = await listen(t, io, https.createServer({ key, cert: certificate }, express().use(io)))
  await openPeer(t, `https://127.0.0.1:${port}`, await shakeHands(plain))
})

test('supertest drives handshake, polling, an ack and the disconnect of an app', async (t) => {
  const ends: string[] = []
  class Chat extends BaseNamespace {
    on_say(text: string) {
      return [`heard ${text}`, this.request.url]
    }
    override recv_disconnect(reason: string) {
      ends.push(reason)
    }
  }
  const io = socketioMiddleware({ '': Chat })
  t.after(() => io.close())
  const app = express().use(cookieParser(), io)
  const handshake = await supertest(app)
    .get('/socket.io/1/?t=1')
    .expect(200)
    .expect('Content-Type', /text\/plain/)
  const transport = `/socket.io/1/xhr-polling/${handshake.text.split(':', 1)[0]}`
  await supertest(app).get(transport).expect(200, '1::')
  const packet = '5:7+::{"name":"say","args":["hello"]}'
  await supertest(app).post(transport).type('text/plain').send(packet).expect(200, '1')
  await supertest(app).get(transport).expect(200, '6:::7+["heard hello","/socket.io/1/?t=1"]')
  await supertest(app).post(transport).type('text/plain').send('0::').expect(200, '1')
  await supertest(app)
    .get(transport)
    .expect(200, /^(?:0::|7:::1\+0)$/)
  assert.deepEqual(ends, ['client namespace disconnect'])
})

test('supertest drives a Koa app, too', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  t.after(() => io.close())
  const app = new Koa().use(io).callback()
  const handshake = await supertest(app).get('/socket.io/1/').expect(200)
  const transport = `/socket.io/1/jsonp-polling/${handshake.text.split(':', 1)[0]}`
  const headers = { 'Sec-Fetch-Site': 'same-origin' }
  await supertest(app).get(`${transport}?i=3`).set(headers).expect(200, 'io.j[3]("1::");')
  const form = { d: JSON.stringify('5:1+::{"name":"echo","args":[1]}') }
  await supertest(app).post(`${transport}?i=3`).set(headers).type('form').send(form).expect(200, '1')
  await supertest(app).get(`${transport}?i=4`).set(headers).expect(200, 'io.j[4]("6:::1+[1]");')
})

test('io.attach() takes the upgrades of a server before its first connection', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const server = http.createServer(express().use(io))
  io.attach(server)
  assert.equal(server.listenerCount('upgrade'), 1)
  io.attach(server)
  assert.equal(server.listenerCount('upgrade'), 1)
  const { url } = await listen(t, io, server)
  await echoes(t, url)
})

test('io.attach() tells what is no server', (t) => {
  const io = socketioMiddleware({})
  t.after(() => io.close())
  assert.throws(
    () => {
      io.attach('3000' as never)
    },
    (error) =>
      error instanceof UsageError &&
      error.code === 'SIO_USAGE_SERVER' &&
      error.message === 'expected an HTTP server to attach to, got "3000"',
  )
})

test('two middlewares on one server each take their own upgrades', async (t) => {
  class Shout extends BaseNamespace {
    on_echo(value: string) {
      return value.toUpperCase()
    }
  }
  const one = socketioMiddleware({ '': Echo })
  const other = socketioMiddleware({ '': Shout }, { resource: 'other' })
  t.after(() => other.close())
  const { url, server } = await listen(t, one, http.createServer(express().use(one, other)))
  await echoes(t, url)
  const sid = (await (await fetch(`${url}/other/1/`)).text()).split(':', 1)[0]
  const { status } = await askUpgrade(t, `${url}/other/1/websocket/${sid}`)
  assert.equal(status, 101)
  await one.close()
  assert.equal(server.listenerCount('upgrade'), 1)
  const second = (await (await fetch(`${url}/other/1/`)).text()).split(':', 1)[0]
  assert.equal((await askUpgrade(t, `${url}/other/1/websocket/${second}`)).status, 101)
  await other.close()
  assert.equal(server.listenerCount('upgrade'), 0)
})
