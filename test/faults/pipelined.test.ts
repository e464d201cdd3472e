// Owns: polls that wait behind another one on their connection, and are lost with it.
// Elsewhere: connections that break under one request (resets.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../support/engine-peer.js'
import { faces } from '../support/server.js'
import { asking, Gate } from '../support/wire-client.js'
import { RawConnection } from './raw-connection.js'
import { arrive, openScene } from './scene.js'
import { mount, talk } from './v09-client.js'

for (const face of faces) {
  for (const exit of ['destroy', 'reset'] as const) {
    test(`a poll behind another one on a connection that is lost (${exit}) loses nothing, on ${face}`, async (t) => {
      const scene = await openScene(t, new Gate(), {}, face)
      const [one, other] = [await talk(scene), await talk(scene)]
      const connection = await RawConnection.open(t, scene.server.port)
      for (const sid of [one, other]) {
        await arrive(scene, () => {
          connection.ask({ path: `${mount}/xhr-polling/${sid}` })
        })
      }
      connection[exit]()
      await scene.alone()
      const url = `${scene.server.url}${mount}/xhr-polling/${other}`
      await ask(url, { body: asking(7, '', 'echo', 'still there') })
      const { body } = await ask(url)
      assert.match(body, /still there/)
      scene.clock.advance(60_000)
      await scene.ended.until(4)
      await scene.assertOver(4)
    })
  }
}
