// Owns: how long a body over HTTP/2 may go on whose request is refused, by the clock of the middleware.
// Elsewhere: that such streams end, and their sessions serve on (http2-bodies.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import { test, type TestContext } from 'node:test'
import Koa from 'koa'
import { socketioMiddleware, type SocketioMiddleware } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { Http2Peer } from '../../support/http2-peer.js'
import { listenHttp2 } from '../../support/http2-server.js'
import { Echo } from './apps.js'
import { becomes, soon } from './peer.js'

type Listener = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

const faces: readonly (readonly [
  name: string,
  listener: (io: SocketioMiddleware) => Listener,
  isAttached?: boolean,
])[] = [
  ['a plain server', (io) => io],
  ['a plain server, attached', (io) => io, true],
  ['Koa', (io) => new Koa().use(io).callback()],
]

const text = { 'content-type': 'text/plain;charset=UTF-8' }

/** A POST that is answered 413 while its body goes on. */
async function refused(t: TestContext, listener: (io: SocketioMiddleware) => Listener, isAttached: boolean) {
  const clock = new FakeClock()
  const io = socketioMiddleware({ '': Echo }, { maxHttpBufferSize: 1_000, clock })
  const server = http2.createServer(listener(io))
  if (isAttached) io.attach(server)
  let received = 0
  server.on('stream', (stream: http2.ServerHttp2Stream) => {
    stream.on('data', ({ length }: Buffer) => (received += length))
  })
  const { port } = await listenHttp2(t, io, server)
  const peer = new Http2Peer(t, `http://127.0.0.1:${port}`)
  const path = '/socket.io/?EIO=4&transport=polling'
  const sid = /"sid":"([^"]+)"/.exec((await peer.ask(path)).body)?.[1]
  const stream = peer.begin(`${path}&sid=${sid}`, { method: 'POST', headers: text })
  stream.write('x'.repeat(2_000))
  const [headers] = (await soon('an answer', once(stream, 'response'))) as [http2.IncomingHttpHeaders]
  assert.equal(headers[':status'], 413)
  stream.resume()
  await soon('the end of the answer', once(stream, 'end'))
  return {
    clock,
    stream,
    /** Sends a piece, and waits until the server has thrown it away. */
    go: async (): Promise<void> => {
      const before = received
      stream.write('x'.repeat(100))
      await becomes('a piece has arrived', () => received > before)
    },
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

for (const [name, listener, isAttached = false] of faces) {
  test(`a body that pauses for 200 ms is ended, and not before, on ${name}`, async (t) => {
    const { clock, stream } = await refused(t, listener, isAttached)
    await clock.tick(199)
    // As long again by real time: nothing hangs on that.
    await new Promise((resolve) => setTimeout(resolve, 500))
    assert.equal(stream.closed, false)
    await clock.tick(1)
    await becomes('the stream is closed', () => stream.closed)
    assert.equal(stream.rstCode, 0)
  })

  test(`a body that goes on is ended after 5 seconds, on ${name}`, async (t) => {
    const { clock, stream, go } = await refused(t, listener, isAttached)
    for (let turn = 1; turn < 25; turn++) {
      await go()
      await clock.tick(200)
      await settle()
      assert.equal(stream.closed, false, `${turn * 200} ms`)
    }
    await go()
    await clock.tick(200)
    await becomes('the stream is closed', () => stream.closed)
    assert.equal(stream.rstCode, 0)
  })

  test(`a body that ends in time leaves no timer, on ${name}`, async (t) => {
    const { clock, stream } = await refused(t, listener, isAttached)
    const before = clock.timers
    stream.end()
    await becomes('the stream is closed', () => stream.closed)
    await settle()
    assert.ok(clock.timers < before, `${clock.timers} timers of ${before}`)
  })
}
