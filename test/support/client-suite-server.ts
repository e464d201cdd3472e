// Owns: the server that the public test suite of socket.io-client 4 wants, as one can import it or start it:
// `node --import tsx test/support/client-suite-server.ts 3210`.
// Elsewhere: what the suite checks, as cases of our own (test/conformance/client-suite).
import { setTimeout as sleep } from 'node:timers/promises'
import express from 'express'
import { BaseNamespace, ConnectError, noAck, socketioMiddleware, type SocketioMiddleware } from '../../lib/index.js'

class Foo extends BaseNamespace {
  on_getId() {
    return this.socket.id
  }
}

class Empty extends BaseNamespace {}

function handshakeOf({ environ, auth }: BaseNamespace): object {
  return { query: environ.query, headers: environ.headers, url: environ.url, auth: auth ?? {} }
}

class Abc extends BaseNamespace {
  initialize() {
    this.emit('handshake', handshakeOf(this))
  }
}

class No extends BaseNamespace {
  override recv_connect() {
    throw new ConnectError('Auth failed (custom namespace)')
  }
}

const texts = ['てすと', 'Я Б Г Д Ж Й', 'Ä ä Ü ü ß', 'utf8 — string', 'utf8 — string']
const bytes = Buffer.from('asdfasdf')

interface Mixed {
  readonly hello: unknown
  readonly message: unknown
  readonly goodbye: unknown
}

function isMixed({ hello, message, goodbye }: Mixed): boolean {
  return hello === 'lol' && Buffer.isBuffer(message) && goodbye === 'gotcha'
}

class Main extends BaseNamespace {
  #buffers: unknown[] = []
  #blobs: unknown[] = []

  on_getId() {
    return this.socket.id
  }

  on_hi() {
    this.emit('hi')
  }

  on_echo(value: unknown) {
    return [value]
  }

  // The suite sees that nobody acknowledges it.
  on_ack() {
    this.emit('ack', (number: unknown, { test }: { test?: unknown } = {}) => {
      if (number === 5 && test === true) this.emit('got it')
    })
    return noAck
  }

  on_getAckDate() {
    return new Date()
  }

  on_getDate() {
    this.emit('takeDate', new Date())
  }

  on_getDateObj() {
    this.emit('takeDateObj', { date: new Date() })
  }

  on_getUtf8() {
    for (const text of texts) this.emit('takeUtf8', text)
  }

  on_false() {
    this.emit('false', false)
  }

  on_doge() {
    this.emit('doge', bytes)
  }

  on_getbin() {
    this.emit('takebin', bytes)
  }

  on_buffa(value: unknown) {
    if (Buffer.isBuffer(value)) this.emit('buffack')
  }

  on_jsonbuff(value: Mixed) {
    if (isMixed(value)) this.emit('jsonbuff-ack')
  }

  on_abuff1(value: unknown) {
    this.#buffers = [value]
  }

  on_abuff2() {
    if (Buffer.isBuffer(this.#buffers[0])) this.emit('abuff2-ack')
  }

  on_blob(value: unknown) {
    if (Buffer.isBuffer(value)) this.emit('back')
  }

  on_jsonblob(value: Mixed) {
    if (isMixed(value)) this.emit('jsonblob-ack')
  }

  on_blob1(value: unknown) {
    this.#blobs = [value]
  }

  on_blob2(value: unknown) {
    this.#blobs.push(value)
  }

  on_blob3(value: unknown) {
    const [first, second] = this.#blobs
    if (Buffer.isBuffer(first) && second === 'second' && Buffer.isBuffer(value)) this.emit('blob3-ack')
  }

  on_getHandshake() {
    return handshakeOf(this)
  }
}

/** The middleware that the suite speaks to: the same for all of its files. */
export function suiteMiddleware(): SocketioMiddleware {
  const io = socketioMiddleware(
    { '/': Main, '/foo': Foo, '/abc': Abc, '/no': No, '/timeout_socket': Empty, '/valid': Empty, '/asd': Empty },
    {
      pingInterval: 2_000,
      recovery: true,
      // Late enough for a client with a timeout of 0 ms to see one.
      authorize: async () => {
        await sleep(10)
        return true
      },
      // The suite sends events that nobody handles; what it sees of them is the missing ack.
      errorHandler: () => {},
    },
  )
  io.use(({ environ }, next, { endpoint }) => {
    if (endpoint === '' && environ.query['fail'] !== undefined) next(new Error('Auth failed (main namespace)'))
    else next()
  })
  return io
}

if (import.meta.filename === process.argv[1]) {
  const port = process.argv[2] ?? '3210'
  // The suite says localhost, which may be either address.
  const server = express()
    .use(suiteMiddleware())
    .listen(Number(port), 'localhost', () => {
      const address = server.address()
      console.log('http://localhost:%d', typeof address === 'object' ? address?.port : address)
    })
}
