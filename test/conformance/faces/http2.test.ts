// Owns: HTTP/2: handshakes, polls and POSTs as streams of one connection, and websockets over HTTP/1.1 on the same server.
// Elsewhere: what the same requests are answered over HTTP/1.1 (frameworks.test.ts, ../polling.test.ts, ../modern).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2 from 'node:http2'
import { connect as connectTo, createServer, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import connect from 'connect'
import Koa from 'koa'
import {
  BaseNamespace,
  socketioMiddleware,
  type NamespaceClass,
  type Options,
  type SocketioMiddleware,
} from '../../../lib/index.js'
import { startWebSocket } from '../../support/engine-peer.js'
import { answerOf, Http2Peer, Page } from '../../support/http2-peer.js'
import { listenHttp2 } from '../../support/http2-server.js'
import { Journal } from '../../support/journal.js'
import { certificate, key } from './certificate.js'
import { becomes, openPeer } from './peer.js'

type Listener = (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void

interface Face {
  readonly name: string
  readonly isSecure: boolean
  readonly listener: (io: SocketioMiddleware) => Listener
}

const app: connect.SimpleHandleFunction = (_request, response) => {
  response.end('app')
}

const faces: readonly Face[] = [
  { name: 'a plain server', isSecure: true, listener: (io) => io },
  { name: 'a plain server without TLS', isSecure: false, listener: (io) => io },
  { name: 'Connect', isSecure: true, listener: (io) => connect().use(io).use(app) as unknown as Listener },
  { name: 'Koa', isSecure: true, listener: (io) => new Koa().use(io).callback() },
]

class Echo extends BaseNamespace {
  on_echo(value: unknown) {
    return value
  }
  on_environ() {
    const { headers, secure, address, url, method } = this.environ
    return { headers, secure, address, url, method }
  }
}

interface Started {
  readonly io: SocketioMiddleware
  readonly server: http2.Http2SecureServer | http2.Http2Server
  readonly origin: string
  readonly peer: Http2Peer
}

async function start(
  t: TestContext,
  face: Face,
  { attach = false, namespace = Echo, ...options }: Options & { attach?: boolean; namespace?: NamespaceClass } = {},
): Promise<Started> {
  const io = socketioMiddleware({ '': namespace }, options)
  const server = face.isSecure
    ? http2.createSecureServer({ key, cert: certificate, allowHTTP1: true }, face.listener(io) as never)
    : http2.createServer(face.listener(io))
  if (attach) io.attach(server)
  const { port } = await listenHttp2(t, io, server)
  const origin = `${face.isSecure ? 'https' : 'http'}://127.0.0.1:${port}`
  return { io, server, origin, peer: new Http2Peer(t, origin) }
}

/** Stands between, swallows what the server says when it is told to, and then resets the server's connection. */
async function startCutting(t: TestContext, origin: string) {
  const target = new URL(origin)
  let isSilent = false
  let swallow!: () => void
  const swallowed = new Promise<void>((resolve) => {
    swallow = resolve
  })
  const behind: Socket[] = []
  const proxy = createServer((front) => {
    const back = connectTo(Number(target.port), target.hostname)
    behind.push(back)
    front.on('error', () => {})
    back.on('error', () => {})
    front.pipe(back)
    back.on('data', (chunk) => {
      if (isSilent) swallow()
      else front.write(chunk)
    })
    t.after(() => {
      front.destroy()
      back.destroy()
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  t.after(() => proxy.close())
  return {
    origin: `${target.protocol}//127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    swallowed,
    silence() {
      isSilent = true
    },
    cut() {
      for (const back of behind) back.resetAndDestroy()
    },
  }
}

async function shakeHands(peer: Http2Peer, headers: Record<string, string> = {}): Promise<string> {
  const { status, body } = await peer.ask('/socket.io/1/?t=1', { headers })
  assert.equal(status, 200, body)
  return body.split(':', 1)[0] ?? ''
}

/** A client of 0.9 on xhr-polling that is connected, and the path of its polls. */
async function openXhr(peer: Http2Peer): Promise<string> {
  const path = `/socket.io/1/xhr-polling/${await shakeHands(peer)}`
  assert.equal((await peer.ask(path)).body, '1::')
  return path
}

/** A client of engine.io on polling, and the path of its polls. */
async function openEngine(peer: Http2Peer, revision = 4): Promise<string> {
  const path = `/socket.io/?EIO=${revision}&transport=polling`
  const { status, body } = await peer.ask(path)
  assert.equal(status, 200, body)
  return `${path}&sid=${/"sid":"([^"]+)"/.exec(body)?.[1]}`
}

for (const face of faces) {
  for (const attach of [false, true]) {
    const place = `${face.name}${attach ? ' that io.attach() was told of' : ''}`

    test(`HTTP/2: ${place} serves xhr-polling of 0.9`, async (t) => {
      const { peer } = await start(t, face, { attach })
      const path = await openXhr(peer)
      for (const value of ['é😀', 'x'.repeat(100_000), 'last']) {
        const posted = await peer.ask(path, { body: `5:1+::${JSON.stringify({ name: 'echo', args: [value] })}` })
        assert.deepEqual([posted.status, posted.body], [200, '1'])
        const answer = await peer.ask(path)
        assert.deepEqual([answer.status, answer.body], [200, `6:::1+${JSON.stringify([value])}`])
      }
    })

    test(`HTTP/2: ${place} serves jsonp-polling and htmlfile of 0.9`, async (t) => {
      const { peer, origin } = await start(t, face, { attach })
      const headers = { referer: `${origin}/page` }
      const sid = await shakeHands(peer)
      const jsonp = `/socket.io/1/jsonp-polling/${sid}?i=0`
      assert.equal((await peer.ask(jsonp, { headers })).body, 'io.j[0]("1::");')
      const body = `d=${encodeURIComponent(JSON.stringify('5:1+::{"name":"echo","args":[1]}'))}`
      const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' }
      assert.equal((await peer.ask(jsonp, { headers: form, body })).body, '1')
      assert.equal((await peer.ask(jsonp, { headers })).body, 'io.j[0]("6:::1+[1]");')
      const page = `/socket.io/1/htmlfile/${await shakeHands(peer)}`
      const stream = new Page(peer.begin(page))
      await stream.until('_("1::")')
      assert.equal((await peer.ask(page, { body: '5:1+::{"name":"echo","args":[2]}' })).body, '1')
      await stream.until('_("6:::1+[2]")')
    })

    test(`HTTP/2: ${place} serves the polling of Socket.IO 4`, async (t) => {
      const { peer } = await start(t, face, { attach })
      const path = await openEngine(peer)
      assert.equal((await peer.ask(path, { body: '40' })).body, 'ok')
      assert.match((await peer.ask(path)).body, /^40\{"sid":/)
      for (const value of ['é😀', 'x'.repeat(100_000), 'last']) {
        const held = peer.ask(path)
        assert.equal((await peer.ask(path, { body: `421${JSON.stringify(['echo', value])}` })).body, 'ok')
        assert.equal((await held).body, `431${JSON.stringify([value])}`)
      }
    })

    test(`HTTP/2: ${place} serves the polling of Socket.IO 2`, async (t) => {
      const { peer } = await start(t, face, { attach })
      const path = await openEngine(peer, 3)
      assert.equal((await peer.ask(path)).body, '2:40')
      assert.equal((await peer.ask(path, { body: '15:421["echo","x"]' })).body, 'ok')
      assert.equal((await peer.ask(path)).body, '8:431["x"]')
    })

    test(`HTTP/2: ${place} ends a stream and no session where a body is too large`, async (t) => {
      const { peer } = await start(t, face, { attach, maxHttpBufferSize: 1000 })
      const xhr = await openXhr(peer)
      const held = peer.ask(await openXhr(peer))
      for (const path of [xhr, await openEngine(peer)]) {
        const known = peer.begin(path, { method: 'POST', headers: { 'content-length': '1000000' } })
        known.write('3:::x')
        const refused = await answerOf(known)
        assert.deepEqual([refused.status, refused.code], [413, 0])
      }
      for (const path of [await openXhr(peer), await openEngine(peer)]) {
        const unknown = peer.begin(path, { method: 'POST' })
        unknown.write('3:::'.padEnd(2000, 'x'))
        const refused = await answerOf(unknown)
        assert.deepEqual([refused.status, refused.code], [413, 0])
      }
      assert.equal(peer.session.destroyed, false)
      assert.equal(peer.session.closed, false)
      await openEngine(peer)
      peer.session.destroy()
      assert.equal((await held).status, 0)
    })

    test(`HTTP/2: ${place} notices a held poll that is given up`, async (t) => {
      const ends = new Journal<string>()
      class Watched extends Echo {
        override recv_disconnect(reason: string) {
          ends.note(reason)
        }
      }
      const { io, peer } = await start(t, face, { attach, namespace: Watched })
      const xhr = await openXhr(peer)
      const given = peer.begin(xhr)
      await peer.ask(xhr, { body: '2::' })
      given.close(http2.constants.NGHTTP2_CANCEL)
      await once(given, 'close')
      // The reset is on its way before the next request is, and read before that.
      await peer.ask('/elsewhere')
      io.of('').emit('news')
      assert.equal((await peer.ask(xhr)).body, '5:::{"name":"news"}')
      const engine = await openEngine(peer)
      await peer.ask(engine, { body: '40' })
      await peer.ask(engine)
      const poll = peer.begin(engine)
      await peer.ask('/elsewhere')
      poll.close(http2.constants.NGHTTP2_CANCEL)
      assert.deepEqual(await ends.until(1), ['transport close'])
    })

    test(`HTTP/2: ${place} answers held polls when io.close() is called`, async (t) => {
      const { io, peer } = await start(t, face, { attach })
      const xhr = await openXhr(peer)
      const engine = await openEngine(peer)
      await peer.ask(engine, { body: '40' })
      await peer.ask(engine)
      const polls = [peer.ask(xhr), peer.ask(engine)]
      await peer.ask('/elsewhere')
      await io.close()
      const [first, second] = await Promise.all(polls)
      assert.deepEqual([first?.status, first?.body], [200, '8::'])
      assert.equal(second?.status, 200)
      assert.equal(peer.session.destroyed, false)
      assert.equal((await peer.ask('/socket.io/1/')).status, 503)
    })
  }

  test(`HTTP/2: ${face.name} judges pages by :authority`, async (t) => {
    const { peer, origin } = await start(t, face)
    for (const path of ['/socket.io/1/', '/socket.io/?EIO=4&transport=polling']) {
      const own = await peer.ask(path, { headers: { origin } })
      assert.deepEqual([own.status, own.headers['access-control-allow-origin']], [200, origin])
      assert.equal(own.headers['vary'], 'Origin')
      const foreign = await peer.ask(path, { headers: { origin: 'https://elsewhere.example' } })
      assert.deepEqual([foreign.status, foreign.headers['access-control-allow-origin']], [403, undefined])
    }
    const named = { ':authority': 'chat.example', origin: 'https://chat.example' }
    assert.equal((await peer.ask('/socket.io/1/', { headers: named })).status, 200)
    // RFC 9113, 8.3.1: a server must not use Host where there is :authority.
    const both = { ':authority': 'chat.example', host: 'evil.example', origin: 'https://evil.example' }
    assert.equal((await peer.ask('/socket.io/1/', { headers: both })).status, 403)
  })

  test(`HTTP/2: ${face.name} keeps pseudo headers out of environ`, async (t) => {
    const { peer, origin } = await start(t, face)
    const path = `/socket.io/1/xhr-polling/${await shakeHands(peer, { 'x-name': 'value' })}`
    await peer.ask(path)
    await peer.ask(path, { body: '5:1+::{"name":"environ"}' })
    const [environ] = JSON.parse((await peer.ask(path)).body.slice('6:::1+'.length)) as [Record<string, unknown>]
    assert.deepEqual(environ, {
      headers: { 'x-name': 'value', host: origin.split('//')[1] },
      secure: face.isSecure,
      address: '127.0.0.1',
      url: '/socket.io/1/?t=1',
      method: 'GET',
    })
  })

  test(`HTTP/2: ${face.name} lives through a connection that breaks under its polls`, async (t) => {
    const ends = new Journal<string>()
    class Watched extends Echo {
      override recv_disconnect(reason: string) {
        ends.note(reason)
      }
    }
    const { peer, origin, io } = await start(t, face, { namespace: Watched })
    const xhr = await openXhr(peer)
    const engine = await openEngine(peer)
    await peer.ask(engine, { body: '40' })
    await peer.ask(engine)
    const path = `/socket.io/1/htmlfile/${await shakeHands(peer)}`
    const page = new Page(peer.begin(path))
    await page.until('_("1::")')
    await peer.ask(path, { body: '5:1+::{"name":"echo"}' })
    await page.until('6:::1')
    peer.begin(xhr)
    peer.begin(engine)
    const post = peer.begin(xhr, { method: 'POST' })
    post.write('3:::')
    await peer.ask('/elsewhere')
    peer.session.destroy()
    assert.deepEqual((await ends.until(2)).toSorted(), ['transport close', 'transport close'])
    io.of('').emit('news')
    const again = new Http2Peer(t, origin)
    assert.equal((await again.ask(xhr)).body, '5:::{"name":"news"}')
  })

  test(`HTTP/2: ${face.name} breaks the stream of a page that nobody reads, and no other`, async (t) => {
    const { io, peer } = await start(t, face, { maxBufferedBytes: 100_000 })
    const page = peer.begin(`/socket.io/1/htmlfile/${await shakeHands(peer)}`)
    await once(page, 'response')
    page.pause()
    for (let tries = 0; tries < 100 && !page.closed; tries++) {
      io.of('').emit('news', 'x'.repeat(50_000))
      await peer.ask('/elsewhere')
    }
    await becomes('the stream is over', () => page.closed)
    assert.notEqual(page.rstCode, 0)
    await openXhr(peer)
  })

  test(`HTTP/2: ${face.name} gives answers again that a reset connection has not brought`, async (t) => {
    const { io, origin } = await start(t, face)
    const proxy = await startCutting(t, origin)
    const peer = new Http2Peer(t, proxy.origin)
    const paths = [await openXhr(peer), await openXhr(peer)]
    for (const path of paths) peer.begin(path)
    await peer.ask('/elsewhere')
    proxy.silence()
    io.of('').emit('news')
    await proxy.swallowed
    proxy.cut()
    const again = new Http2Peer(t, origin)
    for (const path of paths) assert.equal((await again.ask(path)).body, '5:::{"name":"news"}')
  })

  if (!face.isSecure) continue

  test(`HTTP/2: ${face.name} serves websockets over HTTP/1.1`, async (t) => {
    const { peer, origin } = await start(t, face)
    const line = await openPeer(t, origin, await shakeHands(peer))
    line.send('5:1+::{"name":"echo","args":[1]}')
    assert.equal(await line.frame(), '6:::1+[1]')
    const engine = await openEngine(peer)
    const probe = startWebSocket(t, origin + engine.replace('polling', 'websocket'))
    await once(probe.websocket, 'open')
    probe.send('2probe')
    assert.equal(await probe.text(), '3probe')
    probe.send('5', '40')
    assert.match(await probe.text(), /^40\{"sid":/)
    probe.send('421["echo",2]')
    assert.equal(await probe.text(), '431[2]')
  })

  for (const attach of [false, true]) {
    const how = attach ? 'that io.attach() was told of' : 'that is found'
    test(`HTTP/2: the first request of ${face.name} ${how} may be a websocket`, async (t) => {
      const { origin } = await start(t, face, { attach })
      const line = startWebSocket(t, `${origin}/socket.io/?EIO=4&transport=websocket`)
      assert.match(await line.text(), /^0\{"sid":/)
      line.send('40')
      assert.match(await line.text(), /^40\{"sid":/)
    })
  }
}
