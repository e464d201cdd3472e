// Owns: what docs/troubleshooting.md says that clients see, and what the server logs about it.
// Elsewhere: why it is so: origins, bounds, access lists and so on each have their own tests.
import assert from 'node:assert/strict'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import express from 'express'
import { io as open, type Socket } from 'socket.io-client-4'
import { BaseNamespace, RoomsMixin, socketioMiddleware, type Options } from '../../lib/index.js'
import { within } from '../support/journal.js'
import { nodeClient } from '../support/node-client.js'

class Chat extends BaseNamespace {
  on_say(text: string): string {
    return `heard ${text}`
  }
  on_fail(): void {
    throw new Error('failed on purpose')
  }
  on_kick(): void {
    this.socket.disconnect()
  }
}

type Mount = (io: express.RequestHandler) => express.Express
const plainly: Mount = (io) => express().use(io)

async function serve(t: TestContext, options: Options = {}, mount: Mount = plainly, chat = Chat): Promise<string> {
  const io = socketioMiddleware({ '/chat': chat }, options)
  const server = http.createServer(mount(io))
  return listen(t, server, () => io.close())
}

async function listen(t: TestContext, server: http.Server, close = async (): Promise<void> => {}): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    await close()
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function connect(t: TestContext, url: string, options: object = {}): Socket {
  const socket = open(url, { forceNew: true, reconnection: false, ...options })
  t.after(() => socket.close())
  return socket
}

/** The message of a client's `connect_error`, and the status or the text in it. */
async function refusal(t: TestContext, url: string, options: object = {}): Promise<[string, unknown]> {
  const socket = connect(t, url, options)
  const error = await within(
    'connect_error',
    new Promise<Error & { description?: unknown }>((resolve) => socket.once('connect_error', resolve as never)),
  )
  const { description } = error
  return [error.message, description instanceof Object ? Reflect.get(description, 'message') : description]
}

function next(socket: Socket, event: string): Promise<unknown[]> {
  return within(event, new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args))))
}

/** What is logged during a test. */
function watchLog(t: TestContext): string[] {
  const lines: string[] = []
  for (const name of ['warn', 'error'] as const) {
    t.mock.method(console, name, (...parts: unknown[]) => lines.push(parts.map(String).join(' ')))
  }
  return lines
}

test('403: a page of another origin, and its reason in the log', async (t) => {
  const log = watchLog(t)
  const url = await serve(t)
  const extraHeaders = { Origin: 'https://example.com' }
  assert.deepEqual(await refusal(t, `${url}/chat`, { extraHeaders, transports: ['polling'] }), ['xhr poll error', 403])
  assert.deepEqual(await refusal(t, `${url}/chat`, { extraHeaders, transports: ['websocket'] }), [
    'websocket error',
    'Unexpected server response: 403',
  ])
  const response = await fetch(`${url}/socket.io/1/`, { headers: extraHeaders })
  assert.deepEqual([response.status, await response.text()], [403, 'handshake bad origin'])
  const host = url.slice('http://'.length)
  const expected = `"https://example.com" is neither in the option origins nor the server itself, which is "${host}" by Host`
  // Once a minute for each kind, and other tests of this process may have used it up.
  if (log.length > 0)
    assert.ok(
      log.some((line) => line.includes(expected)),
      log.join('\n'),
    )
})

