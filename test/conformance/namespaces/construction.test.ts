// Owns: when a namespace comes into being, and what it is given.
// Elsewhere: initialize() along the chain (initialize.test.ts), its copy of the session (session.test.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { test } from 'node:test'
import express from 'express'
import Koa from 'koa'
import { BaseNamespace, socketioMiddleware, type Environ } from '../../../lib/index.js'
import { faces, listen, startServer } from '../../support/server.js'
import { asking, event, joinClient, openClient, Queue } from '../../support/wire-client.js'

test('a subclass of BaseNamespace serves its clients with the handlers that it defines', async (t) => {
  const seen = new Queue<unknown[]>()
  class Mine extends BaseNamespace {
    on_my_event(first: unknown, second: unknown) {
      seen.push(['first', first, 'second', second])
    }

    on_my_second_event(whatever: unknown) {
      seen.push(['first arg', whatever])
    }
  }
  const client = await joinClient(t, await startServer(t, { '/mine': Mine }), '/mine')
  client.send(event('/mine', 'my_event', 1, { two: 2 }), event('/mine', 'my_second_event', 'x', 'y'))
  assert.deepEqual(await seen.take(2), [
    ['first', 1, 'second', { two: 2 }],
    ['first arg', 'x'],
  ])
})

test('a namespace is created by the first packet for it, and not with the socket', async (t) => {
  const created: string[] = []
  class Counting extends BaseNamespace {
    constructor(...args: ConstructorParameters<typeof BaseNamespace>) {
      super(...args)
      created.push(this.nsName)
    }
  }
  const server = await startServer(t, { '': Counting, '/one': Counting, '/two': Counting })
  const client = await openClient(t, server)
  await client.settled()
  assert.deepEqual(created, [])
  assert.equal(await client.ask('1::/two'), '1::/two')
  assert.deepEqual(created, ['/two'])
})

test('the socket is connected for the client before any namespace exists', async (t) => {
  let count = 0
  class Global extends BaseNamespace {
    initialize() {
      count++
    }
  }
  // openClient() itself asserts the "1::" that the server sends by itself.
  const client = await openClient(t, await startServer(t, { '': Global }))
  await client.settled()
  assert.equal(count, 0)
})

test('a packet from the client creates the global namespace', async (t) => {
  const seen = new Queue<string>()
  class Global extends BaseNamespace {
    initialize() {
      seen.push('initialize')
    }

    on_login() {
      seen.push('on_login')
    }
  }
  const client = await openClient(t, await startServer(t, { '': Global }))
  client.send(event('', 'login'))
  assert.deepEqual(await seen.take(2), ['initialize', 'on_login'])
})

test('there is one instance for each socket and endpoint', async (t) => {
  class Counter extends BaseNamespace {
    count = 0
    on_count() {
      return ++this.count
    }
  }
  const server = await startServer(t, { '/a': Counter, '/b': Counter })
  const [one, other] = [await joinClient(t, server, '/a'), await joinClient(t, server, '/a')]
  await one.ask('1::/b')
  assert.equal(await one.ask(asking(1, '/a', 'count')), '6::/a:1+[1]')
  assert.equal(await one.ask(asking(2, '/a', 'count')), '6::/a:2+[2]')
  assert.equal(await one.ask(asking(3, '/b', 'count')), '6::/b:3+[1]')
  assert.equal(await other.ask(asking(1, '/a', 'count')), '6::/a:1+[1]')
})

test('nsName is the endpoint, and empty for the global namespace', async (t) => {
  class Named extends BaseNamespace {
    on_name() {
      return this.nsName
    }
  }
  const client = await openClient(t, await startServer(t, { '/': Named, '/chat': Named }))
  assert.equal(await client.ask(asking(1, '', 'name')), '6:::1+[""]')
  await client.ask('1::/chat')
  assert.equal(await client.ask(asking(1, '/chat', 'name')), '6::/chat:1+["/chat"]')
})

test('request is the very object that the framework handed to the middleware', async (t) => {
  let handed: unknown
  const seen = new Queue<unknown>()
  class Asking extends BaseNamespace {
    recv_connect() {
      seen.push(this.request, this.socket.request)
    }
  }
  const io = socketioMiddleware({ '/chat': Asking })
  const app = express()
  app.use((request, _response, next) => {
    if (request.path === '/socket.io/1/') handed = request
    next()
  })
  app.use(io)
  await joinClient(t, await listen(t, io, http.createServer(app)), '/chat')
  const [request, ofSocket] = await seen.take(2)
  assert.equal(request, handed)
  assert.equal(ofSocket, handed)
})

