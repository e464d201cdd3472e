// Owns: who is let in by a handshake, and what it leaves behind: authorize, session, environ, the request itself.
// Elsewhere: origins (origins.test.ts), proxies (proxies.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test, type TestContext } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Environ, type Options } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { faces, listen, startServer } from '../../support/server.js'
import { ask, becomes, openPeer, shakeHands, soon, type Peer } from './peer.js'

type Authorize = NonNullable<Options['authorize']>

const letsIn: readonly [string, Authorize][] = [
  ['answers true', () => true],
  ['resolves to true', () => Promise.resolve(true)],
]
const refuses: readonly [string, Authorize, number, string][] = [
  ['answers false', () => false, 403, 'handshake unauthorized'],
  ['resolves to false', () => Promise.resolve(false), 403, 'handshake unauthorized'],
  ['forgets to answer', (() => {}) as never, 403, 'handshake unauthorized'],
  ['answers something else', (() => 'yes') as never, 403, 'handshake unauthorized'],
  ['resolves to something else', (() => Promise.resolve(1)) as never, 403, 'handshake unauthorized'],
  [
    'throws',
    () => {
      throw new Error('secret reason')
    },
    500,
    'handshake error',
  ],
  ['rejects', () => Promise.reject(new Error('secret reason')), 500, 'handshake error'],
]

for (const face of faces) {
  for (const [what, authorize] of letsIn) {
    test(`authorize that ${what} lets in, on ${face}`, async (t) => {
      const { url } = await startServer(t, {}, { authorize }, face)
      assert.equal((await ask(`${url}/socket.io/1/`)).status, 200)
    })
  }

  for (const [what, authorize, status, told] of refuses) {
    test(`authorize that ${what} is answered ${status}, on ${face}`, async (t) => {
      const { mock } = t.mock.method(console, 'error', () => {})
      const { url } = await startServer(t, {}, { authorize }, face)
      const plain = await ask(`${url}/socket.io/1/`)
      assert.deepEqual([plain.status, plain.headers['content-type'], plain.body], [status, 'text/plain', told])
      const script = await ask(`${url}/socket.io/1/?jsonp=2`, { headers: { Referer: `${url}/` } })
      assert.deepEqual([script.status, script.body], [200, `io.j[2](new Error("${told}"));`])
      assert.equal(mock.callCount(), status === 500 ? 2 : 0)
    })
  }

  test(`authorize that does not answer within 10 seconds counts as thrown, on ${face}`, async (t) => {
    t.mock.method(console, 'error', () => {})
    const clock = new FakeClock()
    let isAsked = false
    const authorize = (): Promise<boolean> => {
      isAsked = true
      return new Promise(() => {})
    }
    const { url } = await startServer(t, {}, { authorize, clock }, face)
    const answer = ask(`${url}/socket.io/1/`)
    let isAnswered = false
    void answer.then(() => (isAnswered = true))
    await becomes('authorize is asked', () => isAsked)
    clock.advance(9_000)
    assert.equal((await ask(`${url}/other`)).status, 404)
    assert.equal(isAnswered, false)
    clock.advance(1_001)
    const { status, body } = await answer
    assert.deepEqual([status, body], [500, 'handshake error'])
  })

  test(`authorize is given the very request that the framework handed on, on ${face}`, async (t) => {
    const seen: unknown[] = []
    const authorize: Authorize = (request) => {
      seen.push(request)
      return true
    }
    const session: NonNullable<Options['session']> = (request) => {
      seen.push(request)
      return {}
    }
    class Private extends BaseNamespace {
      on_who() {
        seen.push(this.request, this.socket.request)
        return this.ctx === undefined ? 'no ctx' : seen.includes((this.ctx as Koa.Context).req)
      }
    }
    const io = socketioMiddleware({ '': Private }, { authorize, session })
    const app =
      face === 'koa'
        ? new Koa()
            .use((ctx, next) => {
              if (ctx.path === '/socket.io/1/') seen.push(ctx.req)
              return next()
            })
            .use(io)
            .callback()
        : express().use((request, _response, next) => {
            if (request.path === '/socket.io/1/') seen.push(request)
            next()
          }, io)
    const { url } = await listen(t, io, http.createServer(app))
    const peer = await openPeer(t, url, await shakeHands(url))
    peer.send('5:1+::{"name":"who"}')
    assert.equal(await peer.frame(), face === 'koa' ? '6:::1+[true]' : '6:::1+["no ctx"]')
    assert.equal(seen.length, 5)
    assert.equal(new Set(seen).size, 1)
  })
}

