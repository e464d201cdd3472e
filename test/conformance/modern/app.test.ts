// Owns: engine.io's URLs inside an app: bodies that it has read, cookies and guards, origins, mounts.
// Elsewhere: the same for 0.9 (../faces).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import { bodyParser } from '@koa/bodyparser'
import express from 'express'
import session from 'express-session'
import Koa from 'koa'
import mount from 'koa-mount'
import { BaseNamespace, socketioMiddleware, type Options, type SocketioMiddleware } from '../../../lib/index.js'
import { ask, openPolling, openWebSocket, RS, startWebSocket, withoutSid } from '../../support/engine-peer.js'
import { within } from '../../support/journal.js'
import { faces, listen, startServer } from '../../support/server.js'

class Echo extends BaseNamespace {
  on_echo(value: unknown) {
    return value
  }
}

async function serve(t: TestContext, build: (io: SocketioMiddleware) => http.RequestListener, options: Options = {}) {
  const io = socketioMiddleware({ '': Echo }, options)
  return listen(t, io, http.createServer(build(io)))
}

const koaListener = (app: { callback(): http.RequestListener }): http.RequestListener => app.callback()

// What a parser might spoil: characters of two and four bytes, form syntax, the separator's neighbours.
const value = 'é😀 a=1&b=2+3%20:\n'

type App = readonly [name: string, build: (io: SocketioMiddleware) => http.RequestListener]
const readers: readonly App[] = [
  ['express.json', (io) => express().use(express.json(), io)],
  ['express.urlencoded', (io) => express().use(express.urlencoded({ extended: true }), io)],
  ['express.text', (io) => express().use(express.text(), io)],
  ['express.text of everything', (io) => express().use(express.text({ type: '*/*' }), io)],
  ['express.raw of everything', (io) => express().use(express.raw({ type: '*/*' }), io)],
  ['@koa/bodyparser', (io) => koaListener(new Koa().use(bodyParser()).use(io))],
  [
    '@koa/bodyparser of json, form and text',
    (io) => koaListener(new Koa().use(bodyParser({ enableTypes: ['json', 'form', 'text'] })).use(io)),
  ],
]

// A parser that makes text of bytes has lost them.
const textOnly = 'express.text of everything'

for (const [name, build] of readers) {
  test(`a POST of revision 4 is processed behind ${name}`, async (t) => {
    const { url } = await serve(t, build)
    const peer = await openPolling(url)
    const posted = await peer.post(`40${RS}421["echo",${JSON.stringify(value)}]`)
    assert.deepEqual([posted.status, posted.body], [200, 'ok'])
    assert.equal(withoutSid((await peer.poll()).body), `40{"sid":"SID"}${RS}431[${JSON.stringify(value)}]`)
  })

  test(`a form of a JSONP client of revision 3 is processed behind ${name}`, async (t) => {
    const { url } = await serve(t, build)
    const headers = { Referer: `${url}/page` }
    const opening = await ask(`${url}/socket.io/?EIO=3&transport=polling&j=0`, { headers })
    const sid = /\\"sid\\":\\"([\w-]+)/.exec(opening.body)?.[1]
    const target = `${url}/socket.io/?EIO=3&transport=polling&j=0&sid=${sid}`
    const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
    const posted = await ask(target, { headers: form, body: `d=${encodeURIComponent('15:421["echo","a"]')}` })
    assert.deepEqual([posted.status, posted.body], [200, 'ok'])
    assert.equal((await ask(target, { headers })).body, '___eio[0]("2:408:431[\\"a\\"]");')
  })
}

for (const [name, build] of readers.filter(([reader]) => reader !== textOnly)) {
  test(`a POST of revision 3 in bytes is processed behind ${name}`, async (t) => {
    const { url } = await serve(t, build)
    const peer = await openPolling(url, 3)
    await peer.poll()
    const packet = Buffer.from('421["echo","a"]')
    const payload = Buffer.concat([Buffer.from([0, 1, 5, 255]), packet])
    const posted = await peer.post(payload, { 'Content-Type': 'application/octet-stream' })
    assert.deepEqual([posted.status, posted.body], [200, 'ok'])
    assert.equal((await peer.poll()).body, '8:431["a"]')
  })
}

test('cookies that a Koa chain sets after await next() are on every poll', async (t) => {
  const { url } = await serve(t, (io) => {
    const app = new Koa().use(async (ctx, next) => {
      await next()
      ctx.cookies.set('seen', 'yes')
    })
    return koaListener(app.use(io))
  })
  const peer = await openPolling(url)
  assert.deepEqual(peer.opening.headers['set-cookie'], ['seen=yes; path=/; httponly'])
  assert.deepEqual((await peer.post('40')).headers['set-cookie'], ['seen=yes; path=/; httponly'])
  const { headers, body } = await peer.poll()
  assert.deepEqual([headers['set-cookie'], withoutSid(body)], [['seen=yes; path=/; httponly'], '40{"sid":"SID"}'])
})