test('under Koa request is ctx.req, and ctx is there', async (t) => {
  let handed: Koa.Context | undefined
  const seen = new Queue<unknown>()
  class Asking extends BaseNamespace<{ ctx: Koa.Context }> {
    recv_connect() {
      seen.push(this.request, this.ctx)
    }
  }
  const io = socketioMiddleware({ '/chat': Asking })
  const app = new Koa()
  app.use(async (ctx, next) => {
    if (ctx.path === '/socket.io/1/') handed = ctx
    await next()
  })
  app.use(io)
  await joinClient(t, await listen(t, io, http.createServer(app.callback())), '/chat')
  const [request, ctx] = await seen.take(2)
  assert.equal(request, handed?.req)
  assert.equal(ctx, handed)
})

for (const face of faces) {
  test(`environ is a frozen record of the handshake, never of a later request, on ${face}`, async (t) => {
    const seen = new Queue<Environ>()
    class Asking extends BaseNamespace {
      on_look() {
        seen.push(this.environ)
      }
    }
    const server = await startServer(t, { '': Asking }, {}, face)
    const headers = { 'x-visit': 'first' }
    const shake = await fetch(`${server.url}/socket.io/1/?room=7`, { headers })
    const [sid] = (await shake.text()).split(':')
    const body = event('', 'look')
    const url = `${server.url}/socket.io/1/xhr-polling/${sid}?room=8`
    const posted = await fetch(url, { method: 'POST', headers: { 'x-visit': 'second' }, body })
    assert.equal(await posted.text(), '1')
    const environ = await seen.next()
    assert.equal(environ.method, 'GET')
    assert.equal(environ.url, '/socket.io/1/?room=7')
    assert.equal(environ.headers['x-visit'], 'first')
    assert.deepEqual({ ...environ.query }, { room: '7' })
    assert.equal(environ.address, '127.0.0.1')
    assert.equal(environ.secure, false)
    assert.equal(environ.xdomain, false)
    assert.ok(Math.abs(environ.issued - Date.now()) < 60_000)
    assert.ok(Object.isFrozen(environ))
    assert.equal((await fetch(`${server.url}/socket.io/1//${sid}?disconnect`)).status, 200)
  })
}

test('environ, request, session and socket are there in field initialisers', async (t) => {
  class Early extends BaseNamespace<{ session: { user: string } }> {
    readonly greeting = `${this.session.user} of ${this.nsName} by ${this.environ.method} ${this.request.method}`
    readonly hasId = this.socket.id.length === 20
    on_read() {
      return [this.greeting, this.hasId]
    }
  }
  const server = await startServer(t, { '/early': Early }, { session: () => ({ user: 'ann' }) })
  const client = await joinClient(t, server, '/early')
  assert.equal(await client.ask(asking(1, '/early', 'read')), '6::/early:1+["ann of /early by GET GET",true]')
})

test('a namespace that anybody but its socket constructs is a UsageError', () => {
  const foreign = { method: 'GET' } as Environ
  assert.throws(() => new BaseNamespace(foreign, '/chat', undefined as never), { code: 'SIO_USAGE_ENVIRON' })
})

test('a namespace that constructs another one with its own environ is a UsageError', async (t) => {
  const seen = new Queue<unknown>()
  class Copying extends BaseNamespace {
    on_copy() {
      try {
        seen.push(new Copying(this.environ, this.nsName, this.request))
      } catch (error) {
        seen.push((error as { code: string }).code)
      }
    }
  }
  const client = await joinClient(t, await startServer(t, { '/copy': Copying }), '/copy')
  client.send(event('/copy', 'copy'))
  assert.equal(await seen.next(), 'SIO_USAGE_ENVIRON')
})

test('socket is one object in all namespaces of a client, which finds the others by endpoint', async (t) => {
  const sockets = new Set<unknown>()
  class Chat extends BaseNamespace {
    recv_connect() {
      sockets.add(this.socket)
    }
  }
  class News extends BaseNamespace {
    recv_connect() {
      sockets.add(this.socket)
    }

    on_tell() {
      this.socket.namespaces.get('/chat')?.emit('told', 'by news')
      return [...this.socket.namespaces.keys()].toSorted()
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Chat, '/news': News }), '/chat')
  await client.ask('1::/news')
  assert.equal(sockets.size, 1)
  assert.equal(await client.ask(asking(1, '/news', 'tell')), '5::/chat:{"name":"told","args":["by news"]}')
  assert.equal(await client.next(), '6::/news:1+["/chat","/news"]')
})
