// Owns: the same server in Socket.IO 4, with its default options.
import { Server } from 'socket.io'
import { createServer, listen, notFound } from './host.js'

type Answer = (...args: unknown[]) => void

const server = createServer(notFound)
const chat = new Server(server, { serveClient: false }).of('/chat')
chat.on('connection', (socket) => {
  socket.on('echo', (text: unknown, answer: Answer) => {
    answer(text)
  })
  socket.on('join', async (room: string, answer: Answer) => {
    await socket.join(room)
    answer()
  })
  socket.on('say', (room: string, text: unknown) => {
    chat.to(room).emit('say', text)
  })
})
listen(server)
