// Owns: apps that answer a poll in our place, or whose functions throw, while engine.io compresses its answer in the background:
// the process goes on, and the next poll has the answer.
// Elsewhere: answers that are not compressed (impatient-engine.test.ts).
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { openPolling, payload, type Answer, type PollingPeer } from '../../support/engine-peer.js'
import { faces, listen, type Face, type TestServer } from '../../support/server.js'
import { becomes, soon } from './peer.js'

// It takes zlib some ten milliseconds, whatever the machine.
const big = randomBytes(1_000_000).toString('hex')
const hooked = ['getHeader', 'setHeader', 'writeHead', 'write', 'end'] as const
const gzip = { 'Accept-Encoding': 'gzip' }

interface Held extends TestServer {
  /** The responses of the requests that have the header X-Marked. */
  readonly marked: http.ServerResponse[]
}

async function start(t: TestContext, face: Face, touch?: (response: http.ServerResponse) => void): Promise<Held> {
  class Main extends BaseNamespace {}
  const io = socketioMiddleware({ '': Main }, { pingInterval: 60_000 })
  const marked: http.ServerResponse[] = []
  const see = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    if (request.headers['x-marked'] === undefined) return
    marked.push(response)
    touch?.(response)
  }
  if (face === 'koa') {
    const app = new Koa().use((ctx, next) => {
      see(ctx.req, ctx.res)
      return next()
    })
    app.silent = true
    return { ...(await listen(t, io, http.createServer(app.use(io).callback()))), marked }
  }
  const app = express().use((request, response, next) => {
    see(request, response)
    next()
  }, io)
  const report: express.ErrorRequestHandler = (_error, _request, response, _next) => {
    if (response.headersSent) response.destroy()
    else {
      for (const name of hooked) Reflect.deleteProperty(response, name)
      response.writeHead(500).end()
    }
  }
  return { ...(await listen(t, io, http.createServer(app.use(report)))), marked }
}

function assertIsBig({ status, headers, bytes }: Answer, revision: 3 | 4, what: string): void {
  assert.deepEqual([what, status, headers['content-encoding']], [what, 200, 'gzip'])
  const text = gunzipSync(bytes).toString()
  const packets = payload(revision, `42${JSON.stringify(['big', big])}`)
  assert.ok(text === packets || text === `___eio[0](${JSON.stringify(packets)});`, what)
}

async function connect(url: string, revision: 3 | 4, query: string): Promise<PollingPeer> {
  const peer = await openPolling(url, revision, { query, headers: { Referer: `${url}/` } })
  const own = { Referer: `${url}/` }
  if (revision === 4) {
    const form = query === '' ? '40' : `d=40`
    assert.equal((await peer.post(form, own)).body, 'ok')
  }
  assert.match((await peer.poll(own)).body, /40/)
  return peer
}

for (const face of faces) {
  for (const revision of [3, 4] as const) {
    for (const query of ['', '&j=0']) {
      for (const isAtOnce of [true, false]) {
        const kind = `${revision}${query === '' ? '' : ' by script'}`
        const when = isAtOnce ? 'at once' : 'later'
        test(`a poll of engine.io ${kind} that the app answers while its answer is compressed, and that comes again ${when}, on ${face}`, async (t) => {
          const { io, url, marked } = await start(t, face)
          const own = { ...gzip, Referer: `${url}/` }
          const peer = await connect(url, revision, query)
          for (const round of ['first', 'second']) {
            const held = peer.poll({ ...own, 'X-Marked': '1' })
            await becomes('the poll is held', () => marked.length > 0)
            await setImmediate()
            io.emit('big', big)
            await setImmediate()
            marked.pop()?.writeHead(503).end('too late')
            assert.equal((await held).status, 503)
            if (!isAtOnce) await new Promise((resolve) => setTimeout(resolve, 300))
            assertIsBig(await peer.poll(own), revision, round)
          }
          // The one after it is held, and is answered with what comes.
          const next = peer.poll(own)
          await setImmediate()
          io.emit('small')
          assert.match((await soon('the next poll', next)).body, /small/)
        })
      }
    }
  }

  for (const name of hooked) {
    // Koa ends responses itself: one that cannot be ended is lost there with every route.
    if (face === 'koa' && (name === 'writeHead' || name === 'end')) continue
    test(`a compressed poll on whose response ${name}() throws loses nothing, on ${face}`, async (t) => {
      const { io, url, marked } = await start(t, face, (response) => {
        Object.defineProperty(response, name, {
          configurable: true,
          writable: true,
          value: () => {
            throw new Error(name)
          },
        })
      })
      const peer = await connect(url, 4, '')
      const held = peer.poll({ ...gzip, 'X-Marked': '1' })
      await becomes('the poll is held', () => marked.length > 0)
      await setImmediate()
      io.emit('big', big)
      const answer = await held.catch(() => undefined)
      if (answer?.status !== 200) assertIsBig(await peer.poll(gzip), 4, 'the next')
      else assertIsBig(answer, 4, 'the poll')
      const next = peer.poll(gzip)
      await setImmediate()
      io.emit('small')
      assert.match((await soon('the next poll', next)).body, /small/)
    })
  }
}
