// Owns: scheme, host and address behind a proxy: what the framework says when it trusts one, else what TCP and Host say.
// Elsewhere: origins without proxies (origins.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import https from 'node:https'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Environ } from '../../../lib/index.js'
import { openPolling } from '../../support/engine-peer.js'
import { faces, listen, type Face } from '../../support/server.js'
import { express4 } from './apps.js'
import { certificate, key } from './certificate.js'
import { ask, askUpgrade, openPeer, shakeHands } from './peer.js'

type Trust = boolean | string
interface Started {
  readonly url: string
  readonly environs: Environ[]
}

async function start(t: TestContext, face: Face, trust: Trust, make: typeof express = express): Promise<Started> {
  const environs: Environ[] = []
  class Seen extends BaseNamespace {
    override initialize() {
      environs.push(this.environ)
    }
    on_hello() {
      return 'hello'
    }
  }
  const io = socketioMiddleware({ '': Seen })
  const app =
    face === 'koa' ? new Koa({ proxy: trust === true }).use(io).callback() : make().set('trust proxy', trust).use(io)
  const { url } = await listen(t, io, http.createServer(app))
  return { url, environs }
}

const forwarded = {
  'X-Forwarded-Host': 'chat.example',
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-For': '203.0.113.7',
}

async function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return (await ask(`${url}/socket.io/1/`, { headers })).status
}

for (const face of faces) {
  test(`a page of http: is another one than that of our own https server, on ${face}`, async (t) => {
    const io = socketioMiddleware({})
    const app = face === 'koa' ? new Koa().use(io).callback() : express().use(io)
    const { url: plain } = await listen(t, io, https.createServer({ key, cert: certificate }, app))
    const url = plain.replace('http:', 'https:')
    const host = url.slice('https://'.length)
    assert.equal(await statusOf(url, { Origin: url }), 200)
    assert.equal(await statusOf(url, { Origin: `http://${host}` }), 403)
    assert.equal(await statusOf(url, { Host: 'chat.example', Origin: 'https://chat.example' }), 200)
    for (const Origin of ['http://chat.example', 'http://chat.example:80', 'http://chat.example:443']) {
      assert.equal(await statusOf(url, { Host: 'chat.example', Origin }), 403, Origin)
    }
  })
}

const hello = '5:1+::{"name":"hello"}'

