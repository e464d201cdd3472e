// Owns: which pages may talk to us, as HTTP shows it: refusals on every kind of request, CORS, Vary.
// Elsewhere: the judgement itself (test/unit/access/origins.test.ts), proxies (proxies.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import helmet from 'helmet'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Options } from '../../../lib/index.js'
import { faces, listen, startServer, type Face } from '../../support/server.js'
import { ask, askUpgrade, headerLines, openPeer, shakeHands } from './peer.js'

const foreign = { Origin: 'https://elsewhere.example' }

/** A socket that is open by polling, and the URLs of its requests. */
async function startOpen(t: TestContext, face: Face, options: Options = {}) {
  const { url } = await startServer(t, {}, options, face)
  const sid = await shakeHands(url)
  const at = (transport: string): string => `${url}/socket.io/1/${transport}/${sid}`
  assert.equal((await ask(at('xhr-polling'))).body, '1::')
  return { url, sid, at }
}

for (const face of faces) {
  test(`a page of the same origin may do everything, on ${face}`, async (t) => {
    const { url, sid, at } = await startOpen(t, face)
    const own = { Origin: url }
    const handshake = await ask(`${url}/socket.io/1/`, { headers: own })
    assert.equal(handshake.status, 200)
    assert.equal(handshake.headers['access-control-allow-origin'], url)
    assert.equal(handshake.headers['access-control-allow-credentials'], 'true')
    assert.equal((await ask(at('xhr-polling'), { headers: own, body: '2::' })).body, '1')
    await openPeer(t, url, await shakeHands(url, own), own)
    assert.equal((await ask(`${url}/socket.io/1//${sid}/?disconnect=1`, { headers: own })).status, 200)
  })

  test(`a request without an Origin is let in, and gets no CORS headers, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, {}, face)
    const { status, headers } = await ask(`${url}/socket.io/1/`)
    assert.equal(status, 200)
    assert.equal(headers['access-control-allow-origin'], undefined)
    assert.equal(headers['cross-origin-resource-policy'], undefined)
    assert.equal(headers.vary, 'Origin')
  })

  for (const Origin of ['https://elsewhere.example', 'null']) {
    test(`a handshake of the origin ${Origin} is refused, on ${face}`, async (t) => {
      const { url } = await startServer(t, {}, {}, face)
      const { status, headers, body } = await ask(`${url}/socket.io/1/`, { headers: { Origin } })
      assert.deepEqual([status, body], [403, 'handshake bad origin'])
      assert.match(headers['content-type'] ?? '', /^text\/plain/)
      assert.equal(headers['access-control-allow-origin'], undefined)
      assert.equal(headers.vary, 'Origin')
    })
  }

  test(`a JSONP handshake of a foreign page is refused by a script, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, {}, face)
    const headers = { Referer: 'https://elsewhere.example/page' }
    const answer = await ask(`${url}/socket.io/1/?jsonp=7`, { headers })
    assert.deepEqual([answer.status, answer.body], [200, 'io.j[7](new Error("handshake bad origin"));'])
    assert.match(answer.headers['content-type'] ?? '', /^application\/javascript/)
    assert.equal(answer.headers['x-content-type-options'], 'nosniff')
  })

  test(`a JSONP callback that is no number is never run, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { origins: '*' }, face)
    const answer = await ask(`${url}/socket.io/1/?jsonp=0];alert(1)//`)
    assert.match(answer.body, /^[\w-]+:60:60:/)
    const poll = await ask(`${url}/socket.io/1/jsonp-polling/x?i=0];alert(1)//`)
    assert.equal(poll.body, 'io.j[0]("7:::1+0");')
  })

  test(`polls, POSTs, streams and goodbyes of a foreign page are refused, on ${face}`, async (t) => {
    const { url, sid, at } = await startOpen(t, face)
    for (const transport of ['xhr-polling', 'jsonp-polling', 'htmlfile']) {
      for (const body of [undefined, '0::']) {
        const { status, headers } = await ask(at(transport), { headers: foreign, ...(body && { body }) })
        assert.deepEqual([transport, body, status], [transport, body, 403])
        assert.equal(headers['access-control-allow-origin'], undefined)
      }
    }
    assert.equal((await ask(`${url}/socket.io/1//${sid}/?disconnect=1`, { headers: foreign })).status, 403)
    assert.equal((await ask(at('xhr-polling'), { body: '0::' })).body, '1')
  })

  test(`an upgrade of a foreign page is refused in HTTP, on ${face}`, async (t) => {
    const { url, at } = await startOpen(t, face)
    for (const Origin of ['https://elsewhere.example', 'null', `${url}0`]) {
      const { status, headers } = await askUpgrade(t, at('websocket'), { Origin })
      assert.deepEqual([status, headers.connection], [403, 'close'])
    }
  })

  test(`jsonp-polling is judged by Referer or Sec-Fetch-Site, on ${face}`, async (t) => {
    const { url, at } = await startOpen(t, face)
    const poll = `${at('jsonp-polling')}?i=0`
    const refused: Record<string, string>[] = [
      {},
      { Referer: 'https://elsewhere.example/' },
      { Referer: 'nonsense' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'same-origin', Origin: 'null' },
      { 'Sec-Fetch-Site': 'same-origin', Referer: 'https://elsewhere.example/' },
    ]
    const form = 'application/x-www-form-urlencoded'
    const body = `d=${encodeURIComponent(JSON.stringify('2::'))}`
    for (const headers of refused) {
      assert.equal((await ask(poll, { headers })).status, 403, JSON.stringify(headers))
      // What a page's referrer policy keeps from a form it keeps from its script tags as well: those are let in by the rest.
      const isHidden = headers['Origin'] === 'null'
      const posted = await ask(poll, { headers: { ...headers, 'Content-Type': form }, body })
      assert.deepEqual([headers, posted.status], [headers, isHidden ? 200 : 403])
      assert.equal(posted.headers['access-control-allow-origin'], undefined)
    }
    for (const headers of [{ Referer: `${url}/page` }, { Origin: url }, { 'Sec-Fetch-Site': 'same-origin' }]) {
      assert.equal((await ask(poll, { headers: { ...headers, 'Content-Type': form }, body })).body, '1')
      assert.match((await ask(`${url}/socket.io/1/?jsonp=1`, { headers })).body, /^io\.j\[1\]\("[\w-]+:60:60:/)
    }
  })

  test(`JSONP needs nothing to show where origins are open to all, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { origins: '*' }, face)
    assert.match((await ask(`${url}/socket.io/1/?jsonp=1`)).body, /^io\.j\[1\]\("[\w-]+:60:60:/)
  })

  test(`a foreign page that is allowed gets CORS headers on every answer, on ${face}`, async (t) => {
    const { url, sid, at } = await startOpen(t, face, { origins: foreign.Origin })
    const answers = [
      await ask(`${url}/socket.io/1/`, { headers: foreign }),
      await ask(at('xhr-polling'), { headers: foreign, body: '3:::x' }),
      await ask(at('nonsense'), { headers: foreign }),
      await ask(`${url}/socket.io/2/`, { headers: foreign }),
      await ask(at('xhr-polling'), { headers: foreign, method: 'PUT' }),
      await ask(at('xhr-polling'), { headers: foreign, method: 'OPTIONS' }),
      await ask(`${url}/socket.io/1//${sid}/?disconnect=1`, { headers: foreign }),
      await ask(at('xhr-polling'), { headers: foreign }),
    ]
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 400, 500, 405, 204, 200, 200],
    )
    for (const { headers } of answers) {
      assert.equal(headers['access-control-allow-origin'], foreign.Origin)
      assert.equal(headers['access-control-allow-credentials'], 'true')
      assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
      assert.equal(headers.vary, 'Origin')
    }
  })

  test(`a preflight is answered 204 for an allowed page and 403 for another, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { origins: foreign.Origin }, face)
    const preflight = { method: 'OPTIONS', headers: { ...foreign, 'Access-Control-Request-Method': 'POST' } }
    for (const path of ['/socket.io/1/', '/socket.io/1/xhr-polling/x']) {
      const { status, headers, body } = await ask(url + path, preflight)
      assert.deepEqual([status, body], [204, ''])
      assert.equal(headers['access-control-allow-methods'], 'GET, POST, OPTIONS')
      const other = { ...preflight, headers: { ...preflight.headers, Origin: 'https://other.example' } }
      assert.equal((await ask(url + path, other)).status, 403)
    }
  })

  test(`a preflight of an allowed page may send the headers that it asks for, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, { origins: foreign.Origin }, face)
    const headers = {
      ...foreign,
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'authorization,x-session',
      'Access-Control-Request-Private-Network': 'true',
    }
    for (const path of ['/socket.io/1/', '/socket.io/?EIO=4&transport=polling']) {
      const answer = await ask(url + path, { method: 'OPTIONS', headers })
      assert.deepEqual([answer.status, answer.body], [204, ''])
      assert.equal(answer.headers['access-control-allow-headers'], 'authorization,x-session')
      assert.equal(answer.headers['access-control-allow-private-network'], undefined)
      const other = await ask(url + path, {
        method: 'OPTIONS',
        headers: { ...headers, Origin: 'https://other.example' },
      })
      assert.deepEqual([other.status, other.headers['access-control-allow-headers']], [403, undefined])
    }
  })

  test(`a websocket of draft 8 is judged by its own header, on ${face}`, async (t) => {
    const { url } = await startServer(t, {}, {}, face)
    const status = async (path: string, origin: string): Promise<number> => {
      const headers = { 'Sec-WebSocket-Version': '8', 'Sec-WebSocket-Origin': origin }
      return (await askUpgrade(t, url + path, headers)).status
    }
    for (const path of [`/socket.io/1/websocket/${await shakeHands(url)}`, '/socket.io/?EIO=4&transport=websocket']) {
      assert.equal(await status(path, 'https://evil.example'), 403)
      assert.equal(await status(path, url), 101)
    }
  })

  for (const method of ['HEAD', 'DELETE', 'OPTIONS']) {
    test(`${method} makes no session, and is answered 405 with Allow, on ${face}`, async (t) => {
      const { url } = await startServer(t, {}, { maxHandshakes: 1, maxSockets: 1 }, face)
      for (const path of [
        '/socket.io/1/',
        '/socket.io/1/?t=1&jsonp=1',
        '/socket.io/?EIO=4&transport=polling',
        '/socket.io?EIO=3&transport=polling',
        '/socket.io/?EIO=4&transport=polling&sid=abc',
        '/socket.io/1/xhr-polling/abc',
        '/socket.io/1/websocket/abc',
        '/socket.io/1//abc/?disconnect=1',
        '/socket.io/2/',
      ]) {
        const { status, headers } = await ask(url + path, { method, headers: { Referer: `${url}/` } })
        assert.deepEqual([path, status, headers.allow], [path, 405, 'GET, POST, OPTIONS'])
      }
      assert.match(await shakeHands(url), /^[\w-]{20}$/)
    })
  }

  test(`Vary keeps what the app has said, on ${face}`, async (t) => {
    for (const [said, expected] of [
      ['Accept-Encoding', 'Accept-Encoding, Origin'],
      ['Cookie, origin', 'Cookie, origin'],
      ['*', '*'],
    ] as const) {
      const io = socketioMiddleware({})
      const app =
        face === 'koa'
          ? new Koa()
              .use((ctx, next) => {
                ctx.set('Vary', said)
                return next()
              })
              .use(io)
              .callback()
          : express().use((_request, response, next) => {
              response.set('Vary', said)
              next()
            }, io)
      const { url } = await listen(t, io, http.createServer(app))
      assert.deepEqual(headerLines(await ask(`${url}/socket.io/1/`), 'vary'), [expected])
    }
  })
}

