// Owns: what only a client that polls sees of its end: the poll after it.
// Elsewhere: polling itself (the transports' own tests).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { startServer } from '../../support/server.js'
import { event, shakeHands } from '../../support/wire-client.js'

class Global extends BaseNamespace {
  on_end() {
    this.emit('last words')
    this.disconnect()
  }
}

test('a client that is kicked between two polls hears it at the next one, after all that waited', async (t) => {
  const server = await startServer(t, { '': Global })
  const url = `${server.url}/socket.io/1/xhr-polling/${await shakeHands(server)}`
  const poll = async (): Promise<string> => (await fetch(url)).text()
  assert.equal(await poll(), '1::')
  const posted = await fetch(url, { method: 'POST', body: event('', 'end') })
  assert.equal(await posted.text(), '1')
  const lastWords = '5:::{"name":"last words"}'
  assert.equal(await poll(), `\ufffd${lastWords.length}\ufffd${lastWords}\ufffd3\ufffd0::`)
  // And only then is its sid unknown.
  assert.equal(await poll(), '7:::1+0')
})

test('a client whose sid is unknown is told to shake hands anew', async (t) => {
  const server = await startServer(t, { '': Global })
  for (const sid of ['nobody', 'constructor', '__proto__']) {
    const response = await fetch(`${server.url}/socket.io/1/xhr-polling/${sid}`)
    assert.equal(response.status, 200)
    assert.equal(await response.text(), '7:::1+0')
  }
})
