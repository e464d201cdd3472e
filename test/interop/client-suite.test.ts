// Owns: cases of the public test suite of socket.io-client 4, in our words: what the client sees with our server is what it sees with
// socket.io's own.
// Elsewhere: the suite itself, which `test/support/client-suite-server.ts 3210` serves.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { io as connect, Manager as ManagerClass, ManagerOptions, Socket, SocketOptions } from 'socket.io-client-4'
import { attachReference } from '../support/client-suite-reference.js'
import { suiteMiddleware } from '../support/client-suite-server.js'
import { isOffset } from '../support/client-4.js'
import { within } from '../support/journal.js'

const { io, Manager } = createRequire(import.meta.url)('socket.io-client-4') as {
  io: typeof connect
  Manager: typeof ManagerClass
}

type Settings = Partial<ManagerOptions & SocketOptions>

/** Clients of one case, gone with it. */
class Bench {
  readonly url: string
  readonly #sockets: Socket[] = []

  constructor(url: string) {
    this.url = url
  }

  open(path = '/', settings: Settings = {}): Socket {
    const socket = io(this.url + path, { forceNew: true, reconnectionDelay: 10, ...settings })
    this.#sockets.push(socket)
    return socket
  }

  manager(settings: Settings = {}) {
    const manager = new Manager(this.url, { reconnectionDelay: 10, ...settings })
    return {
      manager,
      socket: (path: string): Socket => {
        const socket = manager.socket(path)
        this.#sockets.push(socket)
        return socket
      },
    }
  }

  close(): void {
    for (const socket of this.#sockets) {
      socket.io.reconnection(false)
      socket.disconnect()
      Reflect.apply(Reflect.get(socket.io, '_close'), socket.io, [])
    }
  }
}

/** The arguments of the next event, without an offset. */
function next(socket: Socket, event: string): Promise<unknown[]> {
  const heard = new Promise<unknown[]>((resolve) => {
    socket.once(event, (...args: unknown[]) => {
      const last = args.at(-1)
      // socket.io's own has an offset of another form.
      const isLast = typeof last === 'string' && (isOffset(last) || /^[\w-]{6,8}(?:\.[\w-]+)?$/.test(last))
      resolve(isLast && !['disconnect', 'takeUtf8'].includes(event) ? args.slice(0, -1) : args)
    })
  })
  return within(`the event ${event}`, heard)
}

function answerTo(socket: Socket, event: string, ...args: unknown[]): Promise<unknown> {
  return within(`an answer to ${event}`, socket.emitWithAck(event, ...args))
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: Error) => error.message,
  )
}

type Case = (bench: Bench) => Promise<unknown>