test("helmet's resource policy is kept for our own pages, and opened for foreign ones that are allowed", async (t) => {
  const io = socketioMiddleware({}, { origins: foreign.Origin })
  const { url } = await listen(t, io, http.createServer(express().use(helmet(), io)))
  const policy = async (headers: Record<string, string>) =>
    (await ask(`${url}/socket.io/1/?jsonp=1`, { headers })).headers['cross-origin-resource-policy']
  assert.equal(await policy({ Referer: `${url}/page` }), 'same-origin')
  assert.equal(await policy({ Referer: `${foreign.Origin}/page` }), 'cross-origin')
  assert.equal(await policy({ Referer: 'https://other.example/page' }), 'same-origin')
})

for (const [options, warns] of [
  [{ origins: 'null' }, true],
  [{ origins: ['https://a.example', 'null'] }, true],
  [{ origins: 'null', authorize: () => true }, false],
  [{ origins: 'file://' }, false],
  [{ origins: /^null$/ }, false],
  [{}, false],
] as const) {
  test(`the origins ${String(Reflect.get(options, 'origins'))} ${warns ? 'warn' : 'do not warn'} at mount`, (t) => {
    const emitWarning = t.mock.method(process, 'emitWarning', () => {})
    const io = socketioMiddleware({}, options)
    t.after(() => io.close())
    const warnings = emitWarning.mock.calls.map(({ arguments: [message] }) => String(message))
    assert.deepEqual(warnings.length, warns ? 1 : 0)
    if (warns) assert.match(warnings[0] ?? '', /'null'.*authorize/)
  })
}