test('a refused handshake makes no socket', async (t) => {
  let isFirst = true
  const authorize = (): boolean => {
    const answer = !isFirst
    isFirst = false
    return answer
  }
  const { url } = await startServer(t, {}, { authorize, maxHandshakes: 1 })
  assert.equal((await ask(`${url}/socket.io/1/`)).status, 403)
  assert.equal((await ask(`${url}/socket.io/1/`)).status, 200)
  assert.equal((await ask(`${url}/socket.io/1/`)).status, 503)
})

async function startSeen(t: TestContext, options: Options = {}): Promise<{ url: string; environs: Environ[] }> {
  const environs: Environ[] = []
  class Seen extends BaseNamespace {
    override initialize() {
      environs.push(this.environ)
    }
    on_session() {
      return this.session
    }
  }
  const io = socketioMiddleware({ '': Seen }, options)
  const { url } = await listen(t, io, http.createServer(express().use('/rt', io)))
  return { url: `${url}/rt`, environs }
}

async function askSession(peer: Peer): Promise<string> {
  peer.send('5:1+::{"name":"session"}')
  return peer.frame()
}

test('the option session makes the session of a socket', async (t) => {
  const { url } = await startSeen(t, { session: ({ headers }) => ({ agent: headers['user-agent'] }) })
  const peer = await openPeer(t, url, await shakeHands(url, { 'User-Agent': 'a test' }))
  assert.equal(await askSession(peer), '6:::1+[{"agent":"a test"}]')
})

test('without the option session it begins empty', async (t) => {
  const { url } = await startSeen(t)
  assert.equal(await askSession(await openPeer(t, url, await shakeHands(url))), '6:::1+[{}]')
})

for (const [what, session] of [
  [
    'throws',
    () => {
      throw new Error('secret reason')
    },
  ],
  ['returns no object', (() => 'ada') as never],
  ['returns null', (() => null) as never],
] as const) {
  test(`a session option that ${what} is answered 500`, async (t) => {
    const { mock } = t.mock.method(console, 'error', () => {})
    const { url } = await startSeen(t, { session })
    const { status, body } = await ask(`${url}/socket.io/1/`)
    assert.deepEqual([status, body], [500, 'handshake error'])
    assert.equal(mock.callCount(), 1)
  })
}

test('the environ is a frozen record of the handshake, with the URL as the client asked for it', async (t) => {
  const { url, environs } = await startSeen(t)
  const before = Date.now()
  const path = '/socket.io/1/?t=1&a=b%20c&a=d&__proto__=x&toString=y&constructor='
  const { body } = await ask(url + path, { headers: { 'X-Own': '1', Origin: url.slice(0, -3) } })
  const after = Date.now()
  await askSession(await openPeer(t, url, body.slice(0, body.indexOf(':'))))
  const [environ] = environs
  assert.ok(environ !== undefined)
  assert.deepEqual([environ.method, environ.url], ['GET', `/rt${path}`])
  assert.deepEqual([environ.address, environ.secure, environ.xdomain], ['127.0.0.1', false, true])
  assert.equal(environ.headers['x-own'], '1')
  assert.deepEqual(Object.entries(environ.query), [
    ['t', '1'],
    ['a', 'd'],
    ['__proto__', 'x'],
    ['toString', 'y'],
    ['constructor', ''],
  ])
  for (const name of ['hasOwnProperty', 'valueOf', '__defineGetter__']) assert.equal(name in environ.query, false)
  assert.ok(environ.issued >= before && environ.issued <= after)
  assert.equal(environ.time, new Date(environ.issued).toString())
  assert.ok(Object.isFrozen(environ) && Object.isFrozen(environ.headers))
  assert.throws(() => {
    Object.assign(environ.query, { user: 'mallory' })
  }, TypeError)
})

test('a request without an Origin is no xdomain', async (t) => {
  const { url, environs } = await startSeen(t)
  await askSession(await openPeer(t, url, await shakeHands(url)))
  assert.equal(environs[0]?.xdomain, false)
})

test('a client that gives its handshake up harms nobody', async (t) => {
  const answers: ((isAllowed: boolean) => void)[] = []
  const authorize = (): Promise<boolean> =>
    new Promise((resolve) => {
      answers.push(resolve)
    })
  const { url } = await startServer(t, {}, { authorize })
  const request = http.get(`${url}/socket.io/1/`, { agent: false })
  const lost = new Promise((resolve) => {
    request.once('error', resolve)
  })
  await becomes('authorize is asked', () => answers.length === 1)
  request.destroy()
  await soon('the loss', lost)
  answers[0]?.(true)
  const next = ask(`${url}/socket.io/1/`)
  await becomes('authorize is asked again', () => answers.length === 2)
  answers[1]?.(true)
  assert.equal((await next).status, 200)
})
