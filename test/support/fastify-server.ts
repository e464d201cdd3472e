// Owns: Fastify apps with the plugin, listening on 127.0.0.1 and closed with their test.
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import socketio, { type FastifySocketioOptions } from '../../lib/fastify.js'
import { BaseNamespace } from '../../lib/index.js'

/** Answers what its client asks. */
export class Echo extends BaseNamespace {
  on_echo(value: unknown) {
    return value
  }
}

export interface StartOptions extends Partial<FastifySocketioOptions> {
  readonly server?: FastifyServerOptions
  /** What is registered before the plugin. */
  readonly before?: (app: FastifyInstance) => unknown
  /** What is registered behind it. */
  readonly behind?: (app: FastifyInstance) => unknown
}

export interface StartedFastify {
  readonly app: FastifyInstance
  readonly url: string
  readonly port: number
}

/** An app that has been closed when its test is over. */
export function makeFastify(t: TestContext, options: FastifyServerOptions = {}): FastifyInstance {
  const app = Fastify({ forceCloseConnections: true, ...options })
  // Upgraded ones too, whose clients may be deaf.
  const connections = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
  })
  t.after(async () => {
    for (const socket of connections) socket.destroy()
    await app.close()
  })
  return app
}

export async function listenFastify(app: FastifyInstance): Promise<StartedFastify> {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return { app, url, port: Number(new URL(url).port) }
}

/** Starts an app with the plugin, `Echo` in its global namespace, and a page of its own. */
export async function startFastify(
  t: TestContext,
  { server = {}, before, behind, ...options }: StartOptions = {},
): Promise<StartedFastify> {
  const app = makeFastify(t, server)
  await before?.(app)
  await app.register(socketio, { namespaces: { '': Echo }, drain: 0, ...options })
  await behind?.(app)
  app.get('/page', () => 'page')
  return listenFastify(app)
}
