// Owns: what of a Fastify app its clients meet: its request and sessions, guards, headers of hooks, proxies, logs, inject().
// Elsewhere: clients on every transport (clients.test.ts), the end of an app (closing.test.ts).
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import cookie from '@fastify/cookie'
import session from '@fastify/session'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { WebSocketServer } from 'ws'
import socketio, { socketio as named } from '../../../lib/fastify.js'
import { BaseNamespace, ConnectError } from '../../../lib/index.js'
import { openWebSocket, startWebSocket } from '../../support/engine-peer.js'
import { Echo, listenFastify, makeFastify, startFastify } from '../../support/fastify-server.js'
import { enter, generations, openIn } from '../../support/generations.js'
import { ask, askUpgrade, headerLines } from '../faces/peer.js'

declare module 'fastify' {
  interface FastifyRequest {
    user?: string
  }
  interface Session {
    name?: string
  }
}

class Chat extends BaseNamespace<{ request: FastifyRequest; session: { id?: string } }> {
  recv_connect() {
    if (this.request.user === 'banned') throw new ConnectError('you are banned')
  }

  on_request() {
    const { id, url, originalUrl, method, user, ip } = this.request
    return { id, url, originalUrl, method, user, ip, same: this.request === this.socket.request }
  }

  on_params() {
    return { params: this.request.params, url: this.environ.url }
  }

  on_environ() {
    const { address, secure, headers } = this.environ
    return { address, secure, host: headers['host'] }
  }

  on_session() {
    return this.session.id
  }

  on_throws() {
    throw new Error('a secret of the database')
  }
}

const namespaces = { '/chat': Chat, '': Chat }

const addUser = (app: FastifyInstance): void => {
  app.decorateRequest('user')
  app.addHook('onRequest', async (request) => {
    request.user = String(request.headers['x-user'] ?? 'nobody')
  })
}

for (const generation of generations) {
  test(`this.request is Fastify's own, with what hooks have put there: ${generation}`, async (t) => {
    const asked: unknown[] = []
    const place = await startFastify(t, {
      namespaces,
      prefix: '/rt/:room',
      before: addUser,
      authorize: (request) => asked.push(['authorize', request.user, request.url]) > 0,
      session: (request) => {
        asked.push(['session', request.user])
        return { id: request.id }
      },
      origins: (origin, request) => asked.push([origin, request.user]) > 0,
    })
    const below = { ...place, url: `${place.url}/rt/lobby` }
    const query = 'a=b'
    // The peer asks below the top: its path is put in front.
    const peer =
      generation === '0.9'
        ? await openV09(t, below, query)
        : await openEngine(t, below, generation === '2' ? 3 : 4, query)
    const answered = await peer.ask('request')
    const path =
      generation === '0.9'
        ? '/rt/lobby/socket.io/1/?a=b'
        : `/rt/lobby/socket.io/?EIO=${generation === '2' ? 3 : 4}&transport=websocket&a=b`
    assert.match(String(answered.id), /^req-/)
    assert.deepEqual(
      { ...answered, id: undefined },
      { id: undefined, url: path, originalUrl: path, method: 'GET', user: 'nobody', ip: '127.0.0.1', same: true },
    )
    assert.deepEqual(await peer.ask('session'), answered.id)
    assert.deepEqual(await peer.ask('params'), {
      params: { room: 'lobby', '*': generation === '0.9' ? '1/' : '' },
      url: path,
    })
    assert.deepEqual(asked, [
      ['authorize', 'nobody', path],
      ['session', 'nobody'],
    ])
  })
}

interface Asking {
  ask(name: string): Promise<Record<string, unknown>>
}

async function openV09(t: TestContext, { url }: { url: string }, query: string): Promise<Asking> {
  const { body } = await ask(`${url}/socket.io/1/?${query}`)
  const peer = startWebSocket(t, `${url}/socket.io/1/websocket/${body.split(':', 1)[0]}`)
  assert.equal(await peer.text(), '1::')
  return {
    async ask(name) {
      peer.send(`5:1+::{"name":"${name}"}`)
      return (JSON.parse((await peer.text()).replace(/^6:::1\+/, '')) as [Record<string, unknown>])[0]
    },
  }
}

