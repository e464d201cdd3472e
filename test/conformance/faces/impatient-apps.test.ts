// Owns: apps that answer in our place while we still wait: they keep their answer, and nothing breaks later.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Options } from '../../../lib/index.js'
import { faces, listen, type Face } from '../../support/server.js'
import { ask, askUpgrade, becomes, shakeHands } from './peer.js'

class Told extends BaseNamespace {
  on_tell() {
    this.emit('told')
  }
}

/** An app that answers what has the header `X-Impatient` as soon as it is told to. */
async function startImpatient(t: TestContext, face: Face, options: Options = {}) {
  const losePatience: (() => void)[] = []
  const io = socketioMiddleware({ '': Told }, options)
  const answerLater = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (request.headers['x-impatient'] === undefined) return
    losePatience.push(() => {
      response.writeHead(503, { 'Content-Type': 'text/plain' }).end('too late')
    })
  }
  const app =
    face === 'koa'
      ? new Koa()
          .use((ctx, next) => {
            answerLater(ctx.req, ctx.res)
            return next()
          })
          .use(io)
          .callback()
      : express().use((request, response, next) => {
          answerLater(request, response)
          next()
        }, io)
  return { ...(await listen(t, io, http.createServer(app))), losePatience }
}

const impatient = { 'X-Impatient': '1' }

for (const face of faces) {
  test(`a handshake that the app has answered meanwhile is left alone, on ${face}`, async (t) => {
    let authorize!: (isAllowed: boolean) => void
    const { url, losePatience } = await startImpatient(t, face, {
      authorize: ({ headers }) =>
        headers['x-impatient'] === undefined ||
        new Promise((resolve) => {
          authorize = resolve
        }),
    })
    const answer = ask(`${url}/socket.io/1/`, { headers: impatient })
    await becomes('the handshake waits', () => losePatience.length === 1)
    losePatience[0]?.()
    const { status, body } = await answer
    assert.deepEqual([status, body], [503, 'too late'])
    authorize(true)
    assert.equal((await ask(`${url}/socket.io/1/`)).status, 200)
  })

  test(`what is sent after the app has answered a poll goes to the next one, on ${face}`, async (t) => {
    const { url, losePatience } = await startImpatient(t, face)
    const transport = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
    assert.equal((await ask(transport)).body, '1::')
    const poll = ask(transport, { headers: impatient })
    await becomes('the poll waits', () => losePatience.length === 1)
    losePatience[0]?.()
    assert.equal((await poll).body, 'too late')
    await ask(transport, { body: '5:::{"name":"tell"}' })
    assert.equal((await ask(transport)).body, '5:::{"name":"told"}')
  })

  for (const transport of ['websocket', 'htmlfile']) {
    test(`a ${transport} that the app has answered meanwhile is not opened, on ${face}`, async (t) => {
      let allow!: (isAllowed: boolean) => void
      const { url, losePatience } = await startImpatient(t, face, {
        origins: () =>
          new Promise((resolve) => {
            allow = resolve
          }),
      })
      const sid = await shakeHands(url)
      const path = `${url}/socket.io/1/${transport}/${sid}`
      const headers = { ...impatient, Origin: url }
      const answer = transport === 'websocket' ? askUpgrade(t, path, headers) : ask(path, { headers })
      await becomes('the request waits', () => losePatience.length === 1)
      losePatience[0]?.()
      const { status, body } = await answer
      assert.deepEqual([status, body], [503, 'too late'])
      allow(true)
      assert.equal((await ask(`${url}/other`)).status, 404)
    })
  }
}
