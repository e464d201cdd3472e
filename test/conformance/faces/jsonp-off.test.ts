// Owns: the option jsonp: false: no client gets a script from us, refusals included, and none is offered.
// Elsewhere: JSONP that is on (origins.test.ts, ../polling.test.ts, ../modern/engine-polling.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faces, startServer } from '../../support/server.js'
import { openPolling } from '../../support/engine-peer.js'
import { ask, shakeHands } from './peer.js'

const off = 'JSONP is switched off'

for (const face of faces) {
  for (const Referer of ['own', 'https://elsewhere.example/page']) {
    test(`without JSONP nothing answers a script of ${Referer === 'own' ? 'our' : 'a foreign'} page, on ${face}`, async (t) => {
      const { url } = await startServer(t, {}, { jsonp: false }, face)
      const sid = await shakeHands(url)
      const modern = await openPolling(url, 3)
      const headers = { Referer: Referer === 'own' ? `${url}/page` : Referer }
      const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
      const answers = [
        await ask(`${url}/socket.io/1/?jsonp=0`, { headers }),
        await ask(`${url}/socket.io/1/?jsonp=nonsense`, { headers }),
        await ask(`${url}/socket.io/1/jsonp-polling/${sid}?i=0`, { headers }),
        await ask(`${url}/socket.io/1/jsonp-polling/${sid}?i=0`, { headers: form, body: 'd=%222::%22' }),
        await ask(`${url}/socket.io/?EIO=3&transport=polling&j=0`, { headers }),
        await ask(`${url}/socket.io/?EIO=4&transport=polling&j=0`, { headers }),
        await ask(`${modern.url}&j=0`, { headers }),
        await ask(`${modern.url}&j=0`, { headers: form, body: 'd=2%3A40' }),
      ]
      for (const answer of answers) {
        assert.deepEqual([answer.status, answer.body], [400, off])
        assert.match(answer.headers['content-type'] ?? '', /^text\/plain/)
        assert.equal(answer.headers['x-content-type-options'], 'nosniff')
      }
    })
  }

  test(`without JSONP jsonp-polling is not offered, and everything else is as ever, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { jsonp: false }, face)
    const handshake = await ask(`${url}/socket.io/1/`)
    assert.equal(handshake.body.split(':').at(-1), 'websocket,htmlfile,xhr-polling')
    const [sid] = handshake.body.split(':')
    assert.equal((await ask(`${url}/socket.io/1/xhr-polling/${sid}`)).body, '1::')
    assert.match((await openPolling(url, 3)).opening.body, /"sid":/)
  })
}
