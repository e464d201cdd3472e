// Owns: requests on transports' URLs that no client in good order makes: unknown sids, methods, transports, upgrades.
// Elsewhere: handshakes (handshake.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { test } from 'node:test'
import { overAll, overFaces } from '../support/v09-cast.js'
import { mount } from '../support/v09-peer.js'
import {
  dressed,
  httpTransports,
  notHandshaken,
  openPeer,
  pageOpening,
  polls,
  transports,
} from '../support/v09-peers.js'

const friend = 'http://friend.example'
const sids = ['nobody', 'constructor', '__proto__', 'toString', 'hasOwnProperty']

overAll(transports, ({ transport, open }) => {
  for (const sid of sids) {
    test(`the unknown sid ${sid} is told that it is not handshaken`, async (t) => {
      const { raw } = await open(t)
      const peer = await openPeer(raw, transport, sid)
      assert.equal(await peer.receive(), notHandshaken)
      await peer.hungUp()
    })
  }
})

overAll(polls, ({ transport, open }) => {
  test('an unknown sid is answered in the dress of the transport', async (t) => {
    const { raw } = await open(t)
    const { status, body } = await raw.get(transport, 'nobody')
    assert.deepEqual({ status, body }, { status: 200, body: dressed(transport, notHandshaken) })
  })

  test('an upgrade on the URL of a polling transport is an ordinary poll', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const { status, body } = await raw.get(transport, sid, {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version': '13',
    })
    assert.deepEqual({ status, body }, { status: 200, body: dressed(transport, '1::') })
  })
})

overAll(['htmlfile'], ({ open }) => {
  test('an unknown sid is answered in a page of its own', async (t) => {
    const { raw } = await open(t)
    const { status, body } = await raw.get('htmlfile', 'nobody')
    assert.deepEqual({ status, body }, { status: 200, body: `${pageOpening}<script>_("7:::1+0");</script>` })
  })

  test('an upgrade on the URL of htmlfile is an ordinary page', async (t) => {
    const { raw, server } = await open(t)
    const path = `${mount}/htmlfile/${await raw.handshake()}`
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket' }
    const request = http.get({ host: '127.0.0.1', port: server.port, path, headers })
    t.after(() => request.destroy())
    request.on('error', () => {})
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    assert.equal(response.statusCode, 200)
    assert.equal(response.headers['content-type'], 'text/html; charset=UTF-8')
  })
})

overAll(httpTransports, ({ transport, open }) => {
  for (const sid of sids) {
    test(`a POST for the unknown sid ${sid} is answered 1`, async (t) => {
      const { raw } = await open(t)
      const { status, body } = await raw.post(transport, sid, '3:::x')
      assert.deepEqual({ status, body }, { status: 200, body: '1' })
    })
  }

  test('OPTIONS is answered 204 with CORS headers', async (t) => {
    const { raw } = await open(t, { origins: friend })
    const sid = await raw.handshake()
    const { status, headers, body } = await raw.request(`${mount}/${transport}/${sid}`, {
      method: 'OPTIONS',
      headers: { Origin: friend, 'Access-Control-Request-Method': 'POST' },
    })
    assert.deepEqual({ status, body }, { status: 204, body: '' })
    assert.equal(headers['access-control-allow-origin'], friend)
    assert.equal(headers['access-control-allow-credentials'], 'true')
    assert.equal(headers['access-control-allow-methods'], 'GET, POST, OPTIONS')
    assert.equal(headers.vary, 'Origin')
  })

  for (const method of ['PUT', 'DELETE', 'HEAD']) {
    test(`${method} is answered 405`, async (t) => {
      const { raw } = await open(t)
      const sid = await raw.handshake()
      const headers = { Referer: `${raw.ownOrigin}/` }
      const { status, headers: answered } = await raw.request(`${mount}/${transport}/${sid}`, { method, headers })
      assert.equal(status, 405)
      assert.equal(answered.allow, 'GET, POST, OPTIONS')
    })
  }

  test('a stranger is refused on every transport request, a handshaken sid or not', async (t) => {
    const { raw } = await open(t, { origins: friend })
    const sid = await raw.handshake()
    const headers = { Origin: 'http://stranger.example' }
    for (const { status, headers: answered } of [
      await raw.get(transport, sid, headers),
      await raw.post(transport, sid, '3:::x', headers),
    ]) {
      assert.equal(status, 403)
      assert.equal(answered['access-control-allow-origin'], undefined)
    }
    const peer = await openPeer(raw, transport, sid)
    assert.equal(await peer.receive(), '1::')
  })

  test('a transport that is not among the option is answered 400', async (t) => {
    const { raw } = await open(t, { transports: ['websocket'] })
    const sid = await raw.handshake()
    for (const { status, headers } of [await raw.get(transport, sid), await raw.post(transport, sid, '3:::x')]) {
      assert.equal(status, 400)
      assert.equal(headers['content-type'], 'text/plain; charset=UTF-8')
    }
  })
})

