// Owns: others who serve websockets in the same process, on our server or on one of their own, and clients of theirs.
// Elsewhere: what both sides must get (conformance/faces/neighbours.test.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'
import { Server as SocketIo } from 'socket.io'
import { io as connect } from 'socket.io-client-4'
import { WebSocket, WebSocketServer } from 'ws'
import { within } from './journal.js'

/** What a neighbour may take: less than it would have to wait for somebody's patience to end. */
const soonMs = 3_000

/** Listens on 127.0.0.1, gone with its test. */
export async function listening(t: TestContext, server: http.Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Puts a server of Socket.IO 4 on a server: it says `theirs` to whoever asks. */
export function addSocketIo(t: TestContext, server: http.Server, path = '/socket.io'): SocketIo {
  const theirs = new SocketIo(server, { path })
  theirs.on('connection', (socket) => {
    socket.on('whose', (answer: (name: string) => void) => {
      answer('theirs')
    })
  })
  t.after(() => {
    theirs.disconnectSockets(true)
  })
  return theirs
}

/** Puts a server of websockets on a server, for one path or for all: each hears `theirs`. */
export function addWs(t: TestContext, server: http.Server, path?: string): WebSocketServer {
  const theirs = new WebSocketServer({ server, ...(path !== undefined && { path }) })
  theirs.on('connection', (websocket) => {
    websocket.send('theirs')
  })
  t.after(() => {
    for (const websocket of theirs.clients) websocket.terminate()
    theirs.close()
  })
  return theirs
}

/** Asks whose a Socket.IO server is, as its own client of version 4 does. */
export async function whoseSocketIo(
  t: TestContext,
  origin: string,
  path: string,
  transports: ('websocket' | 'polling')[] = ['websocket'],
): Promise<string> {
  const socket = connect(origin, { path, transports, forceNew: true, reconnection: false })
  t.after(() => {
    socket.disconnect()
  })
  const answer = new Promise<string>((resolve, reject) => {
    socket.on('connect_error', reject)
    socket.on('connect', () => {
      const ask = (): void => {
        socket.emit('whose', resolve)
      }
      if (!transports.includes('websocket') || socket.io.engine.transport.name === 'websocket') ask()
      else socket.io.engine.once('upgrade', ask)
    })
  })
  return within(`an answer below ${path}`, answer, soonMs)
}

/** What a websocket hears first, or the status of its refusal. */
export async function firstFrame(t: TestContext, url: string, headers: Record<string, string> = {}): Promise<string> {
  const websocket = new WebSocket(url.replace(/^http/, 'ws'), { headers })
  t.after(() => {
    websocket.terminate()
  })
  const frame = new Promise<string>((resolve) => {
    websocket.on('message', (data: Buffer) => {
      resolve(data.toString())
    })
    websocket.on('unexpected-response', (_request, { statusCode }) => {
      resolve(String(statusCode))
    })
    websocket.on('error', () => {})
    websocket.on('close', (code) => {
      resolve(`closed ${code}`)
    })
  })
  return within(`a frame of ${url}`, frame, soonMs)
}

/** An app that answers all that is not anybody's. */
export const page: RequestListener = (_request, response) => {
  response.end('page')
}

/** A page and then an upgrade on the same connection: the first bytes of the websocket, or the status of a refusal. */
export async function upgradeOnKept(t: TestContext, origin: string, path: string): Promise<string> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => {
    agent.destroy()
  })
  const [first] = (await once(http.get(`${origin}/page`, { agent }), 'response')) as [http.IncomingMessage]
  const connection = first.socket
  first.resume()
  await once(first, 'end')
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  }
  const request = http.get(`${origin}${path}`, { agent, headers })
  const answer = new Promise<string>((resolve, reject) => {
    request.on('error', reject)
    request.on('upgrade', (_response, socket: Duplex, head: Buffer) => {
      t.after(() => socket.destroy())
      assert.equal(socket, connection, 'expected one connection')
      if (head.length > 0) resolve(head.toString('latin1'))
      else
        socket.once('data', (data: Buffer) => {
          resolve(data.toString('latin1'))
        })
    })
    request.on('response', ({ statusCode }) => {
      resolve(String(statusCode))
    })
  })
  return within(`the upgrade of ${path}`, answer, soonMs)
}
