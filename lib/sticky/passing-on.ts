// Owns: requests of another worker's clients, on a connection that its first request has brought here: they
// are passed on.
// Elsewhere: which worker a connection comes to (primary.ts), upgrades (upgrade-on.ts).
import http, { type ClientRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { processNameOf } from './first-line.js'
import type { WorkersMessage } from './messages.js'
import { restoreSender, withSender } from './sender.js'
import { passUpgradeOn } from './upgrade-on.js'

type Emit = (event: string | symbol, ...args: unknown[]) => boolean

export class PassingOn {
  /** Where workers listen for each other. */
  workers: Pick<WorkersMessage, 'ports' | 'secret'> = { ports: {}, secret: '' }
  readonly #server: Server
  readonly #resource: string
  readonly #name: string
  // While there are connections from the primary.
  #leads: { readonly emit: Emit; readonly before: PropertyDescriptor | undefined } | undefined
  #connections = 0
  // From the primary: what comes on the worker's own port has been passed on already. Each with its last
  // answer.
  readonly #fromPrimary = new WeakMap<Duplex, ServerResponse | undefined>()
  readonly #fixed = { agent: new http.Agent({ keepAlive: true }), setHost: false } as const

  constructor(server: Server, resource: string, name: string) {
    this.#server = server
    this.#resource = resource
    this.#name = name
    // Those of its own port are accepted by the server itself, which has told of them already.
    server.on('connection', (socket) => {
      if (this.#fromPrimary.has(socket)) return
      this.#count(socket)
      this.lead()
    })
  }

  /** A connection from the primary. */
  watch(socket: Duplex): void {
    this.#fromPrimary.set(socket, undefined)
    this.#count(socket)
  }

  #count(socket: Duplex): void {
    this.#connections++
    socket.once('close', () => {
      if (--this.#connections === 0) this.#follow()
    })
  }

  /** Gets in front of what is in front of the server's listeners: the middleware takes upgrades there. */
  lead(): void {
    const server = this.#server
    const emit: unknown = Reflect.get(server, 'emit')
    if (emit === this.#leads?.emit) return
    const leads: Emit = (event, ...args) => {
      const [request, answer, head] = args as [IncomingMessage, ServerResponse | Socket, Buffer]
      if (event === 'request' && this.#passOn(request, answer as ServerResponse)) return true
      if (event === 'upgrade' && this.#passUpgradeOn(request, answer as Socket, head)) return true
      return Reflect.apply(emit as Emit, server, [event, ...args])
    }
    this.#leads = { emit: leads, before: Object.getOwnPropertyDescriptor(server, 'emit') }
    Object.defineProperty(server, 'emit', { configurable: true, writable: true, value: leads })
  }

  // Who is behind us may leave with the last connection, and come again with the next.
  #follow(): void {
    const leads = this.#leads
    if (leads === undefined || Reflect.get(this.#server, 'emit') !== leads.emit) return
    this.#leads = undefined
    if (leads.before === undefined) Reflect.deleteProperty(this.#server, 'emit')
    else Object.defineProperty(this.#server, 'emit', leads.before)
  }

  /** The port of the worker to whose client a request belongs, if that is another one. */
  #portFor(request: IncomingMessage): number | undefined {
    const { url = '', socket } = request
    if (!this.#fromPrimary.has(socket)) {
      restoreSender(request, this.workers.secret)
      return undefined
    }
    const name = processNameOf(this.#resource, url)
    const { ports } = this.workers
    if (name === undefined || name === this.#name || !Object.hasOwn(ports, name)) return undefined
    return ports[name]
  }

  // An upgrade to something else is served as if it had asked for none.
  #passUpgradeOn(request: IncomingMessage, socket: Socket, head: Buffer): boolean {
    const port = this.#portFor(request)
    if (port === undefined || request.headers.upgrade?.trim().toLowerCase() !== 'websocket') return false
    const { secret } = this.workers
    passUpgradeOn(request, withSender(request, secret), socket, head, port, this.#fromPrimary.get(socket))
    return true
  }

  #passOn(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '', method = 'GET', socket } = request
    if (this.#fromPrimary.has(socket)) this.#fromPrimary.set(socket, response)
    const port = this.#portFor(request)
    if (port === undefined) return false
    let onward: ClientRequest
    try {
      const headers = without(withSender(request, this.workers.secret), ofConnectionOnly)
      onward = http.request({ host: '127.0.0.1', port, method, path: url, headers, ...this.#fixed })
    } catch {
      // Headers that Node takes from a client, and would not write itself.
      refuse(response, 400)
      return true
    }
    onward.on('response', (answer) => {
      // The next request of this client comes on a connection of its own, which finds the way by itself.
      response.shouldKeepAlive = false
      try {
        response.writeHead(answer.statusCode ?? 502, without(answer.rawHeaders, ofConnection))
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      } catch {
        refuse(response, 502)
      }
    })
    onward.on('error', () => {
      refuse(response, 502)
    })
    // Nobody here has taken the request for an upgrade.
    onward.on('upgrade', (_answer, connection) => {
      connection.destroy()
      refuse(response, 502)
    })
    response.on('close', () => onward.destroy())
    request.pipe(onward)
    return true
  }
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { Connection: 'close' }).end()
}

// RFC 9110, 7.6.1: these are for one connection, and say nothing to the next. An upgrade needs the others.
const ofConnectionOnly = /^(?:keep-alive|te|trailer|proxy-connection)$/i
const ofConnection = /^(?:connection|keep-alive|transfer-encoding|trailer|proxy-connection)$/i

function without(rawHeaders: readonly string[], names: RegExp): string[] {
  return rawHeaders.filter((_text, at, all) => !names.test(all[at - (at % 2)] ?? ''))
}