test('404: io is mounted below a path, and the client does not say so', async (t) => {
  const url = await serve(t, {}, (io) => express().use('/rt', io))
  assert.deepEqual(await refusal(t, `${url}/chat`), ['xhr poll error', 404])
  assert.deepEqual(await refusal(t, `${url}/rt/chat`), ['xhr poll error', 404])
  const right = connect(t, `${url}/chat`, { path: '/rt/socket.io' })
  assert.equal(await right.timeout(10_000).emitWithAck('say', 'hi'), 'heard hi')
  const old = nodeClient(t, url, 'websocket', '0.9')
  const [html] = await old.run((kit) => kit.next(kit.connect('/chat'), 'error'))
  assert.match(String(html), /Cannot GET \/socket\.io\/1\//)
  const answer = await old.run((kit) => kit.ask(kit.connect('/chat', { resource: 'rt/socket.io' }), 'say', 'hi'))
  assert.deepEqual(answer, ['heard hi'])
})

test('server error: something in front of io answers with a page', async (t) => {
  const url = await serve(t, {}, (io) =>
    express()
      .get('/{*path}', (_request, response) => {
        response.send('<html>')
      })
      .use(io),
  )
  assert.deepEqual(await refusal(t, `${url}/chat`), ['server error', undefined])
  const [message, description] = await refusal(t, `${url}/chat`, { transports: ['websocket'] })
  assert.deepEqual([message, description], ['websocket error', 'Unexpected server response: 200'])
})

test('Invalid namespace: an endpoint that is not declared', async (t) => {
  const url = await serve(t)
  assert.deepEqual(await refusal(t, `${url}/chatt`), ['Invalid namespace', undefined])
  for (const [generation, expected] of [
    ['2', ['Invalid namespace']],
    ['0.9', ['no_such_namespace', "The endpoint you tried to connect to doesn't exist: /chatt"]],
  ] as const) {
    const client = nodeClient(t, url, 'websocket', generation)
    assert.deepEqual(await client.run((kit) => kit.next(kit.connect('/chatt'), 'error')), expected)
  }
})

test('connection refused and unauthorized: what refuses a connect', async (t) => {
  watchLog(t)
  class Broken extends Chat {
    override recv_connect(): void {
      throw new Error('the database is away')
    }
  }
  class Closed extends Chat {
    override getInitialAcl(): string[] {
      return ['on_say']
    }
  }
  class Arrow extends Chat {
    on_shout = (): string => 'no method'
  }
  for (const [chat, expected] of [
    [Broken, 'connection refused'],
    [Arrow, 'connection refused'],
    [Closed, 'unauthorized'],
  ] as const) {
    const url = await serve(t, {}, plainly, chat)
    assert.equal((await refusal(t, `${url}/chat`))[0], expected)
    const old = nodeClient(t, url, 'websocket', '0.9')
    assert.deepEqual(await old.run((kit) => kit.next(kit.connect('/chat'), 'connect_failed')), ['unauthorized'])
  }
})

test('the statuses of xhr poll error', async (t) => {
  watchLog(t)
  const answer =
    (status: number): Mount =>
    () =>
      express().use((_request, response) => {
        response.sendStatus(status)
      })
  const throwing = (): never => {
    throw new Error('on purpose')
  }
  for (const [expected, options, mount] of [
    [401, {}, answer(401)],
    [429, {}, answer(429)],
    [403, { authorize: () => false }, plainly],
    [500, { authorize: throwing }, plainly],
    [500, { session: throwing }, plainly],
  ] as const) {
    const url = await serve(t, options, mount)
    assert.deepEqual(await refusal(t, `${url}/chat`), ['xhr poll error', expected])
  }
  const url = await serve(t, { maxSockets: 1 })
  await next(connect(t, `${url}/chat`), 'connect')
  assert.deepEqual(await refusal(t, `${url}/chat`), ['xhr poll error', 503])
  assert.deepEqual(await refusal(t, 'http://127.0.0.1:1/chat'), ['xhr poll error', 0])
})

test('it disconnects when it sends: a guard rejects its POSTs', async (t) => {
  const url = await serve(t, {}, (io) =>
    express()
      .use((request, response, pass) => {
        if (request.method === 'POST') response.sendStatus(403)
        else pass()
      })
      .use(io),
  )
  const socket = connect(t, `${url}/chat`, { transports: ['polling'] })
  assert.equal(String((await next(socket, 'connect_error'))[0]), 'Error: xhr post error')
})

test('it never reconnects: the server has disconnected it', async (t) => {
  const url = await serve(t)
  const socket = connect(t, `${url}/chat`, { reconnection: true, reconnectionDelay: 10 })
  await next(socket, 'connect')
  const gone = next(socket, 'disconnect')
  socket.emit('kick')
  assert.equal((await gone)[0], 'io server disconnect')
  assert.equal(socket.active, false)
  const again = next(socket, 'connect')
  socket.connect()
  await again
  const old = nodeClient(t, url, 'websocket', '0.9')
  const [reason] = await old.run((kit) => {
    const chat = kit.connect('/chat')
    const left = kit.next(chat, 'disconnect')
    chat.emit('kick')
    return left
  })
  assert.equal(reason, 'booted')
})

test('limit exceeded: the client sees a lost connection, the log has the option', async (t) => {
  const log = watchLog(t)
  const url = await serve(t, { maxHttpBufferSize: 1_000 })
  for (const transports of [['polling'], ['websocket']]) {
    const socket = connect(t, `${url}/chat`, { transports })
    await next(socket, 'connect')
    const gone = next(socket, 'disconnect')
    socket.emit('say', 'x'.repeat(5_000))
    assert.equal((await gone)[0], 'transport close')
  }
  const expected = 'limit exceeded: expected a message of at most maxHttpBufferSize bytes'
  assert.ok(
    log.some((line) => line.includes(expected)),
    log.join('\n'),
  )
})

test('a handler is not called, and an ack never comes', async (t) => {
  watchLog(t)
  const url = await serve(t)
  const chat = connect(t, `${url}/chat`)
  const misspelt = next(chat, 'error')
  chat.emit('sayy', 'hi')
  assert.deepEqual(await misspelt, ['no_such_method', 'The method "on_sayy" was not found'])
  const failed = next(chat, 'error')
  await assert.rejects(chat.timeout(300).emitWithAck('fail'), { message: 'operation has timed out' })
  assert.deepEqual(await failed, ['handler_failed', 'The method "on_fail" failed'])
  const elsewhere = connect(t, url)
  const wrong = next(elsewhere, 'error')
  elsewhere.emit('say', 'hi')
  assert.deepEqual(await wrong, ['no_such_method', 'The method "on_say" was not found'])
})

test('events come doubled: listeners are added at each connect', async (t) => {
  const url = await serve(t)
  const chat = connect(t, `${url}/chat`, { reconnection: true, reconnectionDelay: 10, transports: ['websocket'] })
  let count = 0
  chat.on('connect', () => {
    chat.on('error', () => count++)
  })
  await next(chat, 'connect')
  const again = next(chat, 'connect')
  chat.io.engine.close()
  await again
  const both = next(chat, 'error')
  chat.emit('sayy')
  await both
  assert.equal(count, 2)
})

/** What a proxy in front does with each request. */
function passOn(request: http.IncomingMessage, response: http.ServerResponse, port: string): void {
  const { url: path, method, headers } = request
  const passed = http.request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(response)
  })
  passed.on('error', () => response.destroy())
  response.on('close', () => passed.destroy())
  request.pipe(passed)
}

