// Owns: middleware in front of us that has sent the headers of an answer, or has corked its connection.
// Elsewhere: apps that answer in our place (impatient-engine.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { faces, listen, type Face, type TestServer } from '../../support/server.js'
import { ask, askUpgrade, shakeHands, soon } from './peer.js'

/** An app that does something with the responses of requests that have the header X-Marked. */
async function start(t: TestContext, face: Face, touch: (response: http.ServerResponse) => void): Promise<TestServer> {
  const io = socketioMiddleware({ '': class extends BaseNamespace {} }, { pingInterval: 60_000 })
  const see = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (request.headers['x-marked'] !== undefined) touch(response)
  }
  if (face === 'koa') {
    const app = new Koa().use((ctx, next) => {
      see(ctx.req, ctx.res)
      return next()
    })
    return listen(t, io, http.createServer(app.use(io).callback()))
  }
  const app = express().use((request, response, next) => {
    see(request, response)
    next()
  }, io)
  app.get('/plain', (_request, response) => {
    response.end('plain')
  })
  return listen(t, io, http.createServer(app))
}

const marked = { 'X-Marked': '1' }

for (const face of faces) {
  test(`a request whose headers are sent before it comes to us is broken off, on ${face}`, async (t) => {
    const lines: unknown[] = []
    t.mock.method(console, 'warn', (line: unknown) => lines.push(line))
    const { url } = await start(t, face, (response) => {
      response.flushHeaders()
    })
    const sid = await shakeHands(url)
    const peer = await openPolling(url)
    for (const [path, body] of [
      ['/socket.io/1/'],
      [`/socket.io/1/xhr-polling/${sid}`],
      [`/socket.io/1/xhr-polling/${sid}`, '2::'],
      ['/socket.io/?EIO=4&transport=polling'],
      [peer.url.slice(url.length)],
      [peer.url.slice(url.length), '40'],
    ] as const) {
      const asked = ask(url + path, { headers: marked, ...(body === undefined ? {} : { body }) })
      const outcome = await soon('the end', asked).catch(({ code }: NodeJS.ErrnoException) => code)
      assert.equal(outcome, 'ECONNRESET', `${path} ${body}`)
    }
    // One line a minute, whoever it was for.
    assert.ok(lines.length <= 1)
    if (face === 'express') {
      assert.match(String(lines[0]), /flushHeaders/)
      assert.equal((await ask(`${url}/plain`, { headers: marked })).body, 'plain')
    }
    assert.equal((await peer.post('40')).body, 'ok')
  })

  for (const [when, touch] of [
    ['for ever', (response: http.ServerResponse) => response.cork()],
    [
      'for a turn',
      (response: http.ServerResponse) => {
        response.cork()
        setImmediate(() => {
          response.uncork()
        })
      },
    ],
  ] as const) {
    test(`an upgrade whose response was corked ${when} is answered, on ${face}`, async (t) => {
      const { url } = await start(t, face, touch)
      for (let round = 0; round < 3; round++) {
        const modern = await askUpgrade(t, `${url}/socket.io/?EIO=4&transport=websocket`, marked)
        assert.equal(modern.status, 101)
        const sid = await shakeHands(url)
        assert.equal((await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`, marked)).status, 101)
      }
      assert.equal((await ask(`${url}/socket.io/1/`, { headers: marked })).status, 200)
    })
  }
}
