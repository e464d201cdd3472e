// Owns: Fastify, with its plugin, with io as middleware, in a hook, and in front of it.
import http from 'node:http'
import middie from '@fastify/middie'
import websocket from '@fastify/websocket'
import Fastify from 'fastify'
import socketio from 'socketio-middleware/fastify'
import { io, namespaces, tell, unknownVariant, variant } from './ours.mjs'

const isInFront = variant === 'behind io'
const fastify = Fastify(
  isInFront
    ? {
        serverFactory: (handler) =>
          http.createServer((request, response) => {
            io(request, response, () => handler(request, response))
          }),
      }
    : {},
)

if (variant === 'with @fastify/middie') {
  await fastify.register(middie)
  fastify.use(io)
} else if (variant === 'with a hook') {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.url.startsWith('/socket.io/')) {
      done()
      return
    }
    reply.hijack()
    io(request.raw, reply.raw, done)
  })
} else if (variant === 'with the plugin') {
  await fastify.register(socketio, { namespaces })
} else if (!isInFront) throw unknownVariant()

await fastify.register(websocket)
fastify.get('/page', async () => 'page')
fastify.get('/echo', { websocket: true }, (line) => {
  line.on('message', (data) => {
    line.send(String(data))
  })
})
await fastify.listen({ host: '127.0.0.1', port: 0 })
tell(fastify.server)
