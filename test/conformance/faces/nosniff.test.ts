// Owns: that no answer of ours is for a browser to guess what it is: X-Content-Type-Options on all but a 101.
// Elsewhere: what the answers say (their own tests).
import assert from 'node:assert/strict'
import http from 'node:http'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { socketioMiddleware } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { faces, listen, startServer } from '../../support/server.js'
import { ask, askUpgrade, shakeHands, type Answer, type Ask } from './peer.js'

const serveClient = createRequire(import.meta.url).resolve('socket.io-client-09/dist/socket.io.js')
const big = 'x'.repeat(300)
const foreign = { Origin: 'https://elsewhere.example' }

for (const face of faces) {
  test(`every answer says that its type is not to be guessed, on ${face}`, async (t) => {
    const { io, url } = await startServer(t, {}, { serveClient, maxHttpBufferSize: 200 }, face)
    const check = (what: string, status: number, answer: Answer): void => {
      assert.deepEqual([what, answer.status], [what, status])
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', what)
    }
    const own = { Referer: `${url}/page` }
    const asks = async (status: number, path: string, asking?: Ask): Promise<void> => {
      const at = path.startsWith('http') ? path : `${url}/socket.io/${path}`
      check(`${asking?.method ?? ''} ${path}`, status, await ask(at, asking))
    }
    const upgrades = async (status: number, path: string, headers?: Record<string, string>): Promise<void> => {
      check(`upgrade ${path}`, status, await askUpgrade(t, `${url}/socket.io/${path}`, headers))
    }
    const sid = await shakeHands(url)

    await asks(200, '1/')
    await asks(200, '1/?jsonp=0', { headers: own })
    await asks(200, '1/?jsonp=0', { headers: { Referer: 'https://elsewhere.example/' } })
    await asks(403, '1/', { headers: foreign })
    await asks(500, '2/')
    await asks(200, `1/xhr-polling/${sid}`)
    await asks(200, `1/xhr-polling/${sid}`, { body: '2::' })
    await asks(200, `1/jsonp-polling/${sid}?i=0`, { headers: own, body: 'd=%222::%22' })
    await asks(200, '1/xhr-polling/unknown')
    await asks(200, '1/jsonp-polling/unknown?i=0', { headers: own })
    await asks(200, '1/htmlfile/unknown')
    await asks(405, `1/xhr-polling/${sid}`, { method: 'PUT' })
    await asks(405, `1/xhr-polling/${sid}`, { method: 'OPTIONS' })
    await asks(204, `1/xhr-polling/${sid}`, { method: 'OPTIONS', headers: { Origin: url } })
    await asks(400, `1/nonsense/${sid}`)
    await asks(400, `1/websocket/${sid}`)
    await asks(403, `1/xhr-polling/${sid}`, { headers: foreign })
    await asks(413, `1/xhr-polling/${sid}`, { body: big })
    await asks(200, `1//${sid}/?disconnect=1`)
    await asks(200, 'socket.io.js')
    const { headers } = await ask(`${url}/socket.io/socket.io.js`)
    await asks(304, 'socket.io.js', { headers: { 'If-None-Match': String(headers.etag) } })
    await upgrades(403, '1/websocket/x', foreign)
    await upgrades(403, '?EIO=4&transport=websocket', foreign)

    const modern = await openPolling(url)
    await asks(200, '?EIO=4&transport=polling')
    await asks(200, '?EIO=3&transport=polling&j=0', { headers: own })
    await asks(200, modern.url, { body: '40' })
    await asks(200, modern.url)
    await asks(413, modern.url, { body: big })
    await asks(400, '?EIO=4&transport=polling&sid=unknown')
    await asks(400, '?EIO=4&transport=nonsense')
    await asks(400, '?EIO=9&transport=polling')
    await asks(403, '?EIO=4&transport=polling', { headers: foreign })

    await io.close()
    await asks(503, '1/')
    await asks(200, '1/?jsonp=0', { headers: own })
    await asks(503, '1/xhr-polling/gone', { body: '2::' })
    await asks(503, '?EIO=4&transport=polling')
  })
}

test('what is not ours is answered so, too, where nobody else answers', async (t) => {
  const io = socketioMiddleware({})
  const { url } = await listen(t, io, http.createServer(io))
  const { status, headers, body } = await ask(`${url}/page`)
  assert.deepEqual([status, body, headers['x-content-type-options']], [404, 'Not Found', 'nosniff'])
  assert.match(headers['content-type'] ?? '', /^text\/plain/)
})
