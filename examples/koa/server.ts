// Owns: the same chat on Koa, with koa-session.
// Elsewhere: the chat itself and its page (../chat).
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import Koa from 'koa'
import session from 'koa-session'
import { socketioMiddleware, type CloseOptions, type Options } from '../../lib/index.js'
import { Chat, newClient, type Visitor } from '../chat/chat.js'
import { run } from '../chat/run.js'

const page = join(import.meta.dirname, '..', 'chat', 'public')
const files = new Map(
  [
    'index.html',
    'style.css',
    'chat.js',
    'client-09.js',
    'client-4.js',
    'connection.js',
    'frame.js',
    'log.js',
    'panes.js',
    'view.js',
  ].map((name) => [`/${name}`, join(page, name)]),
)
files.set('/', join(page, 'index.html'))
files.set(newClient.path, newClient.file)

/** The chat with koa-session: `ctx` is Koa's context of the handshake. */
class KoaChat extends Chat {
  declare readonly ctx: Koa.Context

  get visitor(): Visitor {
    const kept = this.ctx.session
    if (!kept) throw new Error('expected koa-session before the chat')
    return {
      id: String(kept.visitor),
      name: kept.name as string | undefined,
      remember: (name) => {
        kept.name = name
        kept.save()
      },
    }
  }
}

/** Starts the chat. `close` ends its connections as well, at once or after `drain`. */
export async function start(port: number, host = '127.0.0.1', options: Options = {}) {
  const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString('base64url')
  const sessions = new Map<string, object>()
  const io = socketioMiddleware(
    { '/chat': KoaChat },
    { serveClient: 'socket.io-client-09', serveSeen: 'appended', recovery: true, ...options },
  )

  const app = new Koa({ keys: [secret] })
  app.use(
    session(
      {
        store: {
          get: async (key) => sessions.get(key),
          set: async (key, value) => {
            sessions.set(key, value as object)
          },
          destroy: async (key) => {
            sessions.delete(key)
          },
        },
        externalKey: {
          get: (ctx) => ctx.cookies.get('chat', { signed: true }) ?? '',
          // After a login the handshake has been answered: the cookie exists, and only the store changes.
          set: (ctx, key) => {
            if (!ctx.headerSent) ctx.cookies.set('chat', key, { signed: true, httpOnly: true, sameSite: 'lax' })
          },
        },
      },
      app,
    ),
  )
  app.use(async (ctx, next) => {
    if (ctx.session) ctx.session.visitor ??= randomBytes(12).toString('base64url')
    await next()
  })
  app.use(io)
  app.use((ctx) => {
    const file = ctx.method === 'GET' ? files.get(ctx.path) : undefined
    if (file === undefined) return
    ctx.type = extname(file)
    ctx.body = createReadStream(file)
  })

  const server = app.listen(port, host)
  await once(server, 'listening')
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    close: async (closing?: CloseOptions): Promise<void> => {
      await io.close(closing)
      server.close()
      server.closeAllConnections()
    },
  }
}

if (process.argv[1] === import.meta.filename) await run(start)
