// Owns: what is freed when nobody uses it: clients that never ask for a namespace, endpoints that only a pattern allows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { startServer } from '../../support/server.js'

async function openEngine(url: string): Promise<string> {
  const engine = `${url}/socket.io/?EIO=4&transport=polling`
  const opening = await (await fetch(engine)).text()
  return `${engine}&sid=${(JSON.parse(opening.slice(1)) as { sid: string }).sid}`
}

test('a client of Socket.IO 4 that asks for no namespace is let go after the handshake timeout', async (t) => {
  const clock = new FakeClock()
  const { url } = await startServer(t, {}, { clock, handshakeTimeout: 1000 })
  const [silent, asking] = [await openEngine(url), await openEngine(url)]
  await fetch(asking, { method: 'POST', body: '40' })
  clock.advance(999)
  assert.match(await (await fetch(asking)).text(), /^40/)
  const held = fetch(silent)
  await fetch(silent, { method: 'POST', body: '3' })
  clock.advance(2)
  // engine.io's packet for the end of a session.
  assert.equal(await (await held).text(), '1')
  assert.equal((await fetch(asking, { method: 'POST', body: '42["hello"]' })).status, 200)
})

test('an endpoint that only a pattern allows is freed when nobody has come to it', async (t) => {
  const closed: string[] = []
  class Watched extends Adapter {
    override close() {
      closed.push((this.nsp as { name: string }).name)
    }
  }
  const clock = new FakeClock()
  const map = new Map([[/^\/project-\d+$/, BaseNamespace]])
  const { io } = await startServer(t, map, { clock, adapter: Watched })
  io.of('/project-7').emit('news')
  clock.advance(59_999)
  assert.deepEqual(closed, [])
  clock.advance(2)
  assert.deepEqual(closed, ['/project-7'])
})
