// Owns: the server under test: an Express app with the middleware, as the package is built, with default options, or with recovery.
import express from 'express'
import { createServer, listen } from './host.js'

const [, , built = '', wish] = process.argv
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

const io = socketioMiddleware({ '/chat': Chat }, wish === 'recovery' ? { recovery: true } : {})
const server = createServer(express().use(io))
// Polls of clients that are there skip Express.
io.attach(server)
listen(server)
