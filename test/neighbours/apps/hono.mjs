// Owns: Hono on Node's servers, behind io.
import http from 'node:http'
import { createAdaptorServer, upgradeWebSocket } from '@hono/node-server'
import { Hono } from 'hono'
import { WebSocketServer } from 'ws'
import { io, listen, unknownVariant, variant } from './ours.mjs'

if (variant !== 'behind io') throw unknownVariant()

const app = new Hono()
app.get('/page', (context) => context.text('page'))
app.get(
  '/echo',
  upgradeWebSocket(() => ({
    onMessage({ data }, line) {
      line.send(data)
    },
  })),
)

await listen(
  createAdaptorServer({
    fetch: app.fetch,
    websocket: { server: new WebSocketServer({ noServer: true }) },
    createServer: (options, listener) =>
      http.createServer(options, (request, response) => {
        io(request, response, () => listener(request, response))
      }),
  }),
)
