// Owns: the chat on Express, with cookies and sessions: `npm start`.
// Elsewhere: the chat itself (chat.ts), the page (public/).
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import cookieParser from 'cookie-parser'
import express from 'express'
import session from 'express-session'
import { socketioMiddleware, type CloseOptions } from '../../lib/index.js'
import { Chat, newClient, type Visitor } from './chat.js'

declare module 'express-session' {
  interface SessionData {
    name?: string
  }
}

/** The chat with express-session: `request` is what Express handed on, so its session is there in every handler. */
class ExpressChat extends Chat {
  declare readonly request: express.Request

  get visitor(): Visitor {
    const kept = this.request.session
    return {
      id: kept.id,
      name: kept.name,
      remember: (name) => {
        // The request was answered long ago: nobody saves its session for us.
        if (name === undefined) delete kept.name
        else kept.name = name
        kept.save((error: unknown) => {
          if (error) this.error('session_lost', 'Your name will be forgotten with this page.')
        })
      },
    }
  }
}

/** Starts the chat; `close` ends its connections, too: at once, or with `drain` when everyone has been served. */
export async function start(port: number, host = '127.0.0.1') {
  const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString('base64url')
  const io = socketioMiddleware({ '/chat': ExpressChat }, { serveClient: 'socket.io-client-09' })

  const app = express()
  app.disable('x-powered-by')
  app.use(cookieParser(secret))
  app.use(session({ secret, resave: false, saveUninitialized: true, cookie: { httpOnly: true, sameSite: 'lax' } }))
  app.use(io)
  app.get(newClient.path, (_req, res) => {
    res.sendFile(newClient.file)
  })
  app.use(express.static(join(import.meta.dirname, 'public')))

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

if (process.argv[1] === import.meta.filename) {
  const { url, close } = await start(Number(process.env.PORT ?? 3000), process.env.HOST)
  console.log(`The chat is at ${url}`)
  // Nothing is left after it, so the process ends by itself; a second Ctrl-C does not wait.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void close({ drain: 10_000 }))
}
