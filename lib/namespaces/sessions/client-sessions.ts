// Owns: the session of each client whose namespaces keep one, and finding it on the request that the client
// began with.
// Elsewhere: what is done with it (client-session.ts).
import { UsageError } from '../../support/errors.js'
import type { NamespaceContext } from '../namespace-context.js'
import { ClientSession } from './client-session.js'
import { ExpressSession, isOfExpress } from './express-session.js'
import { FastifySession, isOfFastify } from './fastify-session.js'
import { isOfKoa, KoaSession, storeOf } from './koa-session.js'
import { KeptSession } from './kept-session.js'
import { isObject, type SessionSource } from './session-source.js'
import { SessionChecks } from './session-checks.js'

type Client = NamespaceContext['client']

// By the client's `socket`, and by its middleware.
const sessions = new WeakMap<object, ClientSession>()
const checks = new WeakMap<object, SessionChecks>()

/**
 * The session of a client, found when the first of its namespaces that keep one is made.
 * @throws UsageError SIO_USAGE_SESSION where its request has none that could be stored.
 */
export function sessionOf(client: Client): ClientSession {
  let session = sessions.get(client.socket)
  if (session === undefined) {
    const { app } = client
    const source = findSource(client)
    let checksOfAll = checks.get(app)
    if (checksOfAll === undefined) checks.set(app, (checksOfAll = new SessionChecks(app)))
    session = new ClientSession(client, new KeptSession(source, app.deadlines.clock), checksOfAll)
    sessions.set(client.socket, session)
  }
  return session
}

/** The client has gone. */
export function forgetSession(socket: object): void {
  sessions.get(socket)?.over()
}

function findSource({ app, socket, origin: { ctx } }: Client): SessionSource {
  const { request } = socket
  if (isOfKoa(ctx)) {
    const store = storeOf(ctx)
    if (store !== undefined) return new KoaSession(ctx, store, app)
    throw notStored("ctx.session is kept in the client's cookie", 'give koa-session a store')
  }
  if (isOfExpress(request)) return new ExpressSession(request, app)
  if (isOfFastify(request)) return new FastifySession(request, app)
  if (isObject(request) && isObject(Reflect.get(request, 'session')))
    throw notStored('req.session has no store that is known', 'use express-session')
  throw notStored(
    'the request has none, or its store was not connected',
    'mount app.use(session({ … })) of express-session, koa-session with a store, or @fastify/session in front of io',
  )
}

function notStored(why: string, advice: string): UsageError {
  return new UsageError('SIO_USAGE_SESSION', `expected a session in a store, as SessionMixin needs: ${why}; ${advice}`)
}
