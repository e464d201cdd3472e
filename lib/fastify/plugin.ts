// Owns: the Fastify plugin: the middleware on routes of Fastify's, behind all onRequest hooks.
// Elsewhere: its options (options.ts), where its errors go (log.ts), what handlers find as `this.request`
// (../middleware.ts).
import type { FastifyReply, FastifyRequest } from 'fastify'
import { socketioMiddleware, type AttachableServer, type SocketioMiddleware } from '../index.js'
import { bindRequest } from '../support/framework-request.js'
import { errorHandlerOf, logOf, type FastifyLog } from './log.js'
import { readPluginOptions, type FastifySocketioOptions } from './options.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** What `socketioMiddleware()` returned for the plugin `socketio`. */
    io: SocketioMiddleware
  }
}

/** What of a Fastify instance the plugin uses, whatever its server, its logger and its types are. */
interface FastifyHost {
  readonly prefix: string
  readonly server: object
  readonly log: FastifyLog
  readonly supportedMethods: readonly string[]
  readonly initialConfig: { readonly pluginTimeout?: number }
  decorate(name: string, value: unknown): unknown
  // Its type depends on those of the instance.
  route(route: never): unknown
  addHook(name: 'preClose', hook: () => Promise<void>): unknown
}

/** Serves a request that has passed all hooks. What is not ours goes to Fastify's 404. */
function serve(io: SocketioMiddleware, request: FastifyRequest, reply: FastifyReply): void {
  const { raw } = request
  bindRequest(raw, request)
  // Set by hooks: cookies, CORS and security headers. A reply that is hijacked sends none of them by itself.
  if (!reply.raw.headersSent) {
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value)
    }
  }
  let isPassedOn = false
  io(raw, reply.raw, (error) => {
    if (error === undefined) isPassedOn = true
    else fail(request, reply, error)
  })
  if (isPassedOn) reply.callNotFound()
  else reply.hijack()
}

// It may come at any time, in place of an answer.
function fail(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  request.log.error({ err: error }, 'a request of a client failed')
  const { raw } = reply
  if (raw.headersSent) raw.destroy()
  else raw.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Internal Server Error')
}

async function plugin(fastify: FastifyHost, options: FastifySocketioOptions): Promise<void> {
  const { namespaces, prefix, logLevel, drain, propertyName, resource, rest } = readPluginOptions(options)
  const io = socketioMiddleware(namespaces, { errorHandler: errorHandlerOf(logOf(fastify)), ...rest })
  fastify.decorate(propertyName, io)
  const common = {
    exposeHeadRoute: false,
    // Of no interest in an API's documentation, as @fastify/swagger has it.
    schema: { hide: true },
    ...(logLevel !== undefined && { logLevel }),
    // Behind the hooks of all plugins, and in front of parsers.
    onRequest: (request: FastifyRequest, reply: FastifyReply) => {
      serve(io, request, reply)
    },
    handler: (_request: FastifyRequest, reply: FastifyReply) => {
      reply.callNotFound()
    },
  }
  for (const url of [`${prefix}/${resource}`, `${prefix}/${resource}/*`]) {
    fastify.route({ ...common, method: [...fastify.supportedMethods], url } as never)
  }
  const path = `${fastify.prefix.replace(/\/+$/, '')}${prefix}`
  // Where parameters are in the path, nobody can say what stands in front.
  io.attach(fastify.server as AttachableServer, /[:*]/.test(path) ? {} : { path })
  // In front of the end of the server, which clients need to be served to the end.
  fastify.addHook('preClose', () => io.close({ drain: Math.min(drain, mostDrain(fastify)) }))
}

// Fastify gives hooks no longer than plugins, 10 seconds by default: its close() would reject.
function mostDrain({ initialConfig: { pluginTimeout = 10_000 } }: FastifyHost): number {
  return pluginTimeout > 0 ? Math.round(pluginTimeout * 0.9) : Infinity
}

/**
 * A Fastify plugin: `await fastify.register(socketio, { namespaces: { '/chat': Chat } })`.
 *
 * Clients' requests and upgrades run through all onRequest hooks; `this.request` is Fastify's request,
 * `fastify.io` what `socketioMiddleware()` returned. When Fastify closes, connected clients are served to the
 * end first.
 */
export const socketio = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'socketio-middleware',
  [Symbol.for('plugin-meta')]: { name: 'socketio-middleware', fastify: '5.x' },
})
