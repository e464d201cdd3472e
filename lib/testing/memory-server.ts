// Owns: an application as a server in memory: nobody listens, connections are handed to it.
// Elsewhere: the connections (line.ts), who opens them (memory-agent.ts).
import { channel, subscribe } from 'node:diagnostics_channel'
import http, { type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import https from 'node:https'
import { UsageError } from '../index.js'
import { quote } from '../support/errors.js'
import { LineEnd, makeLine } from './line.js'
import type { Busy } from './idle.js'
import { setImmediate } from './time.js'

/** What the kit can open connections to. */
export type App =
  | http.Server
  | https.Server
  // oxlint-disable-next-line typescript/no-explicit-any
  | ((request: any, response: any, ...rest: any[]) => unknown)
  | { callback(): RequestListener }

// What Node says of each connection that a server has accepted; our own middleware finds its servers by it.
const accepted = channel('net.server.socket')

interface Asked {
  readonly request: IncomingMessage
  readonly response: ServerResponse
}

// What has been asked on the server's end of a connection, and was not over when the next came.
const asked = new WeakMap<LineEnd, readonly Asked[]>()

// Node publishes every request here, also those that never come to the server's listeners, as polls do not.
subscribe('http.server.request.start', (message) => {
  const { request, response, socket } = message as Asked & { readonly socket: unknown }
  if (!(socket instanceof LineEnd)) return
  asked.set(socket, [...(asked.get(socket) ?? []).filter(isOpen), { request, response }])
})

function isOpen({ request, response }: Asked): boolean {
  return !request.complete || !response.writableEnded
}

/** As Node has it: all that was asked on it is answered, and something was. */
function isIdle(end: LineEnd): boolean {
  const all = asked.get(end)
  return all !== undefined && !all.some(isOpen)
}

export class MemoryServer {
  readonly #app: App
  #server: http.Server | undefined
  #isClosed = false
  /** Clients of ours that are connected to it. */
  readonly clients = new Set<Busy>()
  readonly #lines = new Set<LineEnd>()

  constructor(app: App) {
    this.#app = app
    if (isServer(app)) this.#watch(app)
  }

  /** Made with the first connection: Koa composes its middleware in callback(). */
  get server(): http.Server {
    return (this.#server ??= this.#watch(http.createServer(listenerOf(this.#app))))
  }

  /** Opens a connection; an app that has closed its server refuses it. */
  connect(address?: string): LineEnd {
    const { server } = this
    const [mine, theirs] = makeLine(address)
    this.#lines.add(mine)
    mine.once('close', () => this.#lines.delete(mine))
    const isSecure = server instanceof https.Server
    theirs.encrypted = mine.encrypted = isSecure
    theirs.server = server
    setImmediate(() => {
      if (this.#isClosed) {
        mine.destroy(refused())
        return
      }
      if (mine.destroyed) return
      if (accepted.hasSubscribers) accepted.publish({ socket: theirs })
      server.emit(isSecure ? 'secureConnection' : 'connection', theirs)
      mine.emit('connect')
      mine.emit('ready')
    })
    return mine
  }

  /** Whether bytes are on their way between the two ends of any connection. */
  get isBusy(): boolean {
    for (const line of this.#lines) if (line.isBusy || line.other.isBusy) return true
    return false
  }

  #watch(server: http.Server): http.Server {
    this.#server = server
    server.on('close', () => {
      this.#isClosed = true
    })
    server.on('listening', () => {
      this.#isClosed = false
    })
    // Node counts the connections of servers that listen.
    this.#closeWith(server, 'closeAllConnections', () => true)
    this.#closeWith(server, 'closeIdleConnections', isIdle)
    return server
  }

  #closeWith(
    server: http.Server,
    method: 'closeAllConnections' | 'closeIdleConnections',
    isMeant: (end: LineEnd) => boolean,
  ): void {
    const close = server[method].bind(server)
    const value = (): void => {
      close()
      // As in Node, what has been upgraded is no connection of HTTP any more.
      for (const { other } of this.#lines) if (Reflect.get(other, 'parser') && isMeant(other)) other.destroy()
    }
    Object.defineProperty(server, method, { value, configurable: true, writable: true })
  }
}

const servers = new WeakMap<object, MemoryServer>()

/** The server of an app, the same each time. @throws UsageError SIO_USAGE_SERVER for anything but an app. */
export function memoryServerOf(app: App): MemoryServer {
  const isApp =
    isServer(app) ||
    typeof app === 'function' ||
    (typeof app === 'object' && app !== null && typeof app.callback === 'function')
  if (!isApp) {
    const expected = 'expected an app of Express, Koa or Connect, io, or an HTTP server'
    throw new UsageError('SIO_USAGE_SERVER', `${expected}, got ${quote(app)}`)
  }
  let server = servers.get(app)
  if (server === undefined) {
    server = new MemoryServer(app)
    servers.set(app, server)
  }
  return server
}

function isServer(app: unknown): app is http.Server | https.Server {
  return app instanceof http.Server || app instanceof https.Server
}

function listenerOf(app: App): RequestListener {
  return typeof app === 'function' ? (app as RequestListener) : (app as { callback(): RequestListener }).callback()
}

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED: the server is closed'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
}