overFaces((open) => {
  for (const name of ['flashsocket', 'xhr-multipart', 'constructor', '__proto__']) {
    test(`the transport ${name}, which is not offered, is answered 400`, async (t) => {
      const { raw } = await open(t)
      const { status } = await raw.request(`${mount}/${name}/${await raw.handshake()}`)
      assert.equal(status, 400)
    })
  }

  test('the URL of a websocket without an upgrade is answered 400, and the sid lives', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const { status, body } = await raw.request(`${mount}/websocket/${sid}`)
    assert.deepEqual({ status, body }, { status: 400, body: 'expected an upgrade to websocket' })
    assert.equal((await raw.get('xhr-polling', sid)).body, '1::')
  })

  test('an upgrade to a websocket that is not offered is refused in plain HTTP', async (t) => {
    const { raw } = await open(t, { transports: ['xhr-polling'] })
    const sid = await raw.handshake()
    await assert.rejects(raw.websocket(sid), /Unexpected server response: 400/)
  })

  test('an upgrade from a stranger is refused in plain HTTP', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const headers = { Origin: 'http://stranger.example' }
    await assert.rejects(raw.websocket(sid, 'websocket', headers), /Unexpected server response: 403/)
  })

  test('an upgrade without a key is refused in plain HTTP', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const headers = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
    const { status } = await raw.request(`${mount}/websocket/${sid}`, { headers })
    assert.equal(status, 400)
    assert.equal((await raw.get('xhr-polling', sid)).body, '1::')
  })

  test('an upgrade is answered without subprotocol and extension', async (t) => {
    const { raw } = await open(t)
    const line = await raw.websocket(await raw.handshake())
    assert.equal(line.headers.upgrade, 'websocket')
    assert.equal(line.headers.connection, 'Upgrade')
    assert.equal(line.headers['sec-websocket-protocol'], undefined)
    assert.equal(line.headers['sec-websocket-extensions'], undefined)
  })

  test('an upgrade that asks for a disconnect is answered in plain HTTP, and the sid is gone', async (t) => {
    const { raw } = await open(t)
    const sid = await raw.handshake()
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version': '13',
    }
    const { status, body } = await raw.request(`${mount}/websocket/${sid}?disconnect=1`, { headers })
    assert.deepEqual({ status, body }, { status: 200, body: '' })
    assert.equal((await raw.get('xhr-polling', sid)).body, notHandshaken)
  })

  for (const path of [`${mount}//SID/?disconnect=1`, `${mount}/SID/?disconnect=1`, `${mount}/SID?disconnect=1`]) {
    test(`${path} ends the session, whatever a proxy has made of its slashes`, async (t) => {
      const { raw } = await open(t)
      const sid = await raw.handshake()
      const { status, body } = await raw.request(path.replace('SID', sid))
      assert.deepEqual({ status, body }, { status: 200, body: '' })
      assert.equal((await raw.get('xhr-polling', sid)).body, notHandshaken)
    })
  }

  test('flashsocket is a websocket by another name', async (t) => {
    const { raw } = await open(t, { transports: ['flashsocket'] })
    const line = await raw.websocket(await raw.handshake(), 'flashsocket')
    assert.equal(await line.frames.next(), '1::')
    line.send('3:::x')
    assert.equal(await line.frames.next(), '3:::echo x')
  })
})
