// Owns: the chat on Express, with cookies and sessions: `npm start`.
// Elsewhere: the chat itself (chat.ts), the page (public/).
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import cookieParser from 'cookie-parser'
import express from 'express'
import session from 'express-session'
import { socketioMiddleware, type CloseOptions, type Options } from '../../lib/index.js'
import { Chat, newClient, type Visitor } from './chat.js'
import { run } from './run.js'

declare module 'express-session' {
  interface SessionData {
    name?: string
  }
}

/** The chat with express-session. `request` is Express's own request, so `request.session` works in every handler. */
class ExpressChat extends Chat {
  declare readonly request: express.Request

  get visitor(): Visitor {
    const kept = this.request.session
    return {
      id: kept.id,
      name: kept.name,
      remember: (name) => {
        // The request has been answered, so express-session does not save its session again.
        if (name === undefined) delete kept.name
        else kept.name = name
        kept.save((error: unknown) => {
          if (error) this.error('session_lost', 'Your name will be forgotten with this page.')
        })
      },
    }
  }
}

const sessionOf = (request: unknown): string => (request as express.Request).sessionID

/** Starts the chat. `close` ends its connections as well, at once or after `drain`. */
export async function start(port: number, host = '127.0.0.1', options: Options = {}) {
  const secret = process.env.SESSION_SECRET ?? randomBytes(32).toString('base64url')
  const io = socketioMiddleware(
    { '/chat': ExpressChat },
    {
      serveClient: 'socket.io-client-09',
      // Who loses the connection comes back to rooms and name. The old client counts what it receives with this script.
      serveSeen: 'appended',
      recovery: { check: (request, socket) => sessionOf(request) === sessionOf(socket.request) },
      ...options,
    },
  )

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

if (process.argv[1] === import.meta.filename) await run(start)
