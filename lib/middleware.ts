// Owns: socketioMiddleware, the one function that app.use() gets, whatever the framework.
// Elsewhere: everything else.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'
import { boundRequestOf } from './support/framework-request.js'
import { plainText } from './transports/exchange.js'
import type { NamespaceDeclarations } from './namespaces/any-namespace.js'
import type { EndpointOperator } from './rooms/endpoint-operator.js'
import type { Admission } from './clients/admissions.js'
import { operatorsOf, readClosing, type Io } from './namespaces/io.js'
import type { AttachOptions } from './http/http-servers.js'
import { claimUpgrade } from './http/server-tap.js'
import { factsOfContext, factsOfRequest, type KoaContext } from './http/request-facts.js'
import { answerError, HttpExchange } from './http/http-exchange.js'
import { SessionOrder } from './http/session-order.js'
import { KoaExchange } from './http/koa-exchange.js'
import { refuseForeignMembers } from './server/foreign-members.js'
import { findRoute, readRoute, type Route } from './server/routes.js'
import { Server } from './server/server.js'
import type { Options } from './server/settings.js'

/** An HTTP server, as `io.attach()` takes it. */
export interface AttachableServer {
  on(event: 'upgrade', listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): unknown
  emit(event: string, ...args: unknown[]): boolean
}

/** What `socketioMiddleware()` returns: the middleware itself, and the way to all sockets from outside. */
export interface SocketioMiddleware<Namespaces = unknown> extends Io<Namespaces> {
  /** Express 4 and 5, Connect, `http.createServer(io)`. Without `next`, what is not ours is answered 404. */
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void
  /** The same over HTTP/2: `http2.createSecureServer({ key, cert, allowHTTP1: true }, io)`. */
  (request: Http2ServerRequest, response: Http2ServerResponse, next?: (error?: unknown) => void): void
  /** Koa. */
  (ctx: object, next: () => Promise<unknown>): Promise<void>
  /**
   * Adds a function that is called before a namespace is made for a client: `next()` accepts the client,
   * `next(error)` refuses it.
   */
  use(admission: Admission): void
  /**
   * Registers an HTTP server before its first request; without it, servers are found by themselves.
   * @throws UsageError SIO_USAGE_SERVER for anything but a server of Node's, SIO_USAGE_OPTION for wrong
   *   options.
   */
  attach(server: AttachableServer, options?: AttachOptions): void
}

/**
 * Mounts namespaces on an Express or Koa app: `app.use(socketioMiddleware({ '/chat': Chat }))`.
 * @param namespaces classes by endpoint; `''` (or `'/'`) is the global one.
 * @throws UsageError SIO_USAGE_NAMESPACE or SIO_USAGE_OPTION when the map or an option is not what it must
 *   be.
 */
export function socketioMiddleware<Namespaces extends NamespaceDeclarations>(
  namespaces: Namespaces,
  options: Options = {},
): SocketioMiddleware<Namespaces> {
  const serve = (first: object, second: object, third?: (error?: unknown) => void): Promise<void> | void =>
    isKoaContext(first)
      ? serveKoa(server, order, first, second as unknown as () => Promise<unknown>)
      : serveHttp(server, order, first as IncomingMessage, second as ServerResponse, third)
  const io = serve as unknown as SocketioMiddleware<Namespaces>
  const order = new SessionOrder(serve)
  const server = new Server(namespaces, options, io)
  const sockets = server.of('') as EndpointOperator
  refuseForeignMembers(io)
  Object.defineProperties(io, Object.getOwnPropertyDescriptors(operatorsOf(sockets)))
  Object.assign(io, {
    of: (endpoint: unknown) => server.of(endpoint),
    sockets,
    use: (admission: Admission) => {
      server.use(admission)
    },
    attach: (httpServer: unknown, attaching?: unknown) => {
      server.httpServers.attach(httpServer, attaching)
    },
    stats: () => server.stats(),
    close: (closing?: unknown) => server.close(readClosing(closing)),
  })
  return io
}

function serveHttp(
  server: Server,
  order: SessionOrder,
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void = (error) => {
    if (error === undefined) answerNotFound(response)
    else answerError(error, response)
  },
): void {
  const bound = boundRequestOf(request) as IncomingMessage | undefined
  const route = find(server, request, bound)
  server.httpServers.learn(request, route !== undefined)
  if (route === undefined) {
    order.passedOn(request, response)
    next()
    return
  }
  if (route.sid === '') order.begins(request)
  server.router.serve({
    route,
    exchange: new HttpExchange(request, response, server.router.deadlines, next, claimUpgrade(request)),
    facts: factsOfRequest(request, bound),
    request: bound ?? request,
    ctx: undefined,
  })
}

async function serveKoa(
  server: Server,
  order: SessionOrder,
  ctx: KoaContext,
  next: () => Promise<unknown>,
): Promise<void> {
  const request = ctx.req
  const route = find(server, request, boundRequestOf(request))
  server.httpServers.learn(request, route !== undefined)
  if (route === undefined) {
    await next()
    return
  }
  if (route.sid === '') order.beginsWithContext(ctx)
  const exchange = new KoaExchange(ctx, server.router.deadlines, claimUpgrade(request))
  server.router.serve({ route, exchange, facts: factsOfContext(ctx), request, ctx })
  await exchange.answered
}

function answerNotFound(response: ServerResponse): void {
  response.writeHead(404, { ...plainText, 'X-Content-Type-Options': 'nosniff' })
  response.end('Not Found')
}

function find(server: Server, { url = '/' }: IncomingMessage, bound: object | undefined): Route | undefined {
  // A framework whose request is another object has routes: it takes no mount off the URL.
  const read = bound === undefined ? readRoute : findRoute
  const route = read(server.settings.resource, url)
  const isFile = route?.kind === 'client file' || route?.kind === 'seen file'
  return isFile && !server.clientFiles.has(route.kind) ? undefined : route
}

// Express's requests have `res` and `app`, too; only Koa's context has `req`.
function isKoaContext(first: object): first is KoaContext {
  return 'req' in first && 'res' in first && 'app' in first && !('httpVersion' in first)
}
