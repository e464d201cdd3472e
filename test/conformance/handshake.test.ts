// Owns: the handshake byte for byte: its line, its headers, its script for JSONP, its refusals.
// Elsewhere: who may connect from where (test/unit/access), what comes after (polling.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { overFaces } from '../support/v09-cast.js'
import { mount } from '../support/v09-peer.js'
import { Queue } from '../support/wire-client.js'

const friend = 'http://friend.example'
const stranger = 'http://stranger.example'
const line = /^[\w-]{20}:60:60:websocket,htmlfile,xhr-polling,jsonp-polling$/

overFaces((open) => {
  for (const url of [`${mount}/?t=1385`, `${mount}/`, mount]) {
    test(`a handshake on ${url} is answered with its line`, async (t) => {
      const { raw } = await open(t)
      const { status, headers, body } = await raw.request(url)
      assert.equal(status, 200)
      assert.equal(headers['content-type'], 'text/plain')
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.equal(headers['access-control-allow-credentials'], undefined)
      assert.match(body, line)
    })
  }

  test('a handshake may be a POST', async (t) => {
    const { raw } = await open(t)
    const { status, body } = await raw.request(`${mount}/`, { method: 'POST', body: '' })
    assert.equal(status, 200)
    assert.match(body, line)
  })

  test('no two handshakes have the same sid', async (t) => {
    const { raw } = await open(t)
    const sids = new Set<string>()
    for (let count = 0; count < 20; count++) sids.add(await raw.handshake())
    assert.equal(sids.size, 20)
  })

  test('a handshake announces timeouts in whole seconds, and the transports in the order of the option', async (t) => {
    const { raw } = await open(t, {
      heartbeatInterval: 10_000,
      heartbeatTimeout: 15_000,
      pollingDuration: 500,
      closeTimeout: 1_500,
      transports: ['xhr-polling', 'flashsocket'],
    })
    const { body } = await raw.request(`${mount}/`)
    assert.match(body, /^[\w-]{20}:15:2:xhr-polling,flashsocket$/)
  })

  test('a handshake of an allowed origin has its CORS headers', async (t) => {
    const { raw } = await open(t, { origins: friend })
    const { status, headers } = await raw.request(`${mount}/`, { headers: { Origin: friend } })
    assert.equal(status, 200)
    assert.equal(headers['access-control-allow-origin'], friend)
    assert.equal(headers['access-control-allow-credentials'], 'true')
    assert.equal(headers.vary, 'Origin')
  })

  test('a handshake of the own origin is allowed without an option', async (t) => {
    const { raw } = await open(t)
    const { status, headers } = await raw.request(`${mount}/`, { headers: { Origin: raw.ownOrigin } })
    assert.equal(status, 200)
    assert.equal(headers['access-control-allow-origin'], raw.ownOrigin)
  })

  for (const origin of [stranger, 'null']) {
    test(`a handshake of the origin ${origin} is refused without CORS headers`, async (t) => {
      const { raw } = await open(t, { origins: friend })
      const { status, headers, body } = await raw.request(`${mount}/`, { headers: { Origin: origin } })
      assert.deepEqual({ status, body }, { status: 403, body: 'handshake bad origin' })
      assert.equal(headers['content-type'], 'text/plain')
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.equal(headers.vary, 'Origin')
    })
  }

  test('a handshake that authorize() refuses is told so, with CORS headers', async (t) => {
    const { raw } = await open(t, { origins: friend, authorize: () => false })
    const { status, headers, body } = await raw.request(`${mount}/`, { headers: { Origin: friend } })
    assert.deepEqual({ status, body }, { status: 403, body: 'handshake unauthorized' })
    assert.equal(headers['access-control-allow-origin'], friend)
    assert.equal(headers['access-control-allow-credentials'], 'true')
  })

  test('a handshake whose authorize() throws is an error that says nothing of it', async (t) => {
    t.mock.method(console, 'error', () => {})
    const { raw } = await open(t, {
      authorize: () => {
        throw new Error('the database is away')
      },
    })
    const { status, body } = await raw.request(`${mount}/`)
    assert.deepEqual({ status, body }, { status: 500, body: 'handshake error' })
  })

  test('a handshake whose authorize() does not answer within ten seconds is an error', async (t) => {
    t.mock.method(console, 'error', () => {})
    const asked = new Queue<string>('the question')
    const { raw, clock } = await open(t, {
      authorize: () => {
        asked.push('asked')
        return new Promise(() => {})
      },
    })
    const answer = raw.request(`${mount}/`)
    await asked.next()
    clock.advance(10_000)
    const { status, body } = await answer
    assert.deepEqual({ status, body }, { status: 500, body: 'handshake error' })
  })

  test('a handshake of another version is not supported, JSONP or not', async (t) => {
    const { raw } = await open(t)
    for (const url of ['/socket.io/2/', '/socket.io/2/?jsonp=1', '/socket.io/0/xhr-polling/x']) {
      const { status, headers, body } = await raw.request(url)
      assert.deepEqual({ status, body }, { status: 500, body: 'Protocol version not supported.' })
      assert.equal(headers['content-type'], 'text/plain')
    }
  })

  test('a JSONP handshake calls back with its line', async (t) => {
    const { raw } = await open(t)
    const headers = { Referer: `${raw.ownOrigin}/chat` }
    const answer = await raw.request(`${mount}/?t=1&jsonp=12`, { headers })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers['content-type'], 'application/javascript')
    assert.equal(answer.headers['access-control-allow-origin'], undefined)
    assert.equal(answer.headers['x-content-type-options'], 'nosniff')
    assert.match(answer.body, /^io\.j\[12\]\("[\w-]{20}:60:60:websocket,htmlfile,xhr-polling,jsonp-polling"\);$/)
  })

  test('a JSONP handshake whose number is not of digits is a plain one', async (t) => {
    const { raw } = await open(t)
    for (const index of ['0];alert(1)//', 'x', '-1', '']) {
      const { headers, body } = await raw.request(`${mount}/?jsonp=${encodeURIComponent(index)}`, {
        headers: { Referer: `${raw.ownOrigin}/chat` },
      })
      assert.equal(headers['content-type'], 'text/plain')
      assert.match(body, line)
    }
  })

  test('a JSONP handshake of a stranger is refused by a script', async (t) => {
    const { raw } = await open(t, { origins: friend })
    const { status, headers, body } = await raw.request(`${mount}/?jsonp=3`, { headers: { Referer: `${stranger}/x` } })
    assert.deepEqual({ status, body }, { status: 200, body: 'io.j[3](new Error("handshake bad origin"));' })
    assert.equal(headers['content-type'], 'application/javascript')
    assert.equal(headers['access-control-allow-origin'], undefined)
  })

  test('a JSONP handshake that does not show its page is refused', async (t) => {
    const { raw } = await open(t)
    const { status, body } = await raw.request(`${mount}/?jsonp=0`)
    assert.deepEqual({ status, body }, { status: 200, body: 'io.j[0](new Error("handshake bad origin"));' })
  })

  test('a JSONP handshake that the browser calls same-origin is answered', async (t) => {
    const { raw } = await open(t)
    const { body } = await raw.request(`${mount}/?jsonp=0`, { headers: { 'Sec-Fetch-Site': 'same-origin' } })
    assert.match(body, /^io\.j\[0\]\("/)
  })

  test('a JSONP handshake from an allowed page elsewhere may be embedded there', async (t) => {
    const { raw } = await open(t, { origins: friend })
    const { headers, body } = await raw.request(`${mount}/?jsonp=0`, { headers: { Referer: `${friend}/x` } })
    assert.match(body, /^io\.j\[0\]\("/)
    assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
  })

  test('a JSONP handshake that authorize() refuses is refused by a script', async (t) => {
    const { raw } = await open(t, { authorize: () => false })
    const { status, body } = await raw.request(`${mount}/?jsonp=4`, { headers: { Referer: `${raw.ownOrigin}/` } })
    assert.deepEqual({ status, body }, { status: 200, body: 'io.j[4](new Error("handshake unauthorized"));' })
  })

  test('a JSONP handshake whose authorize() throws is refused by a script', async (t) => {
    t.mock.method(console, 'error', () => {})
    const { raw } = await open(t, { authorize: () => Promise.reject(new Error('away')) })
    const { status, body } = await raw.request(`${mount}/?jsonp=4`, { headers: { Referer: `${raw.ownOrigin}/` } })
    assert.deepEqual({ status, body }, { status: 200, body: 'io.j[4](new Error("handshake error"));' })
  })

  test('what lies beside the URLs of the wire is left to the app', async (t) => {
    const { raw } = await open(t)
    for (const path of ['/', '/socket.io', '/socket.iofoo/1/', '/socket.io/abc', '/socket.io/1/a/b/c']) {
      const { status } = await raw.request(path)
      assert.equal(status, 404, path)
    }
  })
})