// What is seen, on either server.
const cases: Readonly<Record<string, readonly [Case, unknown]>> = {
  'an event is answered by an event': [
    async (bench) => {
      const socket = bench.open()
      socket.emit('hi')
      return next(socket, 'hi')
    },
    [],
  ],
  'an event of the server is acknowledged': [
    async (bench) => {
      const socket = bench.open()
      socket.on('ack', (answer: (...values: unknown[]) => void) => {
        answer(5, { test: true })
      })
      socket.emit('ack')
      return next(socket, 'got it')
    },
    [],
  ],
  'false is an argument': [
    async (bench) => {
      const socket = bench.open()
      socket.emit('false')
      return next(socket, 'false')
    },
    [false],
  ],
  'texts of any script come whole': [
    async (bench) => {
      const socket = bench.open()
      const texts: unknown[] = []
      socket.on('takeUtf8', (text: unknown) => texts.push(text))
      socket.emit('getUtf8')
      for (; texts.length < 4; await sleep(5));
      return texts.slice(0, 4)
    },
    ['てすと', 'Я Б Г Д Ж Й', 'Ä ä Ü ü ß', 'utf8 — string'],
  ],
  'a date is a text': [
    async (bench) => {
      const socket = bench.open()
      socket.emit('getDateObj')
      const [{ date }] = (await next(socket, 'takeDateObj')) as [{ date: unknown }]
      return typeof date
    },
    'string',
  ],
  'bytes come as a buffer': [
    async (bench) => {
      const socket = bench.open()
      socket.emit('doge')
      const [bytes] = await next(socket, 'doge')
      return [Buffer.isBuffer(bytes), String(bytes)]
    },
    [true, 'asdfasdf'],
  ],
  'bytes come as an ArrayBuffer, when they are asked for so': [
    async (bench) => {
      const socket = bench.open('/', { transports: ['websocket'] })
      socket.io.engine.binaryType = 'arraybuffer'
      socket.emit('doge')
      const [bytes] = await next(socket, 'doge')
      return bytes instanceof ArrayBuffer && bytes.byteLength
    },
    8,
  ],
  'an ArrayBuffer is sent, alone and within JSON': [
    async (bench) => {
      const socket = bench.open()
      const { buffer } = Uint8Array.of(1, 2, 3)
      socket.emit('buffa', buffer)
      await next(socket, 'buffack')
      socket.emit('jsonbuff', { hello: 'lol', message: buffer, goodbye: 'gotcha' })
      return next(socket, 'jsonbuff-ack')
    },
    [],
  ],
  'the id is that of the server, in each namespace': [
    async (bench) => {
      const seen: boolean[] = []
      for (const path of ['/', '/foo']) {
        const socket = bench.open(path)
        const id = await answerTo(socket, 'getId')
        seen.push(id === socket.id, id === socket.io.engine.id)
      }
      return seen
    },
    [true, false, true, false],
  ],
  'the query comes with the handshake': [
    async (bench) => {
      const socket = bench.open('/abc?b=c&d=e')
      const [{ query }] = (await next(socket, 'handshake')) as [{ query: Record<string, unknown> }]
      const other = bench.open('/', { query: { '&a': '&=?a' } })
      const handshake = (await answerTo(other, 'getHandshake')) as { query: Record<string, unknown> }
      return [query['b'], query['d'], handshake.query['&a']]
    },
    ['c', 'e', '&=?a'],
  ],
  'auth comes with the connect, and is not in the query': [
    async (bench) => {
      const settings = { auth: (give: (auth: object) => void) => give({ e: 'f' }) }
      const one = bench.open('/abc', { auth: { a: 'b', c: 'd' } })
      const [first] = (await next(one, 'handshake')) as [{ auth: object; query: Record<string, unknown> }]
      const other = bench.open('/abc', settings)
      const [second] = (await next(other, 'handshake')) as [{ auth: object; query: Record<string, unknown> }]
      return [first.auth, first.query['a'], second.auth, second.query['e']]
    },
    [{ a: 'b', c: 'd' }, undefined, { e: 'f' }, undefined],
  ],
  'a refusal names its reason, and is not tried again': [
    async (bench) => {
      const seen: unknown[] = []
      for (const [path, settings] of [
        ['/no', {}],
        ['/', { query: { fail: '1' } }],
      ] as const) {
        const socket = bench.open(path, settings)
        let count = 0
        socket.on('connect_error', () => {
          count++
          socket.io.engine.close()
        })
        const [error] = (await next(socket, 'connect_error')) as [Error]
        await sleep(100)
        seen.push(error.message, count, socket.active)
      }
      return seen
    },
    ['Auth failed (custom namespace)', 1, false, 'Auth failed (main namespace)', 1, false],
  ],
  'a namespace that is not there is refused': [
    async (bench) => {
      const [error] = (await next(bench.open('/nowhere'), 'connect_error')) as [Error]
      return error.message
    },
    'Invalid namespace',
  ],
  'a client that comes too late for its own timeout fails, by either transport': [
    async (bench) => {
      const messages: string[] = []
      for (const transport of ['polling', 'websocket'] as const) {
        const socket = bench.open('/', { transports: [transport], timeout: 0, reconnection: false })
        messages.push(((await next(socket, 'connect_error')) as [Error])[0].message)
      }
      return messages
    },
    ['timeout', 'timeout'],
  ],
  'one namespace ends and the other goes on; the last one closes the connection': [
    async (bench) => {
      const { manager, socket } = bench.manager()
      const [foo, asd] = [socket('/foo'), socket('/asd')]
      await Promise.all([next(foo, 'connect'), next(asd, 'connect')])
      const closed = new Promise<string>((resolve) => {
        manager.on('close', resolve)
      })
      foo.disconnect()
      await sleep(100)
      const isThere = asd.connected
      asd.disconnect()
      return [isThere, await within('the close', closed)]
    },
    [true, 'forced close'],
  ],
  'a client that disconnects and connects again is there once more': [
    async (bench) => {
      const socket = bench.open('/', { transports: ['websocket'] })
      await next(socket, 'connect')
      const reason = next(socket, 'disconnect')
      socket.disconnect().connect()
      await next(socket, 'connect')
      return [(await reason)[0], await answerTo(socket, 'echo', 1), socket.recovered]
    },
    ['io client disconnect', 1, false],
  ],
  'a namespace that was closed is opened again on its connection': [
    async (bench) => {
      const { socket } = bench.manager()
      const main = socket('/')
      await next(main, 'connect')
      const foo = socket('/foo')
      await next(foo, 'connect')
      foo.disconnect().connect()
      await next(foo, 'connect')
      return [await answerTo(foo, 'getId'), main.connected].map((value) => typeof value)
    },
    ['string', 'boolean'],
  ],
  'events are sent in the order in which they were emitted, also those before the connect': [
    async (bench) => {
      const socket = bench.open('/', { autoConnect: false })
      const order: unknown[] = []
      const first = answerTo(socket, 'echo', 'first').then((value) => order.push(value))
      socket.connect()
      await next(socket, 'connect')
      await Promise.all([first, answerTo(socket, 'echo', 'second').then((value) => order.push(value))])
      return order
    },
    ['first', 'second'],
  ],
  'an event that nobody answers times out; one that is answered does not': [
    async (bench) => {
      const socket = bench.open('/', { ackTimeout: 200 })
      await next(socket, 'connect')
      return [
        await failure(answerTo(socket, 'unknown')),
        await failure(socket.timeout(100).emitWithAck('unknown')),
        await answerTo(socket, 'echo', 42),
      ]
    },
    ['operation has timed out', 'operation has timed out', 42],
  ],
  'an event that is not answered before the end fails, and one that was not sent is sent later': [
    async (bench) => {
      const socket = bench.open()
      await next(socket, 'connect')
      const lost = failure(socket.emitWithAck('echo', 'a'))
      socket.disconnect()
      const kept = socket.emitWithAck('echo', 'b')
      socket.connect()
      return [await lost, await within('the answer', kept)]
    },
    ['socket has been disconnected', 'b'],
  ],
  'retried events keep their order, and one that nobody acknowledges fails after its last try': [
    async (bench) => {
      const socket = bench.open('/', { retries: 2, ackTimeout: 300 })
      let count = 0
      socket.on('ack', () => count++)
      const values = await Promise.all([1, 2, 3].map((value) => answerTo(socket, 'echo', value)))
      return [values, await failure(answerTo(socket, 'ack')), count]
    },
    [[1, 2, 3], 'operation has timed out', 3],
  ],
  'a volatile event waits for no connection': [
    async (bench) => {
      const socket = bench.open('/', { autoConnect: false })
      let isAnswered = false
      socket.volatile.emit('getId', () => {
        isAnswered = true
      })
      socket.connect()
      return [typeof (await answerTo(socket, 'getId')), isAnswered]
    },
    ['string', false],
  ],
  'a lost connection is recovered, with the same id': [
    async (bench) => {
      const socket = bench.open()
      socket.emit('hi')
      await next(socket, 'hi')
      const { id, recovered } = socket
      socket.io.engine.close()
      await next(socket, 'connect')
      return [recovered, socket.recovered, socket.id === id, await answerTo(socket, 'echo', 1)]
    },
    [false, true, true, 1],
  ],
}

const servers: Readonly<Record<string, (server: http.Server) => { close(): unknown }>> = {
  "socket.io's own server": attachReference,
  'our server': (server) => {
    const middleware = suiteMiddleware()
    server.on('request', (request, response) => {
      middleware(request, response)
    })
    middleware.attach(server)
    return middleware
  },
}

for (const [name, serve] of Object.entries(servers)) {
  describe(`with ${name}`, () => {
    const server = http.createServer()
    let served: { close(): unknown }
    before(async () => {
      served = serve(server)
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
    })
    after(() => {
      served.close()
      server.closeAllConnections()
      server.close()
    })
    for (const [what, [run, expected]] of Object.entries(cases)) {
      test(what, async (t) => {
        const { port } = server.address() as AddressInfo
        const bench = new Bench(`http://127.0.0.1:${port}`)
        t.after(() => {
          bench.close()
        })
        assert.deepEqual(await run(bench), expected)
      })
    }
  })
}
