// Owns: maxSocketsPerAddress and maxHandshakesPerAddress: whom they count, and that nothing stays counted.
// Elsewhere: the bounds on all (bounds.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Options } from '../../lib/index.js'
import { FakeClock } from '../support/clock.js'
import { ask, openPolling, openWebSocket } from '../support/engine-peer.js'
import { faces, listen, startServer, type Face } from '../support/server.js'
import { mount, V09Peer } from '../support/v09-peer.js'
import { connectPeer } from '../support/v09-peers.js'
import { openClient } from '../support/wire-client.js'

// A server that believes its proxy: each client comes from the address that the proxy names.
async function startTrusting(t: TestContext, face: Face, options: Options) {
  const io = socketioMiddleware({ '': BaseNamespace }, options)
  if (face === 'express') return listen(t, io, http.createServer(express().set('trust proxy', true).use(io)))
  const app = new Koa({ proxy: true })
  return listen(t, io, http.createServer(app.use(io).callback() as http.RequestListener))
}

const from = (address: string): Record<string, string> => ({ 'X-Forwarded-For': address })

for (const face of faces) {
  test(`an address has maxSocketsPerAddress sockets of every generation together, on ${face}`, async (t) => {
    const server = await startTrusting(t, face, { maxSocketsPerAddress: 3 })
    const { url } = server
    const old = await openClient(t, server, { headers: from('10.0.0.1') })
    const modern = await openWebSocket(t, url, 4, { headers: from('10.0.0.1') })
    await openPolling(url, 3, { headers: from('10.0.0.1') })
    const handshake = (address: string) => ask(`${url}/socket.io/1/`, { headers: from(address) })
    const poll = (address: string) => ask(`${url}/socket.io/?EIO=4&transport=polling`, { headers: from(address) })
    for (const refused of [await handshake('10.0.0.1'), await poll('10.0.0.1')]) assert.equal(refused.status, 503)
    for (const other of [await handshake('10.0.0.2'), await poll('10.0.0.2')]) assert.equal(other.status, 200)
    assert.equal(await old.ask('0::'), '0::')
    await old.ended()
    assert.equal((await handshake('10.0.0.1')).status, 200)
    assert.equal((await poll('10.0.0.1')).status, 503)
    modern.websocket.close()
    await modern.closed
    assert.equal((await poll('10.0.0.1')).status, 200)
  })

  test(`without a proxy that is trusted the address is that of the connection, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { maxSocketsPerAddress: 1 }, face)
    assert.equal((await ask(`${url}/socket.io/1/`, { headers: from('10.0.0.1') })).status, 200)
    assert.equal((await ask(`${url}/socket.io/1/`, { headers: from('10.0.0.2') })).status, 503)
  })
}

test('an address has maxHandshakesPerAddress session ids that are not in use, until one is, or expires', async (t) => {
  const clock = new FakeClock()
  const options = { maxHandshakesPerAddress: 1, handshakeTimeout: 500, clock }
  const peer = new V09Peer(t, await startServer(t, {}, options))
  const status = async (): Promise<number> => (await peer.request(`${mount}/`)).status
  const sid = await peer.handshake()
  assert.equal(await status(), 503)
  assert.equal((await peer.get('xhr-polling', sid)).body, '1::')
  assert.equal(await status(), 200)
  assert.equal(await status(), 503)
  clock.advance(500)
  assert.equal(await status(), 200)
})

test('by default no address is bounded', async (t) => {
  const server = await startServer(t, {})
  const peer = new V09Peer(t, server)
  await Promise.all(Array.from({ length: 300 }, () => peer.handshake()))
})

test('a handshake with handshakeSecret is refused when its address has all its sockets', async (t) => {
  const server = await startServer(t, {}, { maxSocketsPerAddress: 1, handshakeSecret: 'sixteen letters!' })
  const raw = new V09Peer(t, server)
  const spare = await raw.handshake()
  await connectPeer(t, server, 'xhr-polling')
  const { status, body } = await raw.request(`${mount}/`)
  assert.deepEqual([status, body], [503, 'handshake error'])
  // One that was handed out before opens nothing either.
  const opening = await raw.get('xhr-polling', spare)
  assert.deepEqual([opening.status, opening.body], [503, 'handshake error'])
})

test('with handshakeSecret maxHandshakes counts those whose first POST is still on its way', async (t) => {
  const server = await startServer(t, {}, { maxHandshakes: 1, handshakeSecret: 'sixteen letters!' })
  const raw = new V09Peer(t, server)
  // A session id takes no place before it is used.
  const [one, other] = [await raw.handshake(), await raw.handshake()]
  const first = http.request(`${server.url}${mount}/xhr-polling/${one}`, {
    method: 'POST',
    agent: false,
    headers: { 'Content-Length': '5' },
  })
  t.after(() => first.destroy())
  const arrived = new Promise((resolve) => server.server.once('request', resolve))
  first.write('3')
  await arrived
  assert.equal((await raw.get('xhr-polling', other)).status, 503)
  const answered = new Promise((resolve) => first.once('response', resolve))
  first.end(':::x')
  await answered
  assert.equal((await raw.get('xhr-polling', other)).body, '1::')
})

for (const [name, first] of [
  ['maxHandshakes', { maxHandshakes: 2 }],
  ['maxHandshakesPerAddress', { maxHandshakesPerAddress: 2 }],
] as const) {
  for (const revision of [3, 4] as const) {
    test(`${name} counts polling clients of engine.io ${revision} until their next request, or until they are lost`, async (t) => {
      const server = await startServer(t, { '': BaseNamespace }, { ...first, pingInterval: 500, pingTimeout: 500 })
      const { url } = server
      const poll = () => ask(`${url}/socket.io/?EIO=${revision}&transport=polling`)
      const one = await openPolling(url, revision)
      await openPolling(url, revision)
      const refused = await poll()
      assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '5'])
      assert.equal(refused.body, '{"code":3,"message":"handshake error"}')
      // One bound on all: the session ids of 0.9 are counted with them.
      assert.equal((await ask(`${url}${mount}/`)).status, 503)
      // A websocket is in use as soon as it is there.
      await openWebSocket(t, url, revision)
      assert.equal((await one.post(revision === 4 ? '40' : '1:6')).body, 'ok')
      await openPolling(url, revision)
      assert.equal((await poll()).status, 503)
      const end = Date.now() + 10_000
      while ((await poll()).status !== 200) if (Date.now() > end) assert.fail('those that were lost are still counted')
    })
  }
}
