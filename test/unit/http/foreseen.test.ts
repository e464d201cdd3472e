// Owns: that what Express and its router put on requests is there before them, and changes nothing for them.
import '../../support/with-shortcuts.js'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import express5 from 'express'
import { Foreseen } from '../../../lib/http/shortcuts.js'
import { express4 } from '../../conformance/faces/apps.js'

type App = (request: IncomingMessage, response: ServerResponse) => void

async function serve(t: TestContext, app: App): Promise<string> {
  const server = http.createServer(app).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/socket.io/1/?t=1`
}

// Express 4 has `query` on the request itself, where 5 has it on the prototype: room for it would hide that.
for (const [name, express, added] of [
  ['Express 4', express4, [['query'], ['query'], ['query']]],
  ['Express 5', express5, [['Symbol(router.tracing.matchedRoute)'], [], []]],
] as const) {
  test(`${name} adds nothing unforeseen to a request or its response after the first`, async (t) => {
    const foreseen = new Foreseen()
    const app = express()
    app.use((_request, _response, next) => {
      next()
    })
    app.use((request, response) => {
      foreseen.learn(request)
      response.writeHead(200, { 'Content-Type': 'text/plain' }).end(`${request.originalUrl} ${request.baseUrl}`)
    })
    const seen: string[][] = []
    const url = await serve(t, (request, response) => {
      foreseen.prepare(request, response)
      const before = new Set([...Reflect.ownKeys(request), ...Reflect.ownKeys(response)])
      response.once('close', () => {
        const after = [...Reflect.ownKeys(request), ...Reflect.ownKeys(response)]
        seen.push(after.filter((key) => !before.has(key)).map(String))
      })
      app(request, response)
    })
    for (let n = 0; n < 3; n++) {
      const answer = await fetch(url, { headers: { Connection: 'close' } })
      assert.equal(await answer.text(), '/socket.io/1/?t=1 ')
    }
    assert.deepEqual(seen, added)
  })
}

test('what a layer before the app has set stays as it is', () => {
  const request = Object.assign(new IncomingMessage(null as never), { originalUrl: '/before', params: { id: '1' } })
  const response = Object.assign(new ServerResponse(request), { locals: { nonce: 'n' }, statusMessage: 'So be it' })
  response.statusCode = 202
  request.on('end', () => {})
  new Foreseen().prepare(request, response)
  assert.deepEqual([request.originalUrl, request.params, request.listenerCount('end')], ['/before', { id: '1' }, 1])
  assert.deepEqual([response.locals, response.statusCode, response.statusMessage], [{ nonce: 'n' }, 202, 'So be it'])
})