test('the origins of a socket are asked about on each request, not only at the handshake', async (t) => {
  const asked: unknown[] = []
  const origins = (origin: string, request: http.IncomingMessage): boolean => {
    asked.push([origin, request.method, request.headers.upgrade])
    return true
  }
  class Quiet extends BaseNamespace {}
  const { url } = await startServer(t, { '': Quiet }, { origins })
  const sid = await shakeHands(url, foreign)
  const poll = `${url}/socket.io/1/xhr-polling/${sid}`
  await ask(poll, { headers: foreign })
  await ask(poll, { headers: foreign, body: '2::' })
  await askUpgrade(t, `${url}/socket.io/1/websocket/${sid}`, foreign)
  const { Origin } = foreign
  assert.deepEqual(asked, [
    [Origin, 'GET', undefined],
    [Origin, 'GET', undefined],
    [Origin, 'POST', undefined],
    [Origin, 'GET', 'websocket'],
  ])
})

for (const [name, origins] of [
  [
    'throws',
    () => {
      throw new Error('a hiccup')
    },
  ],
  ['rejects', () => Promise.reject(new Error('a hiccup'))],
  ['forgets to answer', (() => {}) as never],
  ['answers something else', (() => Promise.resolve('yes')) as never],
] as const) {
  test(`a function of origins that ${name} refuses`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const { url } = await startServer(t, {}, { origins })
    const { status, body } = await ask(`${url}/socket.io/1/`, { headers: foreign })
    assert.deepEqual([status, body], [403, 'handshake bad origin'])
    assert.equal((await askUpgrade(t, `${url}/socket.io/1/websocket/x`, foreign)).status, 403)
  })
}
