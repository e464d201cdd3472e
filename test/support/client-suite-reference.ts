// Owns: socket.io's own server, with what the cases of the client's public suite need of one: what ours is held against.
// Elsewhere: ours (client-suite-server.ts), the cases (test/interop/client-suite.test.ts).
import type http from 'node:http'
import { createRequire } from 'node:module'
import type { Server as SocketIoServer, Socket } from 'socket.io'

const { Server } = createRequire(import.meta.url)('socket.io') as { Server: typeof SocketIoServer }

type Answer = (...values: unknown[]) => void

const bytes = Buffer.from('asdfasdf')

function serveMain(socket: Socket): void {
  const sends: Readonly<Record<string, readonly unknown[]>> = {
    hi: ['hi'],
    getDate: ['takeDate', new Date()],
    getDateObj: ['takeDateObj', { date: new Date() }],
    false: ['false', false],
    doge: ['doge', bytes],
    getbin: ['takebin', bytes],
  }
  for (const [event, [name, ...args]] of Object.entries(sends))
    socket.on(event, () => socket.emit(String(name), ...args))
  socket.on('getUtf8', () => {
    for (const text of ['てすと', 'Я Б Г Д Ж Й', 'Ä ä Ü ü ß', 'utf8 — string']) socket.emit('takeUtf8', text)
  })
  socket.on('echo', (value: unknown, answer: Answer) => {
    answer(value)
  })
  socket.on('getId', (answer: Answer) => {
    answer(socket.id)
  })
  socket.on('getHandshake', (answer: Answer) => {
    answer({ query: socket.handshake.query, auth: socket.handshake.auth })
  })
  socket.on('ack', () => {
    socket.emit('ack', (number: unknown, { test }: { test?: unknown } = {}) => {
      if (number === 5 && test === true) socket.emit('got it')
    })
  })
  socket.on('buffa', (value: unknown) => {
    if (Buffer.isBuffer(value)) socket.emit('buffack')
  })
  socket.on('jsonbuff', ({ message }: { message?: unknown }) => {
    if (Buffer.isBuffer(message)) socket.emit('jsonbuff-ack')
  })
}

/** Attaches it to an HTTP server. */
export function attachReference(server: http.Server): { close(): void } {
  const io = new Server(server, {
    connectionStateRecovery: {},
    pingInterval: 2_000,
    allowRequest: (_request, callback) => {
      setTimeout(() => {
        callback(null, true)
      }, 10)
    },
  })
  io.use((socket, next) => {
    if (socket.handshake.query['fail'] === undefined) next()
    else next(new Error('Auth failed (main namespace)'))
  })
  io.on('connection', serveMain)
  io.of('/foo').on('connection', (socket) => {
    socket.on('getId', (answer: Answer) => {
      answer(socket.id)
    })
  })
  io.of('/abc').on('connection', (socket) => {
    socket.emit('handshake', { query: socket.handshake.query, auth: socket.handshake.auth })
  })
  io.of('/no').use((_socket, next) => {
    next(new Error('Auth failed (custom namespace)'))
  })
  for (const name of ['/timeout_socket', '/valid', '/asd']) io.of(name)
  return {
    close() {
      void io.close()
    },
  }
}