test('the cookie of a new session is in the 101 of an engine upgrade', async (t) => {
  const { url } = await serve(t, (io) =>
    express().use(session({ secret: 'a test', resave: false, saveUninitialized: true }), io),
  )
  const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
  const cookies = (await within('a 101', peer.headers))['set-cookie']
  assert.match(String(cookies), /^connect\.sid=[^;]+; Path=\/; HttpOnly$/)
  assert.match(await peer.text(), /^0\{/)
})

const guards: readonly App[] = [
  [
    'Express',
    (io) =>
      express().use((request, response, next) => {
        if (request.headers.authorization === undefined) response.status(401).send('who are you?')
        else next()
      }, io),
  ],
  [
    'Koa',
    (io) => {
      const app = new Koa().use(async (ctx, next) => {
        if (ctx.get('authorization') === '') {
          ctx.status = 401
          ctx.body = 'who are you?'
        } else await next()
      })
      return koaListener(app.use(io))
    },
  ],
]

for (const [name, build] of guards) {
  test(`a guard's 401 answers an engine upgrade in HTTP, on ${name}`, async (t) => {
    const { url } = await serve(t, build)
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
    const { status, body } = await within('a refusal', peer.refused)
    assert.deepEqual([status, body], [401, 'who are you?'])
    await openWebSocket(t, url, 4, { headers: { Authorization: 'ada' } })
  })
}

const mounts: readonly App[] = [
  ['Express', (io) => express().use('/rt', io)],
  ['Koa', (io) => koaListener(new Koa().use(mount('/rt', io)))],
]

for (const [name, build] of mounts) {
  test(`polling, upgrades and websockets work under a mount, on ${name}`, async (t) => {
    const { url } = await serve(t, build)
    const polling = await openPolling(`${url}/rt`)
    await polling.post('40')
    assert.equal(withoutSid((await polling.poll()).body), '40{"sid":"SID"}')
    const upgrading = startWebSocket(t, `${url}/rt/socket.io/?EIO=4&transport=websocket&sid=${polling.sid}`)
    upgrading.websocket.once('open', () => {
      upgrading.send('2probe')
    })
    assert.equal(await upgrading.text(), '3probe')
    const websocket = await openWebSocket(t, `${url}/rt`)
    websocket.send('40')
    assert.equal(withoutSid(await websocket.text()), '40{"sid":"SID"}')
    assert.equal((await ask(`${url}/socket.io/?EIO=4&transport=polling`)).status, 404)
  })
}

for (const face of faces) {
  test(`a URL that begins with two slashes is no end of the process, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': Echo }, {}, face)
    assert.equal((await ask(`${url}//?EIO=4&transport=polling`)).status, 404)
    assert.equal((await ask(`${url}//socket.io/?EIO=4&transport=polling`)).status, 404)
    assert.equal((await openPolling(url)).opening.status, 200)
  })

  test(`an allowed page is told so on every answer of a session, on ${face}`, async (t) => {
    const origins = ['https://example.com']
    const { url } = await startServer(t, { '': Echo }, { origins }, face)
    const headers = { Origin: 'https://example.com' }
    const peer = await openPolling(url, 4, { headers })
    for (const answer of [peer.opening, await peer.post('40', headers), await peer.poll(headers)]) {
      assert.equal(answer.headers['access-control-allow-origin'], 'https://example.com')
      assert.equal(answer.headers['access-control-allow-credentials'], 'true')
      assert.match(String(answer.headers.vary), /Origin/)
    }
  })

  test(`an allowed page is told so when it asks wrongly, too, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': Echo }, { origins: ['https://example.com'] }, face)
    const headers = { Origin: 'https://example.com' }
    const answer = await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=abc`, { headers })
    assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [400, 'https://example.com'])
  })

  test(`a preflight of an allowed page is answered with 204, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': Echo }, { origins: ['https://example.com'] }, face)
    const answer = await ask(`${url}/socket.io/?EIO=4&transport=polling`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://example.com', 'Access-Control-Request-Method': 'POST' },
    })
    assert.deepEqual([answer.status, answer.body], [204, ''])
    assert.equal(answer.headers['access-control-allow-origin'], 'https://example.com')
    assert.equal(answer.headers['access-control-allow-methods'], 'GET, POST, OPTIONS')
  })

  test(`another page gets 403, by polling and by websocket, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': Echo }, { origins: ['https://example.com'] }, face)
    const headers = { Origin: 'https://evil.example' }
    const answer = await ask(`${url}/socket.io/?EIO=4&transport=polling`, { headers })
    assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [403, undefined])
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`, headers)
    assert.equal((await within('a refusal', peer.refused)).status, 403)
  })

  test(`a script tag of revision 3 that no page vouches for gets 403, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': Echo }, {}, face)
    const target = `${url}/socket.io/?EIO=3&transport=polling&j=0`
    assert.equal((await ask(target)).status, 403)
    assert.equal((await ask(target, { headers: { Referer: 'https://evil.example/' } })).status, 403)
    const own = await ask(target, { headers: { Referer: `${url}/page` } })
    assert.deepEqual([own.status, own.headers['content-type']], [200, 'text/javascript; charset=UTF-8'])
  })

  test(`authorize refuses a first poll and a first upgrade with 403, on ${face}`, async (t) => {
    const { url } = await startServer(t, { '': Echo }, { authorize: () => false }, face)
    const { status, body } = await ask(`${url}/socket.io/?EIO=4&transport=polling`)
    assert.deepEqual([status, body], [403, '{"code":4,"message":"handshake unauthorized"}'])
    const peer = startWebSocket(t, `${url}/socket.io/?EIO=4&transport=websocket`)
    assert.equal((await within('a refusal', peer.refused)).status, 403)
  })
}
