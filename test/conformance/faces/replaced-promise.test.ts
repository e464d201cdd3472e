// Owns: an application whose global Promise is another than Node's (zone.js and its like): async functions return Node's own all
// the same, and what fails later is answered.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { ask, askUpgrade, shakeHands } from './peer.js'

class Quiet extends BaseNamespace {}

const nodes = Promise
before(() => {
  globalThis.Promise = class OtherPromise<T> extends nodes<T> {}
})
after(() => {
  globalThis.Promise = nodes
})

test('a POST of 0.9 to a middleware that is closed is answered', async (t) => {
  const { url, io } = await startServer(t, { '': Quiet })
  const sid = await shakeHands(url)
  await io.close()
  const { status } = await ask(`${url}/socket.io/1/xhr-polling/${sid}`, { method: 'POST', body: '0::' })
  assert.equal(status, 503)
})

test('a handshake of 0.9 that waits is answered with its line', async (t) => {
  const { url } = await startServer(t, { '': Quiet }, { recovery: true, session: async () => ({}) })
  assert.match(await shakeHands(url), /^[\w-]{16,}$/)
  const again = await ask(`${url}/socket.io/1/?resume=abc&seen=0`)
  assert.match(again.body, /^[\w-]{16,}:/)
})

test('a websocket that waits is accepted', async (t) => {
  const { url } = await startServer(t, { '': Quiet }, { origins: async () => true, authorize: async () => true })
  assert.equal((await askUpgrade(t, `${url}/socket.io/?EIO=4&transport=websocket`)).status, 101)
})
