// Owns: an agent for Node's HTTP, and so for any client that takes one, whose connections lead to an app in
// memory.
// Elsewhere: the app (memory-server.ts), a client of our own (connect.ts).
import http from 'node:http'
import type { Socket } from 'node:net'
import type { LineEnd } from './line.js'
import { memoryServerOf, type App, type MemoryServer } from './memory-server.js'

export interface MemoryAgentOptions {
  /** The address that the server sees as the client's. Default `127.0.0.1`. */
  readonly address?: string
}

const inside = new WeakMap<MemoryAgent, MemoryServer>()

export class MemoryAgent extends http.Agent {
  readonly #server: MemoryServer
  readonly #address: string | undefined

  /** @internal */
  constructor(server: MemoryServer, { address }: MemoryAgentOptions = {}) {
    super({ keepAlive: true })
    this.#server = server
    this.#address = address
    inside.set(this, server)
  }

  /** The HTTP server that the app has become. It does not listen. */
  get server(): http.Server {
    return this.#server.server
  }

  /** What Node's HTTP asks for a connection. */
  override createConnection(): LineEnd {
    return this.#server.connect(this.#address)
  }

  /** The same for undici: `new Agent({ connect: agent.connect })`. */
  readonly connect = (_options: object, callback: (...args: [null, Socket] | [Error, null]) => void): void => {
    const line = this.createConnection()
    const failed = (error: Error): void => {
      callback(error, null)
    }
    line.once('error', failed)
    line.once('connect', () => {
      line.off('error', failed)
      callback(null, line as unknown as Socket)
    })
  }
}

/**
 * An `http.Agent` whose connections lead to an app, without a port: for socket.io-client (`{ agent }`),
 * `http.request`, superagent and other libraries that take an agent. The app's whole stack runs: HTTP parser,
 * middleware, upgrades, websockets.
 * @param app an app of Express, Koa or Connect, what `socketioMiddleware()` returned, or an HTTP server.
 * @throws UsageError SIO_USAGE_SERVER for anything else.
 */
export function memoryAgent(app: App, options: MemoryAgentOptions = {}): MemoryAgent {
  return new MemoryAgent(memoryServerOf(app), options)
}

/** The server behind an app, or behind an agent for one. */
export function serverBehind(app: App | MemoryAgent): MemoryServer {
  return inside.get(app as MemoryAgent) ?? memoryServerOf(app as App)
}
