// Owns: which pages may talk to a newer client's session: every request of it is judged, not only the first.
// Elsewhere: first requests (app.test.ts), 0.9 (../faces/origins.test.ts), proxies (../faces/proxies.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPolling } from '../../support/engine-peer.js'
import { faces, startServer } from '../../support/server.js'
import { ask, askUpgrade } from '../faces/peer.js'

for (const face of faces) {
  for (const revision of [3, 4] as const) {
    test(`polls, POSTs and upgrades of a foreign page are refused, in revision ${revision} on ${face}`, async (t) => {
      const { url } = await startServer(t, {}, {}, face)
      const { url: poll } = await openPolling(url, revision)
      const say = revision === 4 ? '40' : '2:40'
      for (const Origin of ['https://elsewhere.example', 'null', `${url}0`]) {
        const headers = { Origin }
        const answers = [
          await ask(poll, { headers }),
          await ask(poll, { headers, body: say }),
          await ask(`${poll}&j=0`, { headers: { Referer: `${Origin}/page` } }),
          await askUpgrade(t, poll.replace('polling', 'websocket'), headers),
        ]
        for (const answer of answers) {
          assert.deepEqual([Origin, answer.status], [Origin, 403])
          assert.equal(answer.headers['access-control-allow-origin'], undefined)
          assert.equal(answer.headers.vary, 'Origin')
        }
      }
      // Nothing of it has done any harm.
      assert.equal((await ask(poll, { headers: { Origin: url }, body: say })).body, 'ok')
    })
  }
}
