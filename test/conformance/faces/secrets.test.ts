// Owns: the session id is a secret: it is in no log, no error, nothing that a handler or another client sees.
import assert from 'node:assert/strict'
import { format } from 'node:util'
import { test } from 'node:test'
import debug from 'debug'
import { BaseNamespace, defaultErrorHandler, type Options } from '../../../lib/index.js'
import { faces, startServer } from '../../support/server.js'
import { ask, askUpgrade, openPeer, shakeHands, soon } from './peer.js'

for (const face of faces) {
  test(`the session id is in no line of a log and in no error, on ${face}`, async (t) => {
    const lines: string[] = []
    const note = (...args: unknown[]): void => {
      lines.push(format(...args))
    }
    t.mock.method(console, 'error', note)
    const before = debug.log
    debug.log = note
    debug.enable('socketio-middleware*')
    t.after(() => {
      debug.disable()
      debug.log = before
    })
    class Broken extends BaseNamespace {
      on_break() {
        lines.push(format('%o', [this.environ, this.socket.id, this.socket.environ]))
        throw new Error('broken')
      }
    }
    const errorHandler: Options['errorHandler'] = (...args) => {
      lines.push(format('%o', args.slice(1)))
      defaultErrorHandler(...args)
    }
    const options = { errorHandler, maxHttpBufferSize: 200, transports: ['websocket', 'xhr-polling'] as const }
    const { io, url } = await startServer(t, { '': Broken }, options, face)
    const sid = await shakeHands(url)
    const poll = `${url}/socket.io/1/xhr-polling/${sid}`
    const bodies = ['5:1+::{"name":"break"}', 'garbage', '\ufffd9\ufffdgarbage', '1::/ghost', '5:::{"name":""}']
    for (const body of bodies) lines.push((await ask(poll, { body })).body)
    lines.push((await ask(poll)).body)
    lines.push((await ask(`${url}/socket.io/1/nonsense/${sid}`)).body)
    lines.push((await ask(poll, { method: 'PUT' })).body)
    lines.push((await ask(poll, { headers: { Origin: 'https://elsewhere.example' } })).body)
    lines.push((await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`, { 'Sec-WebSocket-Key': 'x' })).body)
    const second = await shakeHands(url)
    const peer = await openPeer(t, url, second)
    peer.send('garbage')
    lines.push(await peer.frame())
    peer.send('5:::{"name":"break"}')
    lines.push(await peer.frame())
    peer.send(`3:::${'x'.repeat(300)}`)
    await soon('the end', peer.closed)
    lines.push((await ask(poll, { body: 'x'.repeat(300) })).body)
    await io.close()
    const text = lines.join('\n')
    for (const expected of ['handler_failed', 'invalid_packet', 'no_such_namespace', 'attach']) {
      assert.ok(text.includes(expected), `expected ${expected} in what was logged`)
    }
    for (const secret of [sid, second]) assert.equal(text.includes(secret), false)
  })
}

test('session ids have 120 random bits, public ids are others', async (t) => {
  const ids: string[] = []
  class Open extends BaseNamespace {
    on_id() {
      ids.push(this.socket.id)
      return this.socket.id
    }
  }
  const { url } = await startServer(t, { '': Open })
  const sid = await shakeHands(url)
  const peer = await openPeer(t, url, sid)
  peer.send('5:1+::{"name":"id"}')
  assert.equal(await peer.frame(), `6:::1+["${ids[0]}"]`)
  assert.match(sid, /^[\w-]{20}$/)
  assert.match(ids[0] ?? '', /^[\w-]{20}$/)
  assert.notEqual(ids[0], sid)
  const shaken = await Promise.all(Array.from({ length: 50 }, () => shakeHands(url)))
  assert.equal(new Set(shaken).size, 50)
})
