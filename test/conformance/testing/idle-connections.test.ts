// Owns: which connections closeIdleConnections() and close() of a server in memory end: those that Node ends on a server that
// listens.
// Elsewhere: closeAllConnections() (memory-agent.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type RequestListener } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseNamespace, socketioMiddleware } from '../../../lib/index.js'
import { connect as connectClient, memoryAgent } from '../../../lib/testing.js'

const answering: RequestListener = ({ url }, response) => {
  if (url === '/quick') response.end('x')
  else if (url === '/part') response.write('x')
  else if (url === '/large') response.end(Buffer.alloc(50_000_000))
}

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`
const post = (path: string, sent: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n${sent}`

const kinds: Readonly<Record<string, { readonly sent: string; readonly isClosed: boolean }>> = {
  'has brought nothing': { sent: '', isClosed: false },
  'has brought half a head': { sent: 'GET /quick HTTP/1.1\r\nHo', isClosed: false },
  'is answered': { sent: get('/quick'), isClosed: true },
  'is not answered': { sent: get('/held'), isClosed: false },
  'is answered in part': { sent: get('/part'), isClosed: false },
  'is answered, and its answer not read': { sent: get('/large'), isClosed: true },
  'is answered in front of the end of a body': { sent: post('/quick', '123'), isClosed: false },
  'is answered, with a body': { sent: post('/quick', '1234567890'), isClosed: true },
  'has two answers': { sent: get('/quick').repeat(2), isClosed: true },
  'waits for its second answer': { sent: get('/quick') + get('/held'), isClosed: false },
  'waits for its first answer, the second being made': { sent: get('/held') + get('/quick'), isClosed: false },
}

type Place = (t: TestContext, server: http.Server) => Promise<{ destroy(): void; write(text: string): void }>

const places: Readonly<Record<string, Place>> = {
  listens: async (t, server) => {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    client.on('error', () => {})
    return client
  },
  'is in memory': (_t, server) => {
    const agent = memoryAgent(server) as unknown as { createConnection(options: object): Socket }
    return Promise.resolve(agent.createConnection({}))
  },
}

for (const [kind, { sent, isClosed }] of Object.entries(kinds)) {
  for (const [where, place] of Object.entries(places)) {
    test(`a connection that ${kind} is ${isClosed ? 'idle' : 'kept'} where its server ${where}`, async (t) => {
      const server = http.createServer(answering)
      const connected = once(server, 'connection')
      const client = await place(t, server)
      t.after(() => {
        client.destroy()
      })
      const [socket] = (await connected) as [Socket]
      if (sent !== '') client.write(sent)
      await pause(50)
      server.closeIdleConnections()
      await pause(20)
      assert.equal(socket.destroyed, isClosed)
    })
  }
}

test('a poll that is held is not idle, though it does not come to the listeners of its server', async (t) => {
  const io = socketioMiddleware({ '/chat': BaseNamespace })
  const server = http.createServer(io)
  const client = await connectClient(server, '/chat', { t, transport: 'polling' })
  await client.idle()
  server.close()
  server.closeIdleConnections()
  await pause(20)
  assert.equal(io.stats().sockets, 1)
  const left = client.leave()
  await left
})