async function openEngine(t: TestContext, { url }: { url: string }, revision: 3 | 4, query: string): Promise<Asking> {
  const peer = await openWebSocket(t, url, revision, { query: `&${query}` })
  if (revision === 4) peer.send('40')
  assert.match(await peer.text(), /^40/)
  return {
    async ask(name) {
      peer.send(`421["${name}"]`)
      return (JSON.parse((await peer.text()).replace(/^431/, '')) as [Record<string, unknown>])[0]
    },
  }
}

const secret = 'a secret that is at least 32 characters long'

test('a session of @fastify/session is in this.request, may be changed and saved there', async (t) => {
  class Account extends BaseNamespace<{ request: FastifyRequest }> {
    on_name() {
      return this.request.session.name
    }

    async on_rename(name: string) {
      this.request.session.name = name
      await this.request.session.save()
    }
  }
  // The plugin stands in front of the others here, and behind them below: hooks of an app come first in either case.
  for (const isFirst of [false, true]) {
    const app = makeFastify(t)
    const ours = () => app.register(socketio, { namespaces: { '/account': Account }, drain: 0 })
    if (isFirst) await ours()
    await app.register(cookie)
    await app.register(session, { secret, cookie: { secure: false } })
    if (!isFirst) await ours()
    app.get('/login', (request) => {
      request.session.name = 'ann'
      return 'welcome'
    })
    app.get('/name', (request) => request.session.name)
    const { url } = await listenFastify(app)
    const login = await ask(`${url}/login`)
    const headers = { Cookie: String(headerLines(login, 'set-cookie')[0]).split(';', 1)[0] ?? '' }
    const peer = await openWebSocket(t, url, 4, { headers })
    peer.send('40/account,')
    assert.match(await peer.text(), /^40\/account,/)
    peer.send('42/account,1["name"]', '42/account,2["rename","bob"]', '42/account,3["name"]')
    assert.equal(await peer.text(), '43/account,1["ann"]')
    assert.equal(await peer.text(), '43/account,2[]')
    assert.equal(await peer.text(), '43/account,3["bob"]')
    assert.equal((await ask(`${url}/name`, { headers })).body, 'bob')
  }
})

