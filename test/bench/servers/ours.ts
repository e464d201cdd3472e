// Owns: the server under test: the middleware, as the package is built, with default options but for those that it is given, in an
// Express app or elsewhere.
import connect from 'connect'
import express from 'express'
import { createServer, listen, readCommandLine } from './host.js'
import { adapterOf, sessionsOf } from './parts.js'

const { built, options } = readCommandLine()
const { BaseNamespace, RoomsMixin, socketioMiddleware } = (await import(
  built
)) as typeof import('../../../lib/index.js')

class Chat extends RoomsMixin(BaseNamespace) {
  on_echo(text: unknown): unknown {
    return text
  }

  async on_join(room: string): Promise<void> {
    await this.join(room)
  }

  on_say(room: string, text: unknown): void {
    io.of('/chat').to(room).emit('say', text)
  }
}

const { recovery = false } = options
const io = socketioMiddleware({ '/chat': Chat }, { ...(await adapterOf(options)), ...(recovery && { recovery }) })
const sessions = sessionsOf(options)

function inConnect(): connect.Server {
  const app = connect()
  for (const each of sessions) app.use(each as connect.NextHandleFunction)
  return app.use(io)
}

function inExpress(): express.Express {
  const app = express()
  for (const each of sessions) app.use(each)
  return app.use(io)
}

const { face } = options
// The app beside it has nothing to do with us.
const app = face === 'bare' ? io : face === 'connect' ? inConnect() : face === 'beside' ? express() : inExpress()
const server = createServer(app)
// Polls of clients that are there skip the app.
if (face !== 'beside') io.attach(server)
else io.attach(server, { path: '/', via: sessions.length === 0 ? io : inConnect() })
listen(server)
