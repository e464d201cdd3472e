// Owns: what an application may have beside its namespaces, for whichever server: sessions, and an adapter.
import { createAdapter } from '@socket.io/redis-adapter'
import cookieParser from 'cookie-parser'
import session from 'express-session'
import type { RequestHandler } from 'express'
import { createClient } from 'redis'
import type { ServerOptions } from './host.js'

/** The middleware of an application with sessions; none without. */
export function sessionsOf({ hasSession }: ServerOptions): readonly RequestHandler[] {
  if (hasSession !== true) return []
  return [cookieParser(), session({ secret: 'bench', resave: false, saveUninitialized: true })]
}

/** The options of either server that join it with others by a Redis; none without one. */
export async function adapterOf({ redis }: ServerOptions): Promise<{ adapter?: ReturnType<typeof createAdapter> }> {
  if (redis === undefined) return {}
  const { url, key } = redis
  const publishing = createClient({ url }).on('error', fail)
  const subscribing = publishing.duplicate().on('error', fail)
  await Promise.all([publishing.connect(), subscribing.connect()])
  return { adapter: createAdapter(publishing, subscribing, { key }) }
}

function fail(error: Error): void {
  throw error
}