for (const face of faces) {
  test(`a proxy that ${face} trusts says the host and the scheme of our own pages`, async (t) => {
    const { url } = await start(t, face, true)
    assert.equal(await statusOf(url, { ...forwarded, Origin: 'https://chat.example' }), 200)
    assert.equal(await statusOf(url, { ...forwarded, Origin: 'https://chat.example:443' }), 200)
    assert.equal(await statusOf(url, { ...forwarded, Origin: 'http://chat.example' }), 403)
    assert.equal(await statusOf(url, { ...forwarded, Origin: 'https://chat.example:8443' }), 403)
    assert.equal(await statusOf(url, { ...forwarded, Origin: url }), 403)
    const sid = await shakeHands(url)
    const upgrade = `${url}/socket.io/1/websocket/${sid}`
    assert.equal((await askUpgrade(t, upgrade, { ...forwarded, Origin: 'http://chat.example' })).status, 403)
    assert.equal((await askUpgrade(t, upgrade, { ...forwarded, Origin: 'https://chat.example' })).status, 101)
  })

  test(`every request of a session is judged by the host that a trusted proxy says, on ${face}`, async (t) => {
    const { url } = await start(t, face, true)
    const statusesOf = async (Origin: string): Promise<number[]> => {
      const headers = { ...forwarded, Origin }
      // A page of a script shows itself by its Referer.
      const script = { ...forwarded, Referer: `${Origin}/page` }
      const poll = `${url}/socket.io/1/xhr-polling/${await shakeHands(url)}`
      const jsonp = `${url}/socket.io/1/jsonp-polling/${await shakeHands(url)}?i=0`
      const modern = await openPolling(url)
      const form = { ...script, 'Content-Type': 'application/x-www-form-urlencoded' }
      const answers = [
        await ask(poll, { headers }),
        await ask(poll, { headers, body: '2::' }),
        await ask(poll.replace('xhr-polling', 'htmlfile').replace(/[^/]+$/, 'unknown'), { headers }),
        await ask(jsonp, { headers: script }),
        await ask(jsonp, { headers: form, body: 'd=%222::%22' }),
        await ask(poll.replace('xhr-polling', '') + '?disconnect', { headers }),
        await ask(`${url}/socket.io/?EIO=4&transport=polling`, { headers }),
        await ask(`${url}/socket.io/?EIO=3&transport=polling&j=0`, { headers: script }),
        await ask(modern.url, { headers, body: '40' }),
        await ask(modern.url, { headers }),
        await askUpgrade(t, `${url}/socket.io/?EIO=4&transport=websocket`, headers),
      ]
      return answers.map(({ status }) => status)
    }
    assert.deepEqual(await statusesOf('https://chat.example'), [...Array(10).fill(200), 101])
    for (const Origin of ['http://chat.example', url, 'https://chat.example.evil.example', 'null']) {
      assert.deepEqual([Origin, await statusesOf(Origin)], [Origin, Array(11).fill(403)])
    }
  })

  test(`without trust the headers of a proxy mean nothing to ${face}`, async (t) => {
    const { url, environs } = await start(t, face, false)
    assert.equal(await statusOf(url, { ...forwarded, Origin: 'https://chat.example' }), 403)
    assert.equal(await statusOf(url, { ...forwarded, Origin: url }), 200)
    const peer = await openPeer(t, url, await shakeHands(url, forwarded))
    peer.send(hello)
    assert.equal(await peer.frame(), '6:::1+["hello"]')
    assert.deepEqual(
      environs.map(({ address, secure }) => [address, secure]),
      [['127.0.0.1', false]],
    )
  })

  test(`without trust the scheme of an Origin is not compared, its host and port are, on ${face}`, async (t) => {
    const { url } = await start(t, face, false)
    const Host = 'chat.example'
    assert.equal(await statusOf(url, { Host, Origin: 'https://chat.example' }), 200)
    assert.equal(await statusOf(url, { Host, Origin: 'http://chat.example' }), 200)
    assert.equal(await statusOf(url, { Host: 'Chat.Example:443', Origin: 'https://chat.example' }), 200)
    assert.equal(await statusOf(url, { Host, Origin: 'https://chat.example:8443' }), 403)
    assert.equal(await statusOf(url, { Host, Origin: 'https://example' }), 403)
    assert.equal(await statusOf(url, { Host, Origin: 'https://chat.example.evil.example' }), 403)
    assert.equal(await statusOf(url, { Host: '[::1]:80', Origin: 'http://[::1]' }), 200)
    assert.equal(await statusOf(url, { Host: 'a b', Origin: 'https://chat.example' }), 403)
  })

  test(`the environ tells the client's address and scheme as a trusted proxy does, on ${face}`, async (t) => {
    const { url, environs } = await start(t, face, true)
    const peer = await openPeer(t, url, await shakeHands(url, forwarded))
    peer.send(hello)
    assert.equal(await peer.frame(), '6:::1+["hello"]')
    assert.deepEqual(
      environs.map(({ address, secure }) => [address, secure]),
      [['203.0.113.7', true]],
    )
  })
}

test('Express is asked whom it trusts: an address that it does not trust says nothing', async (t) => {
  const { url } = await start(t, 'express', '10.0.0.0/8')
  assert.equal(await statusOf(url, { ...forwarded, Origin: 'https://chat.example' }), 403)
  assert.equal(await statusOf(url, { ...forwarded, Origin: url }), 200)
  const trusting = await start(t, 'express', 'loopback')
  assert.equal(await statusOf(trusting.url, { ...forwarded, Origin: 'https://chat.example' }), 200)
})

test("Express 4's trust proxy counts, too", async (t) => {
  const { url } = await start(t, 'express', true, express4)
  assert.equal(await statusOf(url, { ...forwarded, Origin: 'https://chat.example' }), 200)
  assert.equal(await statusOf(url, { ...forwarded, Origin: 'http://chat.example' }), 403)
})

test("of several forwarded hosts the first is the client's", async (t) => {
  for (const face of faces) {
    const { url } = await start(t, face, true)
    const headers = { ...forwarded, 'X-Forwarded-Host': 'chat.example, inner.example' }
    assert.equal(await statusOf(url, { ...headers, Origin: 'https://chat.example' }), 200)
    assert.equal(await statusOf(url, { ...headers, Origin: 'https://inner.example' }), 403)
  }
})
