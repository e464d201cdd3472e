// Owns: clients of every generation in a Fastify app, on every transport, wherever the plugin is registered.
// Elsewhere: what of Fastify's own they meet (hooks.test.ts), its end (closing.test.ts), other frameworks (../faces/).
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import socketio from '../../../lib/fastify.js'
import { Echo, listenFastify, makeFastify, startFastify } from '../../support/fastify-server.js'
import { nodeClient } from '../../support/node-client.js'
import { V09Peer } from '../../support/v09-peer.js'
import { openPeer as openV09 } from '../../support/v09-peers.js'
import type { TestServer } from '../../support/server.js'
import { ask, openPeer, shakeHands, startPeer } from '../faces/peer.js'

/** How an app has the plugin, and below which path its clients come. */
const places: readonly (readonly [
  name: string,
  base: string,
  start: (t: TestContext) => Promise<{ url: string; port: number }>,
])[] = [
  ['at the top', '', (t) => startFastify(t)],
  ['by the option prefix', '/rt', (t) => startFastify(t, { prefix: '/rt' })],
  ['by a prefix without its slash', '/rt/deep', (t) => startFastify(t, { prefix: 'rt/deep/' })],
  ['in a plugin with a prefix', '/rt', (t) => within(t, '/rt', {})],
  ['in a plugin with a prefix, by a prefix', '/v1/rt', (t) => within(t, '/v1', { prefix: '/rt' })],
  ['in a plugin whose prefix has a parameter', '/tenants/42', (t) => within(t, '/tenants/:tenant', {})],
]

async function within(t: TestContext, prefix: string, options: { prefix?: string }) {
  const app = makeFastify(t)
  await app.register(
    async (scope: FastifyInstance) => {
      await scope.register(socketio, { namespaces: { '': Echo }, drain: 0, ...options })
    },
    { prefix },
  )
  app.get('/page', () => 'page')
  return listenFastify(app)
}

const notFound = { message: /^Route GET:.* not found$/, error: 'Not Found', statusCode: 404 }

for (const [name, base, start] of places) {
  test(`${name}: a polling client of 0.9 shakes hands, polls, sends and is answered`, async (t) => {
    const { url } = await start(t)
    const handshake = await ask(`${url}${base}/socket.io/1/?t=1`)
    assert.match(handshake.body, /^[\w-]{20,}:60:60:websocket,htmlfile,xhr-polling,jsonp-polling$/)
    const transport = `${url}${base}/socket.io/1/xhr-polling/${handshake.body.split(':', 1)[0]}`
    assert.equal((await ask(transport)).body, '1::')
    const posted = await ask(transport, { body: '5:1+::{"name":"echo","args":["é😀"]}' })
    assert.deepEqual([posted.status, posted.body], [200, '1'])
    assert.equal((await ask(transport)).body, '6:::1+["é😀"]')
  })

  test(`${name}: a websocket may be the very first contact`, async (t) => {
    const { url } = await start(t)
    const peer = startPeer(t, `${url.replace(/^http/, 'ws')}${base}/socket.io/?EIO=4&transport=websocket`)
    assert.match(await peer.frame(), /^0\{"sid":/)
    peer.send('40')
    assert.match(await peer.frame(), /^40\{"sid":/)
    peer.send('421["echo",1]')
    assert.equal(await peer.frame(), '431[1]')
  })

  test(`${name}: websockets of 0.9, polls of newer clients`, async (t) => {
    const { url } = await start(t)
    const peer = await openPeer(t, url + base, await shakeHands(url + base))
    peer.send('5:1+::{"name":"echo","args":[1]}')
    assert.equal(await peer.frame(), '6:::1+[1]')
    for (const path of ['/socket.io/?EIO=4&transport=polling', '/socket.io?EIO=4&transport=polling']) {
      const opening = await ask(`${url}${base}${path}`)
      const sid = /"sid":"([^"]+)"/.exec(opening.body)?.[1]
      const session = `${url}${base}${path}&sid=${sid}`
      assert.equal((await ask(session, { body: '40' })).body, 'ok')
      const posted = await ask(session, { body: '421["echo",{"a":[]}]', headers: { 'Content-Type': 'text/plain' } })
      assert.deepEqual([posted.status, posted.body], [200, 'ok'])
      let body = ''
      while (!body.includes('43')) body = (await ask(session)).body
      assert.ok(body.endsWith('431[{"a":[]}]'), body)
    }
  })

  test(`${name}: what is not ours is Fastify's`, async (t) => {
    const { url } = await start(t)
    const others = [
      '/socket.iofoo/1/',
      '/socket.io/foo',
      '/socket.io',
      '/socket.io/',
      '/SOCKET.IO/1/',
      '/x/socket.io/1/',
    ]
    for (const path of others) {
      const { status, body } = await ask(`${url}${base}${path}`)
      const { message, ...rest } = JSON.parse(body) as { message: string }
      assert.deepEqual([path, status, rest], [path, 404, { error: notFound.error, statusCode: 404 }])
      assert.match(message, notFound.message)
    }
    assert.equal((await ask(`${url}/page`)).body, 'page')
  })
}

