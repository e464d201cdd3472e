// Owns: one process of the cluster. All of them are alike but for their names and ports.
// Elsewhere: starting three of them behind nginx (start.ts).
import { once } from 'node:events'
import { join } from 'node:path'
import { createAdapter } from '@socket.io/redis-adapter'
import express from 'express'
import { createClient } from 'redis'
import { BaseNamespace, BroadcastMixin, RoomsMixin, socketioMiddleware } from '../../lib/index.js'

const { NAME = 'one', PORT = '3001', REDIS_URL = 'redis://127.0.0.1:6379', HANDSHAKE_SECRET = '' } = process.env

class Lobby extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  async on_enter(room: string): Promise<object> {
    await this.join(room)
    return { process: NAME, protocol: this.socket.protocol, address: this.environ.address }
  }

  on_say(room: string, text: string): void {
    if (!this.rooms.has(room)) return
    this.server.of('/lobby').to(room).emit('said', text)
  }
}

const publisher = createClient({ url: REDIS_URL })
const subscriber = publisher.duplicate()
for (const client of [publisher, subscriber]) {
  // The middleware reports an outage once. The Redis client emits an error for each attempt to reconnect.
  client.on('error', () => {})
  await client.connect()
}

const io = socketioMiddleware(
  { '/lobby': Lobby },
  {
    adapter: createAdapter(publisher, subscriber),
    // The same in all processes: each accepts what another has handed out.
    handshakeSecret: HANDSHAKE_SECRET,
    // In front of every session id, for nginx.
    processName: NAME,
    serveClient: 'socket.io-client-4',
  },
)

const app = express()
app.set('trust proxy', 'loopback')
app.use(io)
app.use(express.static(join(import.meta.dirname, 'public')))
const server = app.listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
process.send?.('listening')
// Its clients are served to the end, and then let go so that they come back, to another process; Ctrl-C does not wait.
process.once('SIGTERM', () => void io.close({ drain: 10_000 }).then(() => process.exit()))
// Ends when the parent process has gone.
process.once('disconnect', () => process.exit())