test('a guard in an onRequest hook is obeyed: handshakes, polls and upgrades, the first contact included', async (t) => {
  const { url } = await startFastify(t, {
    before: (app) =>
      app.addHook('onRequest', async (request, reply) => {
        if (request.headers['x-user'] === undefined) return reply.code(401).send({ who: 'are you' })
      }),
  })
  const upgrade = `${url}/socket.io/?EIO=4&transport=websocket`
  const refused = await askUpgrade(t, upgrade)
  assert.deepEqual([refused.status, refused.body], [401, '{"who":"are you"}'])
  assert.equal((await ask(`${url}/socket.io/1/`)).status, 401)
  assert.equal((await ask(`${url}/socket.io/?EIO=4&transport=polling`)).status, 401)
  const headers = { 'X-User': 'ann' }
  assert.equal((await askUpgrade(t, upgrade, headers)).status, 101)
  // Later polls go through the hooks as well.
  const opening = await ask(`${url}/socket.io/?EIO=4&transport=polling`, { headers })
  const sid = /"sid":"([^"]+)"/.exec(opening.body)?.[1]
  assert.equal((await ask(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`, { body: '40' })).status, 401)
})

test("a guard's refusal of a first upgrade stands beside another library's websockets", async (t) => {
  const { url } = await startFastify(t, {
    before(app) {
      const theirs = new WebSocketServer({ noServer: true })
      app.server.on('upgrade', (request, socket, head) => {
        theirs.handleUpgrade(request, socket, head, (websocket) => {
          websocket.send('theirs')
        })
      })
      app.addHook('onRequest', async (request, reply) => {
        if (request.headers['x-user'] === undefined) return reply.code(401).send()
      })
    },
  })
  assert.equal((await askUpgrade(t, `${url}/socket.io/?EIO=4&transport=websocket`)).status, 401)
  assert.equal(await startWebSocket(t, `${url}/elsewhere`).text(), 'theirs')
})

test('headers that hooks have set are on answers of clients, those of upgrades too', async (t) => {
  const { url } = await startFastify(t, {
    before: (app) =>
      app.addHook('onRequest', (_request, reply, done) => {
        void reply.header('X-Frame-Options', 'DENY').header('Set-Cookie', ['a=1', 'b=2'])
        done()
      }),
  })
  const handshake = await ask(`${url}/socket.io/1/`)
  const upgrade = await askUpgrade(t, `${url}/socket.io/?EIO=4&transport=websocket`)
  assert.deepEqual([handshake.status, upgrade.status], [200, 101])
  for (const answer of [handshake, upgrade]) {
    assert.deepEqual(headerLines(answer, 'x-frame-options'), ['DENY'])
    assert.deepEqual(headerLines(answer, 'set-cookie'), ['a=1', 'b=2'])
  }
})

test('the option trustProxy decides what is believed of a proxy', async (t) => {
  const forwarded = {
    'X-Forwarded-For': '203.0.113.7',
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'example.com',
  }
  for (const [trustProxy, expected, sameOrigin] of [
    ['127.0.0.1', { address: '203.0.113.7', secure: true }, 'https://example.com'],
    [true, { address: '203.0.113.7', secure: true }, 'https://example.com'],
    ['10.0.0.1', { address: '127.0.0.1', secure: false }, undefined],
    [false, { address: '127.0.0.1', secure: false }, undefined],
  ] as const) {
    const { url } = await startFastify(t, { namespaces, server: { trustProxy } })
    const peer = await openWebSocket(t, url, 4, { headers: { ...forwarded, Origin: sameOrigin ?? url } })
    peer.send('40')
    assert.match(await peer.text(), /^40/)
    peer.send('421["environ"]')
    const [environ] = JSON.parse((await peer.text()).slice(3)) as [object]
    assert.deepEqual(environ, { ...expected, host: url.slice(7) })
    const foreign = { ...forwarded, Origin: sameOrigin === undefined ? 'https://example.com' : url }
    assert.equal((await ask(`${url}/socket.io/1/`, { headers: foreign })).status, 403)
  }
})

test('errors of handlers are in the log of their request, and no client sees what was thrown', async (t) => {
  const lines: Record<string, unknown>[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>)
      done()
    },
  })
  const place = await startFastify(t, { namespaces, server: { logger: { stream, level: 'debug' } } })
  for (const generation of generations) {
    const peer = await enter(t, place, generation, '/chat')
    peer.emit('/chat', 'throws')
    assert.equal(await peer.next(), 'event /chat error ["handler_failed","The method \\"on_throws\\" failed"]')
    peer.emit('/chat', 'nope')
    assert.match(await peer.next(), /no_such_method/)
  }
  const errors = lines.filter(({ level }) => level === 50)
  assert.equal(errors.length, generations.length)
  for (const { msg, namespace, error, err, reqId, client } of errors) {
    assert.deepEqual([msg, namespace, error], ['The method "on_throws" failed', '/chat', 'handler_failed'])
    assert.equal((err as { message: string }).message, 'a secret of the database')
    assert.match(String(reqId), /^req-/)
    assert.match(String(client), /^[\w-]{20}$/)
  }
  assert.equal(
    lines.filter(({ level, error }) => level === 20 && error === 'no_such_method').length,
    generations.length,
  )
})

test("an application's own errorHandler takes the place of the log", async (t) => {
  const names: string[] = []
  const place = await startFastify(t, { namespaces, errorHandler: (_socket, name) => names.push(name) })
  const peer = await openIn(t, place, '4')
  peer.emit('', 'throws')
  await peer.settled()
  assert.deepEqual(names, ['handler_failed'])
})

test('logLevel silences the requests of clients, and of no others', async (t) => {
  const lines: string[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push((JSON.parse(chunk.toString()) as { req?: { url: string } }).req?.url ?? '')
      done()
    },
  })
  const { url } = await startFastify(t, { logLevel: 'warn', server: { logger: { stream } } })
  await ask(`${url}/socket.io/1/`)
  await ask(`${url}/page`)
  assert.ok(lines.includes('/page'))
  assert.ok(!lines.some((line) => line.includes('/socket.io')))
})

test('inject() works before and after listening, on routes of the app and on ours', async (t) => {
  const app = makeFastify(t)
  await app.register(named, { namespaces: { '': Echo }, drain: 0 })
  app.get('/page', () => 'page')
  const askAll = async (): Promise<void> => {
    assert.equal((await app.inject('/page')).body, 'page')
    const handshake = await app.inject('/socket.io/1/')
    assert.equal(handshake.statusCode, 200)
    assert.match(handshake.body, /^[\w-]{20}:60:60:/)
    assert.equal((await app.inject('/socket.io/nothing')).statusCode, 404)
  }
  await askAll()
  const { url } = await listenFastify(app)
  await askAll()
  assert.equal((await ask(`${url}/page`)).body, 'page')
})

test('fastify.io is there once the plugin is registered, before anybody listens', async (t) => {
  const app = makeFastify(t)
  await app.register(socketio, { namespaces: { '/chat': Chat }, drain: 0 })
  assert.ok(app.hasPlugin('socketio-middleware'))
  assert.deepEqual(await app.io.of('/chat').fetchSockets(), [])
  const place = await listenFastify(app)
  const peer = await enter(t, place, '4', '/chat')
  app.io.of('/chat').emit('said', 'from a route')
  assert.equal(await peer.next(), 'event /chat said ["from a route"]')
})

test('an app has several, each with a name and URLs of its own; two apps have two', async (t) => {
  const make = (which: string) => ({
    '': class extends BaseNamespace {
      on_which() {
        return which
      }
    },
  })
  const app = makeFastify(t)
  await app.register(socketio, { namespaces: make('one'), drain: 0 })
  await app.register(socketio, { namespaces: make('two'), drain: 0, propertyName: 'admin', prefix: '/admin' })
  await app.register(
    async (scope: FastifyInstance) => {
      await scope.register(socketio, { namespaces: make('three'), drain: 0 })
      assert.notEqual(scope.io, app.io)
    },
    { prefix: '/scope' },
  )
  const { url } = await listenFastify(app)
  const { url: other } = await startFastify(t, { namespaces: make('four') })
  for (const [base, which] of [
    [url, 'one'],
    [`${url}/admin`, 'two'],
    [`${url}/scope`, 'three'],
    [other, 'four'],
  ] as const) {
    const peer = await openWebSocket(t, base)
    peer.send('40')
    await peer.text()
    peer.send('421["which"]')
    assert.equal(await peer.text(), `431["${which}"]`)
  }
  assert.equal(app.io.stats().sockets, 1)
  assert.equal((Reflect.get(app, 'admin') as typeof app.io).stats().sockets, 1)
})

test('a second one of the same name, and options that cannot be, fail at registration', async (t) => {
  const app = makeFastify(t)
  await app.register(socketio, { namespaces: {}, drain: 0 })
  await assert.rejects(async () => app.register(socketio, { namespaces: {}, prefix: '/x' }), {
    code: 'FST_ERR_DEC_ALREADY_PRESENT',
  })
  for (const [options, message] of [
    [{ namespaces: {}, cors: {} }, /option "cors" does not exist/],
    [{ namespaces: { chat: Echo } }, /chat/],
    [{ namespaces: {}, drain: -1 }, /drain/],
    [{ namespaces: {}, propertyName: '' }, /propertyName/],
    [{ namespaces: {}, prefix: 5 }, /prefix/],
    [{}, /expected/],
  ] as const) {
    await assert.rejects(async () => makeFastify(t).register(socketio, options as never), {
      name: 'UsageError',
      message,
    })
  }
})

test('every way to load a plugin finds it', async (t) => {
  const require = createRequire(import.meta.url)
  for (const plugin of [socketio, import('../../../lib/fastify.js'), require('../../../lib/fastify.js')] as never[]) {
    const app = makeFastify(t)
    // What require() loads has classes of its own here.
    await app.register(plugin, { namespaces: {}, drain: 0 } as never)
    assert.equal((await app.inject('/socket.io/1/')).statusCode, 200)
  }
})
