// Owns: the servers of one middleware: those of io.attach(), and those that it finds by itself.
// Elsewhere: what is done on each (server-tap.ts).
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { UsageError, quote } from '../support/errors.js'
import { checkNames, wrongOption } from '../support/options.js'
import type { Via } from './beside.js'
import { isServer, tapIfAny, tapOf } from './server-tap.js'
import type { Registration, Tapping } from './tapping.js'

/** What `io.attach()` takes beside a server. */
export interface AttachOptions {
  /**
   * What stands in front of `resource` in our URLs on this server: `/` or the path of the mount. `/` by
   * default, with `via`.
   */
  readonly path?: string
  /**
   * Serves all requests and upgrades of ours below `path`, in place of the server's own listeners: `io`
   * itself, or a small app with `io` in it. It sees their URLs without `path`; the app and its middleware do
   * not see them. A request for which it throws or rejects is answered with 500.
   */
  readonly via?: (request: IncomingMessage, response: ServerResponse) => unknown
}

export class HttpServers {
  readonly #tapping: Tapping
  // Held weakly, in a list that an end of the middleware walks: a server that is gone must not stay for it.
  readonly #servers = new Set<WeakRef<object>>()
  readonly #known = new WeakSet<object>()
  // Those of which a request has come to the middleware.
  #registrations = new WeakMap<object, Registration>()
  readonly #self = new WeakRef(this)
  #isClosed = false

  constructor(tapping: Tapping) {
    this.#tapping = tapping
    watchFor(this.#self)
  }

  /**
   * Attaches to a server that the application has told of.
   * @throws UsageError SIO_USAGE_SERVER, SIO_USAGE_OPTION.
   */
  attach(server: unknown, options: unknown): void {
    if (!isServer(server)) {
      throw new UsageError('SIO_USAGE_SERVER', `expected an HTTP server to attach to, got ${quote(server)}`)
    }
    const { path, via } = this.#readOptions(options)
    if (this.#isClosed) return
    this.#remember(server)
    tapOf(server).registrationOf(this.#tapping).attach(path, via)
  }

  /**
   * A request has come to the middleware: its server is one of ours, and where it is for us, so is its mount.
   */
  learn(request: IncomingMessage, isOurs: boolean): void {
    const { server } = request.socket as { server?: unknown }
    const registration = this.#registrations.get(server as object)
    if (registration !== undefined) registration.reached(request, isOurs)
    else if (isServer(server) && !this.#isClosed) {
      this.#remember(server)
      this.#registrations.set(server, tapOf(server).reached(this.#tapping, request, isOurs))
    }
  }

  /**
   * A server has a connection, and nothing is parsed yet: were a request on it an upgrade, it would be lost
   * without a listener. Whether its app reaches us shows at a request; until one does, we are there for its
   * connections.
   */
  meet(server: object, connection: Socket): void {
    // Most are known by a request (bench: connect).
    if (this.#registrations.has(server)) return
    if (!isServer(server) || tapIfAny(server)?.isKnownTo(this.#tapping) === true) return
    this.#remember(server)
    tapOf(server).meet(this.#tapping, connection)
  }

  #readOptions(options: unknown = {}): { readonly path: string | undefined; readonly via: Via | undefined } {
    if (typeof options !== 'object' || options === null) throw wrongOption('attach()', 'an object', options)
    checkNames(options, ['path', 'via'], {}, 'attach.')
    const { path, via } = options as { path?: unknown; via?: unknown }
    if (via !== undefined && typeof via !== 'function') {
      throw wrongOption('attach({ via })', 'a function of a request and its response', via)
    }
    return { path: this.#readPath(path ?? (via && '/')), via: via as Via | undefined }
  }

  #readPath(path: unknown): string | undefined {
    if (path === undefined) return undefined
    const isPath = typeof path === 'string' && /^(?:\/[^?#]*)?$/.test(path)
    // "/socket.io", as Socket.IO calls it, would mean "/socket.io/socket.io".
    if (!isPath || this.#tapping.findRoute(`${path.replace(/\/$/, '')}/?EIO=4`) !== undefined) {
      throw wrongOption('attach({ path })', 'the path in front of the resource, as / or /realtime', path)
    }
    return path.replace(/\/+$/, '')
  }

  #remember(server: object): void {
    if (this.#known.has(server)) return
    this.#known.add(server)
    this.#servers.add(new WeakRef(server))
  }

  close(): void {
    this.#isClosed = true
    this.#registrations = new WeakMap()
    forget(this.#self)
    for (const reference of this.#servers) {
      const server = reference.deref()
      if (server !== undefined) tapIfAny(server)?.remove(this.#tapping)
    }
    this.#servers.clear()
  }
}

// The channel holds its subscribers: a middleware that nobody uses any more must not stay for it.
const watching = new Set<WeakRef<HttpServers>>()

function watchFor(servers: WeakRef<HttpServers>): void {
  if (watching.size === 0) subscribe('net.server.socket', onConnection)
  watching.add(servers)
}

function forget(servers: WeakRef<HttpServers>): void {
  if (watching.delete(servers) && watching.size === 0) unsubscribe('net.server.socket', onConnection)
}

// It reports every server of the process.
function onConnection(message: unknown): void {
  const { socket: connection } = message as { socket: Socket & { server?: object } }
  for (const reference of watching) {
    const servers = reference.deref()
    if (servers === undefined) forget(reference)
    else if (connection.server !== undefined) servers.meet(connection.server, connection)
  }
}
