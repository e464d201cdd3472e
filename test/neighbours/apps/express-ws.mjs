// Owns: express-ws, whose server of websockets takes every upgrade of its server.
import http from 'node:http'
import express from 'express'
import expressWs from 'express-ws'
import { io, listen, unknownVariant, variant } from './ours.mjs'

const app = express()
const server = http.createServer(app)
expressWs(app, server)

function addTheirs() {
  app.get('/page', (_request, response) => {
    response.send('page')
  })
  app.ws('/echo', (websocket) => {
    websocket.on('message', (data) => {
      websocket.send(String(data))
    })
  })
}

if (variant === 'behind io') {
  app.use(io)
  addTheirs()
} else if (variant === 'in front of io') {
  addTheirs()
  app.use(io)
} else if (variant === 'beside io.attach()') {
  io.attach(server, { path: '/' })
  addTheirs()
  app.use(io)
} else throw unknownVariant()

await listen(server)
