// Owns: the same server in Socket.IO 4, with its default options.
import { Server } from 'socket.io'
import { createServer, listen, notFound, readCommandLine } from './host.js'
import { adapterOf, sessionsOf } from './parts.js'

type Answer = (...args: unknown[]) => void

const { options } = readCommandLine()
const server = createServer(notFound)
const io = new Server(server, { serveClient: false, ...(await adapterOf(options)) })
// As its documentation says.
for (const each of sessionsOf(options)) io.engine.use(each)
const chat = io.of('/chat')
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
