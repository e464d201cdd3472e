// Owns: one function in every framework: what is ours is served, what is not goes on.
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import { socketioMiddleware } from '../../../lib/index.js'
import { listen } from '../../support/server.js'
import { Echo, frameworks } from './apps.js'
import { ask, openPeer, shakeHands } from './peer.js'

for (const framework of frameworks) {
  for (const mountPath of ['', '/rt']) {
    const place = mountPath === '' ? framework.name : `${framework.name} under a path`
    const build = mountPath === '' ? framework.alone : framework.mounted

    test(`${place} serves a polling client: handshake, poll, event, ack`, async (t) => {
      const io = socketioMiddleware({ '': Echo })
      const { url } = await listen(t, io, http.createServer(build(io)))
      const base = url + mountPath
      const handshake = await ask(`${base}/socket.io/1/?t=1`)
      assert.match(handshake.body, /^[\w-]{20,}:60:60:websocket,htmlfile,xhr-polling,jsonp-polling$/)
      const transport = `${base}/socket.io/1/xhr-polling/${handshake.body.split(':', 1)[0]}`
      assert.equal((await ask(transport)).body, '1::')
      const posted = await ask(transport, { body: '5:1+::{"name":"echo","args":["é😀"]}' })
      assert.deepEqual([posted.status, posted.body], [200, '1'])
      assert.equal((await ask(transport)).body, '6:::1+["é😀"]')
    })

    test(`${place} serves a websocket client`, async (t) => {
      const io = socketioMiddleware({ '': Echo })
      const { url } = await listen(t, io, http.createServer(build(io)))
      const peer = await openPeer(t, url + mountPath, await shakeHands(url + mountPath))
      peer.send('5:1+::{"name":"echo","args":[1]}')
      assert.equal(await peer.frame(), '6:::1+[1]')
    })

    test(`${place} keeps what is not ours`, async (t) => {
      const io = socketioMiddleware({ '': Echo })
      const { url } = await listen(t, io, http.createServer(build(io)))
      const base = url + mountPath
      const others = [
        '/',
        '/socket.io',
        '/socket.io/',
        '/socket.iofoo/1/',
        '/socket.io/foo',
        '/socket.io/1/a/b/c',
        '/socket.io/socket.io.js',
        '/SOCKET.IO/1/',
      ]
      for (const path of others) {
        const { status, body } = await ask(base + path)
        assert.deepEqual([path, status, body], [path, 200, 'app'])
      }
    })
  }
}

test('a mount is no part of another path', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const { url } = await listen(t, io, http.createServer(frameworks[0]?.mounted(io)))
  assert.equal((await ask(`${url}/socket.io/1/`)).body, 'app')
  assert.equal((await ask(`${url}/x/rt/socket.io/1/`)).body, 'app')
})

test('without next, what is not ours is answered 404', async (t) => {
  const io = socketioMiddleware({ '': Echo })
  const { url } = await listen(t, io, http.createServer(io))
  const { status, body } = await ask(`${url}/elsewhere`)
  assert.deepEqual([status, body], [404, 'Not Found'])
  const peer = await openPeer(t, url, await shakeHands(url))
  peer.send('5:1+::{"name":"echo","args":[2]}')
  assert.equal(await peer.frame(), '6:::1+[2]')
})

test('the option resource names our part of the path', async (t) => {
  const io = socketioMiddleware({ '': Echo }, { resource: 'realtime/v1' })
  const { url } = await listen(t, io, http.createServer(io))
  const { body } = await ask(`${url}/realtime/v1/1/`)
  const sid = body.slice(0, body.indexOf(':'))
  assert.equal((await ask(`${url}/realtime/v1/1/xhr-polling/${sid}`)).body, '1::')
  assert.equal((await ask(`${url}/socket.io/1/`)).status, 404)
})