for (const [generation, transport] of [
  ['0.9', 'xhr-polling'],
  ['0.9', 'websocket'],
  ['2', 'polling'],
  ['2', 'websocket'],
  ['2', 'upgrade'],
  ['3', 'upgrade'],
  ['4', 'polling'],
  ['4', 'websocket'],
  ['4', 'upgrade'],
] as const) {
  test(`socket.io-client ${generation} by ${transport} talks to a Fastify app`, async (t) => {
    const { url } = await startFastify(t)
    const client = nodeClient(t, url, transport, generation)
    const answer = await client.run(async ({ connect, ask: askServer }, text) => {
      const socket = connect()
      await socket.socket.settled?.()
      return askServer(socket, 'echo', text)
    }, `${generation} 😀`)
    assert.deepEqual(answer, [`${generation} 😀`])
  })
}

for (const transport of ['htmlfile', 'jsonp-polling', 'xhr-polling', 'websocket'] as const) {
  test(`${transport} of 0.9 works in a Fastify app, and so does its goodbye`, async (t) => {
    const raw = new V09Peer(t, (await startFastify(t)) as unknown as TestServer)
    const peer = await openV09(raw, transport, await raw.handshake())
    assert.equal(await peer.receive(), '1::')
    await peer.send('5:1+::{"name":"echo","args":[2]}')
    assert.equal(await peer.receive(), '6:::1+[2]')
    assert.equal((await raw.request(`/socket.io/1//${peer.sid}/?disconnect=1`)).status, 200)
    if (transport === 'htmlfile' || transport === 'websocket') assert.equal(await peer.receive(), '0::')
    await peer.assertEnded()
  })
}

test('JSONP of version 2 posts forms, which Fastify has no parser for', async (t) => {
  const { url } = await startFastify(t)
  const base = `${url}/socket.io/?EIO=3&transport=polling&j=0`
  const headers = { 'Sec-Fetch-Site': 'same-origin' }
  const opening = await ask(base, { headers })
  const sid = /\\"sid\\":\\"([^"\\]+)/.exec(opening.body)?.[1]
  const form = { ...headers, 'Content-Type': 'application/x-www-form-urlencoded' }
  const posted = await ask(`${base}&sid=${sid}`, { headers: form, body: `d=${encodeURIComponent('14:420["echo",1]')}` })
  assert.deepEqual([posted.status, posted.body], [200, 'ok'])
})

test('the option resource names our part of the path', async (t) => {
  const { url } = await startFastify(t, { resource: 'realtime/v1' })
  const { body } = await ask(`${url}/realtime/v1/1/`)
  const sid = body.slice(0, body.indexOf(':'))
  assert.equal((await ask(`${url}/realtime/v1/1/xhr-polling/${sid}`)).body, '1::')
  assert.equal((await ask(`${url}/socket.io/1/`)).status, 404)
})

test('methods that are not ours are refused as everywhere', async (t) => {
  const { url } = await startFastify(t)
  for (const method of ['HEAD', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await ask(`${url}/socket.io/1/`, { method })
    assert.deepEqual([method, status, headers.allow], [method, 405, 'GET, POST, OPTIONS'])
  }
})
