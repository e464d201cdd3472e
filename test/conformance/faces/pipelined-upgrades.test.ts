// Owns: upgrades that come behind other requests of their connection, which are answered first.
// Elsewhere: what an upgrade is answered with (upgrades-….test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { connect } from 'node:net'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { socketioMiddleware, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { listen } from '../../support/server.js'
import { Echo } from './apps.js'
import { ask, exchangeBytes, exchangeInTurn, shakeHands, soon, upgradeHeaders } from './peer.js'

const head = (url: string, headers: Record<string, string> = {}): string =>
  [`GET ${url} HTTP/1.1`, ...Object.entries({ Host: 'x', ...headers }).map((pair) => pair.join(': ')), '', ''].join(
    '\r\n',
  )

const h2c = { Connection: 'Upgrade', Upgrade: 'h2c' }

/** An app that answers `/slow` when it is told to, and all that is not ours. */
async function start(t: TestContext, options: Options = {}) {
  let reached!: () => void
  let answer!: () => void
  let ended!: () => void
  const isEnded = new Promise<void>((resolve) => {
    ended = resolve
  })
  const isReached = new Promise<void>((resolve) => {
    reached = resolve
  })
  const io = socketioMiddleware({ '': Echo }, options)
  const app = express()
    .use(io)
    .get('/stream', (_request, response) => {
      response.write('data: 1\n\n')
      response.on('close', ended)
      reached()
    })
    .get('/slow', (_request, response) => {
      answer = () => {
        response.send('slow')
      }
      reached()
    })
    .use((request, response) => {
      response.send(`app ${request.url}`)
    })
  const { url, port } = await listen(t, io, http.createServer(app))
  const sid = await shakeHands(url)
  return { url, port, websocket: `/socket.io/1/websocket/${sid}`, isReached, isEnded, answer: () => answer() }
}

test('our upgrade behind a request that is not answered yet waits for it', async (t) => {
  const { port, websocket, isReached, answer } = await start(t)
  const bytes = exchangeBytes(port, head('/slow') + head(websocket, upgradeHeaders), (all) => all.includes('1::'))
  await soon('the slow request', isReached)
  answer()
  const received = await bytes
  assert.match(received, /^HTTP\/1\.1 200 OK\r\n[^]*slowHTTP\/1\.1 101 Switching Protocols\r\n/)
  // One frame: a whole text of three bytes.
  assert.ok(received.endsWith('\r\n\r\n\x81\x031::'))
})

test('an upgrade that nobody takes waits for the request before it, too', async (t) => {
  const { port, isReached, answer } = await start(t)
  const bytes = exchangeBytes(port, head('/slow') + head('/one', { ...h2c, Connection: 'Upgrade, close' }))
  await soon('the slow request', isReached)
  answer()
  assert.deepEqual((await bytes).match(/slow|app \/one/g), ['slow', 'app /one'])
})

for (const [whose, headers] of [
  ['our', upgradeHeaders],
  ['an', h2c],
] as const) {
  test(`a connection that is reset while ${whose} upgrade waits harms nobody`, async (t) => {
    const { url, port, websocket, isReached, answer } = await start(t)
    const socket = connect(port, '127.0.0.1')
    socket.write(head('/slow') + head(websocket, headers))
    await soon('the slow request', isReached)
    socket.resetAndDestroy()
    await soon('the reset', once(socket, 'close'))
    assert.equal((await ask(`${url}/page`)).body, 'app /page')
    answer()
    assert.equal((await ask(`${url}/page`)).body, 'app /page')
  })
}

for (const [whose, headers] of [
  ['our', upgradeHeaders],
  ['an', h2c],
] as const) {
  test(`a reset that shows only when the answer before ${whose} upgrade is written harms nobody`, async (t) => {
    const { url, port, websocket } = await start(t)
    for (let tries = 0; tries < 20; tries++) {
      const socket = connect(port, '127.0.0.1')
      await once(socket, 'connect')
      // What is sent reaches the server together with the reset behind it.
      socket.write(head('/socket.io/1/xhr-polling/unknown') + head(websocket, headers), () => {
        socket.resetAndDestroy()
      })
      await soon('the reset', once(socket, 'close'))
    }
    assert.equal((await ask(`${url}/page`)).body, 'app /page')
  })
}

test('a connection that offers h2c with every request collects no listeners', async (t) => {
  const warnings: string[] = []
  const note = ({ message }: Error): void => {
    warnings.push(message)
  }
  process.on('warning', note)
  t.after(() => process.off('warning', note))
  const { port } = await start(t)
  const offers = Array.from({ length: 15 }, (_, at) => head(`/${at}`, h2c))
  const answer = await exchangeInTurn(port, [...offers, head('/last', { Connection: 'close' })])
  assert.equal(answer.match(/HTTP\/1\.1 200 OK/g)?.length, 16)
  assert.match(answer, /app \/last$/)
  await new Promise((resolve) => {
    setImmediate(resolve)
  })
  assert.deepEqual(warnings, [])
})

// Newer Node asks us first, and takes what nobody wants for an ordinary request, which waits as any other does.
const nodeAsks = 'shouldUpgradeCallback' in http.createServer()

for (const [whose, headers] of [['our', upgradeHeaders], ...(nodeAsks ? [] : [['an', h2c] as const])] as const) {
  test(`a connection is cut on which ${whose} upgrade waits for the end of a stream of events`, async (t) => {
    const clock = new FakeClock()
    const { port, websocket, isReached, isEnded } = await start(t, { clock, handshakeTimeout: 60_000 })
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    t.after(() => socket.destroy())
    socket.resume()
    const isCut = once(socket, 'close')
    socket.write(head('/stream') + head(websocket, headers))
    await soon('the stream', isReached)
    await once(socket, 'data')
    clock.advance(29_000)
    assert.equal(socket.destroyed, false)
    clock.advance(1_001)
    await soon('the end of the connection', isCut)
    await soon('the end of the response', isEnded)
  })
}
