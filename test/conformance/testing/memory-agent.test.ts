// Owns: clients of others over the test kit's agent: they reach an app that listens nowhere.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { createRequire } from 'node:module'
import { test, type TestContext } from 'node:test'
import express from 'express'
import session from 'express-session'
import Koa from 'koa'
import superagent from 'superagent'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { connect, memoryAgent, type App } from '../../../lib/testing.js'
import { withoutWebSocket } from '../../support/node-client.js'

const require = createRequire(import.meta.url)

class Chat extends BaseNamespace<{ request: express.Request & { session?: { visits?: number } } }> {
  on_where(): unknown[] {
    return [[this.socket.protocol, this.socket.transport, this.request.session?.visits ?? 'none', this.environ.address]]
  }
}

type AnyClient = {
  on(event: string, listener: (...args: never[]) => void): void
  emit(...args: unknown[]): void
  disconnect(): void
}

type Library = (url: string, options: object) => AnyClient

async function whereIs(t: TestContext, generation: string, options: object, agent: http.Agent): Promise<unknown> {
  const library = withoutWebSocket(() => require(`socket.io-client-${generation}`) as Library & { io?: Library })
  const open: (url: string, options: object) => AnyClient = library.io ?? library
  const client = open('http://memory/chat', { ...options, agent, forceNew: true, reconnection: false })
  t.after(() => {
    client.disconnect()
  })
  await new Promise<void>((resolve, reject) => {
    client.on('connect', resolve)
    client.on('connect_error', reject as never)
  })
  return new Promise((resolve) => {
    client.emit('where', resolve)
  })
}

function express5(io: ReturnType<typeof socketioMiddleware>): App {
  return express()
    .use(session({ secret: 'x', resave: false, saveUninitialized: true }))
    .use((request, _response, next) => {
      Object.assign(request.session, { visits: 1 })
      next()
    })
    .use(io)
}

for (const generation of ['2', '3', '4']) {
  for (const [face, visits, makeApp] of [
    ['express', 1, express5],
    ['koa', 'none', (io) => new Koa().use(io)],
    ['io alone', 'none', (io) => io],
    ['an HTTP server', 'none', (io) => http.createServer(io)],
  ] as const satisfies readonly (readonly [string, unknown, (io: ReturnType<typeof socketioMiddleware>) => App])[]) {
    test(`socket.io-client ${generation} reaches ${face} without a port, by every transport`, async (t) => {
      const io = socketioMiddleware({ '/chat': Chat })
      const agent = memoryAgent(makeApp(io))
      t.after(() => io.close())
      const protocol = generation === '2' ? '2' : '4'
      for (const transport of ['websocket', 'polling']) {
        const where = await whereIs(t, generation, { transports: [transport] }, agent)
        assert.deepEqual(where, [protocol, transport, visits, '127.0.0.1'])
      }
      assert.deepEqual(((await whereIs(t, generation, {}, agent)) as unknown[])[0], protocol)
      assert.equal(agent.server.listening, false)
    })
  }
}

test('a websocket that comes first, before any request, is served', async (t) => {
  const io = socketioMiddleware({ '/chat': Chat })
  t.after(() => io.close())
  const where = await whereIs(t, '4', { transports: ['websocket'] }, memoryAgent(express().use('/', io)))
  assert.deepEqual(where, ['4', 'websocket', 'none', '127.0.0.1'])
})

test('http.request and superagent reach the routes of an app, and keep connections', async () => {
  const app = express().get('/hello', (request, response) => {
    response.send(`hello ${request.ip} ${request.socket.remotePort}`)
  })
  const agent = memoryAgent(app, { address: '192.0.2.7' })
  const [response] = (await once(http.get({ agent, host: 'memory', path: '/hello' }), 'response')) as [
    http.IncomingMessage,
  ]
  const first = Buffer.concat(await response.toArray()).toString()
  const { text: second } = await superagent.get('http://memory/hello').agent(agent)
  assert.match(first, /^hello 192\.0\.2\.7 \d+$/)
  assert.equal(second, first)
})

test('fetch() and undici reach an app, by their connector', async () => {
  const app = express().get('/hello', (request, response) => {
    response.send(`hello ${request.ip}`)
  })
  const agent = memoryAgent(app)
  // Node's own: there once fetch() was called.
  await fetch('data:,').then((response) => response.text())
  const [current] = ['undici.globalDispatcher.2', 'undici.globalDispatcher.1']
    .map((key): unknown => Reflect.get(globalThis, Symbol.for(key)))
    .filter((dispatcher) => dispatcher !== undefined)
  const Dispatcher = (current as object).constructor as new (options: object) => object
  const dispatcher = new Dispatcher({ connect: agent.connect })
  const response = await fetch('http://memory/hello', { dispatcher } as RequestInit)
  assert.equal(await response.text(), 'hello 127.0.0.1')
})

test('closing all connections ends a held poll, and a websocket stays, as on a server that listens', async (t) => {
  const io = socketioMiddleware({ '/chat': Chat })
  const server = http.createServer(io)
  const options = { t, timeout: 200 }
  const polling = await connect(server, '/chat', { ...options, transport: 'polling' })
  const websocket = await connect(server, '/chat', options)
  await polling.idle()
  server.close()
  server.closeAllConnections()
  assert.equal(await polling.ended(), 'transport close')
  assert.deepEqual(await websocket.ask('where'), ['4', 'websocket', 'none', '127.0.0.1'])
})

test('bodies of a megabyte come and go whole', async () => {
  const app = express()
    .use(express.raw({ limit: '8mb' }))
    .post('/', (request, response) => {
      response.send(request.body)
    })
  const body = Buffer.alloc(1_500_000, 'abc')
  const { body: answer } = await superagent
    .post('http://memory/')
    .agent(memoryAgent(app))
    .type('application/octet-stream')
    .responseType('blob')
    .send(body)
  assert.ok(body.equals(answer as Buffer))
})

test('a server of https is reached as by TLS', async (t) => {
  const server = https.createServer()
  const io = socketioMiddleware({
    '/': class extends BaseNamespace {
      on_secure(): boolean {
        return this.environ.secure
      }
    },
  })
  server.on('request', io)
  const client = await connect(server, '/', { t })
  assert.equal(await client.ask('secure'), true)
})

test('an app that has closed its server refuses connections', async () => {
  const server = http.createServer((_request, response) => response.end('hello'))
  const agent = memoryAgent(server)
  await once(http.get({ agent }), 'response')
  server.close()
  await once(server, 'close')
  const [error] = (await once(http.get({ agent: memoryAgent(server) }), 'error')) as [Error]
  assert.equal(Reflect.get(error, 'code'), 'ECONNREFUSED')
  await assert.rejects(connect(server), { code: 'ECONNREFUSED' })
})

for (const wrong of [undefined, null, 'http://localhost', {}, 5]) {
  test(`${JSON.stringify(wrong)} is no app`, async () => {
    assert.throws(() => memoryAgent(wrong as never), { code: 'SIO_USAGE_SERVER' })
    await assert.rejects(connect(wrong as never), { code: 'SIO_USAGE_SERVER' })
  })
}
