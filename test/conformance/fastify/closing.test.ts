// Owns: the end of a Fastify app with clients: they are served to the end in preClose; and HTTP/2.
// Elsewhere: draining itself (../draining.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import socketio from '../../../lib/fastify.js'
import { BaseNamespace } from '../../../lib/index.js'
import { openWebSocket } from '../../support/engine-peer.js'
import { Echo, makeFastify, startFastify } from '../../support/fastify-server.js'
import { generations, openIn } from '../../support/generations.js'
import { Http2Peer } from '../../support/http2-peer.js'
import { within } from '../../support/journal.js'
import { certificate, key } from '../faces/certificate.js'
import { ask, soon } from '../faces/peer.js'

class Slow extends BaseNamespace {
  static readonly ended: string[] = []

  async on_work(name: string) {
    await pause(150)
    return `done ${name}`
  }

  recv_disconnect(reason: never) {
    Slow.ended.push(reason)
    return super.recv_disconnect(reason)
  }
}

for (const generation of generations) {
  test(`close() lets handlers end and their acks go out before the connection does: ${generation}`, async (t) => {
    const { app, ...place } = await startFastify(t, { namespaces: { '': Slow }, drain: 5_000 })
    const peer = await openIn(t, place, generation)
    peer.ask(1, '', 'work', generation)
    await peer.settled()
    Slow.ended.length = 0
    const closed = app.close()
    assert.equal(await peer.next(), `ack  1 ["done ${generation}"]`)
    await peer.ended()
    await within('the end of the app', closed)
    assert.deepEqual(Slow.ended, ['server shutting down'])
  })
}

for (const directPolls of [false, true]) {
  test(`a client that polls is served to the end while Fastify refuses all else: directPolls ${directPolls}`, async (t) => {
    const { app, url } = await startFastify(t, { namespaces: { '': Slow }, drain: 5_000, directPolls })
    const old = `${url}/socket.io/1/xhr-polling/${(await ask(`${url}/socket.io/1/`)).body.split(':', 1)[0]}`
    assert.equal((await ask(old)).body, '1::')
    const base = `${url}/socket.io/?EIO=4&transport=polling`
    const modern = `${base}&sid=${/"sid":"([^"]+)"/.exec((await ask(base)).body)?.[1]}`
    await ask(modern, { body: '40' })
    await ask(modern)
    await ask(old, { body: '5:1+::{"name":"work","args":["old"]}' })
    await ask(modern, { body: '421["work","modern"]' })
    const closed = app.close()
    await pause(20)
    assert.equal((await ask(`${url}/page`)).status, 503)
    assert.equal((await ask(`${url}/socket.io/1/`)).status, 503)
    let [heard, answer] = ['', '']
    while (!heard.includes('work') && !heard.includes('done old')) heard += (await ask(old)).body
    while (!answer.includes('done modern')) answer += (await ask(modern)).body
    assert.match(heard, /6:::1\+\["done old"\]/)
    // Whatever they ask next tells them to begin anew.
    while (!heard.endsWith('7:::1+0')) heard += (await ask(old)).body
    await within('the end of the app', closed)
  })
}

for (const [pluginTimeout, drain, least, most] of [
  [1_000, undefined, 850, 5_000],
  [1_000, 10_000, 850, 5_000],
  [1_000, 300, 280, 5_000],
  // None at all.
  [0, 1_200, 1_150, 5_000],
] as const) {
  test(`close() resolves although a client stays: pluginTimeout ${pluginTimeout}, drain ${drain}`, async (t) => {
    const { app, url } = await startFastify(t, { server: { pluginTimeout }, drain } as never)
    const polling = `${url}/socket.io/1/xhr-polling/${(await ask(`${url}/socket.io/1/`)).body.split(':', 1)[0]}`
    assert.equal((await ask(polling)).body, '1::')
    const begun = performance.now()
    await within('the end of the app', app.close())
    const taken = performance.now() - begun
    assert.ok(taken >= least && taken < most, `${taken} ms`)
  })
}

test('without a drain clients are ended at once', async (t) => {
  const { app, ...place } = await startFastify(t, { namespaces: { '': Slow }, drain: 0 })
  const peer = await openIn(t, place, '4')
  peer.ask(1, '', 'work', 'never')
  await peer.settled()
  await soon('the end of the app', app.close())
  assert.deepEqual(
    (await peer.ended()).filter((line) => line.startsWith('ack')),
    [],
  )
})

test('an app that never listened, or never became ready, closes', async (t) => {
  for (const isReady of [false, true]) {
    const app = makeFastify(t)
    await app.register(socketio, { namespaces: { '': Echo } })
    if (isReady) await app.ready()
    await soon('the end', app.close())
  }
})

test('over HTTP/2 handshakes and polls work, and websockets over HTTP/1.1 on the same port', async (t) => {
  const app = makeFastify(t, { http2: true, https: { allowHTTP1: true, key, cert: certificate } } as never)
  await app.register(socketio, { namespaces: { '': Echo }, drain: 0, prefix: '/rt' })
  app.get('/page', () => 'page')
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const peer = new Http2Peer(t, url)
  assert.equal((await peer.ask('/page')).body, 'page')
  const sid = (await peer.ask('/rt/socket.io/1/')).body.split(':', 1)[0]
  assert.equal((await peer.ask(`/rt/socket.io/1/xhr-polling/${sid}`)).body, '1::')
  assert.equal(
    (await peer.ask(`/rt/socket.io/1/xhr-polling/${sid}`, { body: '5:1+::{"name":"echo","args":[2]}' })).body,
    '1',
  )
  assert.equal((await peer.ask(`/rt/socket.io/1/xhr-polling/${sid}`)).body, '6:::1+[2]')
  assert.equal((await peer.ask('/rt/socket.io/nothing')).status, 404)
  const websocket = await openWebSocket(t, `${url}/rt`)
  websocket.send('40')
  assert.match(await websocket.text(), /^40/)
  websocket.send('421["echo",1]')
  assert.equal(await websocket.text(), '431[1]')
  peer.session.close()
})