test('only polling: upgrades do not arrive', async (t) => {
  const url = await serve(t)
  const { port } = new URL(url)
  const proxy = http.createServer((request, response) => {
    passOn(request, response, port)
  })
  proxy.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'))
  const front = await listen(t, proxy)
  const chat = connect(t, `${front}/chat`)
  assert.equal(await chat.timeout(10_000).emitWithAck('say', 'hi'), 'heard hi')
  assert.equal(chat.io.engine.transport.name, 'polling')
  assert.deepEqual(await refusal(t, `${front}/chat`, { transports: ['websocket'] }), [
    'websocket error',
    'Unexpected server response: 400',
  ])
})

test('it works locally, but not behind the balancer: its requests go to two processes', async (t) => {
  const ports = [new URL(await serve(t)).port, new URL(await serve(t)).port]
  let count = 0
  const balancer = http.createServer((request, response) => {
    passOn(request, response, ports[count++ % 2] as string)
  })
  const url = await listen(t, balancer)
  const [message, status] = await refusal(t, `${url}/chat`, { transports: ['polling'] })
  assert.match(message, /^xhr (?:post|poll) error$/)
  assert.equal(status, 400)
})

test('the mistakes that keep it from starting', () => {
  class Python extends Chat {
    get_initial_acl(): string[] {
      return []
    }
  }
  class Uncalled extends (RoomsMixin as unknown as typeof BaseNamespace) {}
  const io = socketioMiddleware({ '/chat': Chat })
  for (const [run, message] of [
    [
      () => socketioMiddleware({}, { heartbeatIntervall: 1 } as Options),
      /does not exist: did you mean heartbeatInterval\?/,
    ],
    [() => io.of('/chatt' as '/chat'), /expected a declared endpoint, got "\/chatt": did you mean \/chat\? Declared: /],
    [
      () => socketioMiddleware({ '/chat': Uncalled }),
      /which is not called: write "extends RoomsMixin\(BaseNamespace\)"/,
    ],
    [
      () => socketioMiddleware({ '/chat': Python }),
      /expected getInitialAcl, got Python\.get_initial_acl, which guards nothing/,
    ],
  ] as const) {
    assert.throws(run, { message })
  }
})
