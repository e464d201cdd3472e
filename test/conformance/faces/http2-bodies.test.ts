// Owns: bodies over HTTP/2 whose requests are refused: each stream ends after a whole answer, and their session serves on.
// Elsewhere: all else over HTTP/2 (http2.test.ts), the same refusals over HTTP/1.1 (../posts.test.ts, ../modern/bounds.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import connect from 'connect'
import Koa from 'koa'
import { socketioMiddleware, type Options, type SocketioMiddleware } from '../../../lib/index.js'
import { answerOf, Http2Peer } from '../../support/http2-peer.js'
import { Echo } from './apps.js'

type Listener = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

const faces: readonly { readonly name: string; readonly listener: (io: SocketioMiddleware) => Listener }[] = [
  { name: 'a plain server', listener: (io) => io },
  { name: 'Connect', listener: (io) => connect().use(io) as unknown as Listener },
  { name: 'Koa', listener: (io) => new Koa().use(io).callback() },
]

interface Started {
  readonly io: SocketioMiddleware
  readonly peer: Http2Peer
}

async function start(
  t: TestContext,
  listener: (io: SocketioMiddleware) => Listener,
  { attach = false, ...options }: Options & { attach?: boolean } = {},
): Promise<Started> {
  const io = socketioMiddleware({ '': Echo }, { maxHttpBufferSize: 10_000, ...options })
  const server = http2.createServer(listener(io))
  if (attach) io.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const peer = new Http2Peer(t, `http://127.0.0.1:${port}`)
  t.after(async () => {
    await io.close()
    server.close()
  })
  return { io, peer }
}

const form = { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
const text = { 'content-type': 'text/plain;charset=UTF-8' }

type Headers = Readonly<Record<string, string>>

async function open09(peer: Http2Peer, transport: string): Promise<string> {
  const { body } = await peer.ask('/socket.io/1/')
  return `/socket.io/1/${transport}/${body.split(':', 1)[0]}`
}

async function openEngine(peer: Http2Peer, revision = 4): Promise<string> {
  const path = `/socket.io/?EIO=${revision}&transport=polling`
  const { body } = await peer.ask(path)
  const sid = /"sid":"([^"]+)"/.exec(body)?.[1]
  assert.notEqual(sid, undefined, body)
  return `${path}&sid=${sid}`
}

interface Refused {
  readonly what: string
  readonly status: number
  readonly open: (peer: Http2Peer) => Promise<string> | string
  readonly headers: Headers
  readonly method?: string
  readonly options?: Options
}

const tooLarge: readonly Refused[] = [
  { what: 'a POST of xhr-polling', status: 413, open: (peer) => open09(peer, 'xhr-polling'), headers: text },
  { what: 'a POST of htmlfile', status: 413, open: (peer) => open09(peer, 'htmlfile'), headers: text },
  { what: 'a POST of jsonp-polling', status: 413, open: (peer) => open09(peer, 'jsonp-polling'), headers: form },
  { what: 'a POST of Socket.IO 4', status: 413, open: (peer) => openEngine(peer), headers: text },
  { what: 'a POST of Socket.IO 2', status: 413, open: (peer) => openEngine(peer, 3), headers: text },
  {
    what: "a form of Socket.IO 2's JSONP",
    status: 413,
    open: async (peer) => `${await openEngine(peer, 3)}&j=0`,
    headers: form,
  },
]

const foreign = { ...text, origin: 'https://elsewhere.example' }
const others: readonly Refused[] = [
  { what: 'a foreign page', status: 403, open: () => '/socket.io/1/xhr-polling/x', headers: foreign },
  { what: 'a foreign page', status: 403, open: () => '/socket.io/?EIO=4&transport=polling&sid=x', headers: foreign },
  {
    what: 'a DELETE',
    status: 405,
    method: 'DELETE',
    open: () => '/socket.io/?EIO=4&transport=polling&sid=x',
    headers: text,
  },
  { what: 'a PUT', status: 405, method: 'PUT', open: () => '/socket.io/1/xhr-polling/x', headers: text },
  { what: 'an unknown sid', status: 400, open: () => '/socket.io/?EIO=4&transport=polling&sid=x', headers: text },
  { what: 'a POST without a sid', status: 400, open: () => '/socket.io/?EIO=4&transport=polling', headers: text },
  { what: 'an unknown revision', status: 400, open: () => '/socket.io/?EIO=9&transport=polling', headers: text },
  { what: 'an unknown transport', status: 400, open: () => '/socket.io/1/telepathy/x', headers: text },
  { what: 'an unknown version', status: 500, open: () => '/socket.io/2/', headers: text },
  {
    what: 'a handshake by POST on a full server',
    status: 503,
    open: () => '/socket.io/1/',
    headers: text,
    options: { maxSockets: 1 },
  },
  {
    what: 'a handshake by POST that is not authorized',
    status: 403,
    open: () => '/socket.io/1/',
    headers: text,
    options: { authorize: ({ method }) => method === 'GET' },
  },
  // These two are answered 200, and nobody reads their bodies either.
  { what: 'a JSONP handshake of a foreign page', status: 200, open: () => '/socket.io/1/?jsonp=0', headers: foreign },
  {
    what: 'a disconnect by POST',
    status: 200,
    open: async (peer) => `${await open09(peer, '')}/?disconnect=1`,
    headers: text,
  },
  {
    what: 'JSONP that is switched off',
    status: 400,
    open: () => '/socket.io/1/jsonp-polling/x?i=0',
    headers: form,
    options: { jsonp: false },
  },
]

/** Long enough for 200 of them to be more than what Node's client lets one session keep. */
const body = 'x'.repeat(200_000)

for (const { name, listener } of faces) {
  for (const attach of [false, true]) {
    const place = `${name}${attach ? ' that io.attach() was told of' : ''}`
    for (const { what, status, open, headers, options = {}, method = 'POST' } of [...tooLarge, ...others]) {
      // What is refused goes through the app everywhere.
      if (attach && status !== 413) continue
      for (const isDeclared of [true, false]) {
        const size = isDeclared ? 'with its length' : 'without'
        test(`HTTP/2: ${place} answers ${what} ${status} 200 times on one session, ${size}`, async (t) => {
          const { peer } = await start(t, listener, { attach, ...options })
          const path = await openEngine(peer)
          const length: Headers = isDeclared ? { 'content-length': String(body.length) } : {}
          for (let round = 0; round < 200; round++) {
            const asking = { method, headers: { ...headers, ...length }, body }
            const answer = await peer.ask(await open(peer), asking)
            assert.deepEqual([answer.status, answer.code], [status, 0], `round ${round}: ${answer.body}`)
          }
          assert.equal((await peer.ask(path, { body: '40' })).body, 'ok')
          assert.match((await peer.ask(path)).body, /^40\{"sid":/)
          assert.deepEqual([peer.session.closed, peer.session.destroyed], [false, false])
        })
      }
    }
  }

  for (const { what, status, open, headers } of [...tooLarge, others[0] as Refused, others[4] as Refused]) {
    test(`HTTP/2: ${name} ends the stream of ${what} (${status}) that is not ended, after the whole answer`, async (t) => {
      const { peer } = await start(t, listener)
      const stream = peer.begin(await open(peer), { method: 'POST', headers })
      let isWhole = false
      stream.on('end', () => {
        isWhole = !stream.closed
      })
      stream.write('x'.repeat(20_000))
      const answer = await answerOf(stream)
      assert.deepEqual([answer.status, answer.code, isWhole], [status, 0, true])
      await openEngine(peer)
    })

    test(`HTTP/2: ${name} ends the stream of ${what} (${status}) that goes on and on, after the whole answer`, async (t) => {
      const { peer } = await start(t, listener)
      const stream = peer.begin(await open(peer), { method: 'POST', headers })
      let isWhole = false
      let sent = 0
      stream.on('end', () => {
        isWhole = !stream.closed
      })
      const piece = Buffer.alloc(1_000_000, 'x')
      const go = (): void => {
        if (stream.closed || stream.destroyed) return
        sent += piece.length
        stream.write(piece, go)
      }
      go()
      const answer = await answerOf(stream)
      assert.deepEqual([answer.status, answer.code, isWhole], [status, 0, true])
      assert.ok(sent < 40_000_000, `${sent} bytes were read`)
      assert.equal(peer.session.destroyed, false)
    })
  }
}
