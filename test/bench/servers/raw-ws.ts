// Owns: the control for websockets: ws alone, and `send()`.
import { WebSocketServer, type WebSocket } from 'ws'
import { createServer, listen, notFound } from './host.js'
import { serveToy } from './toy.js'

const server = createServer(notFound)
const websockets = new WebSocketServer({ server, perMessageDeflate: false, clientTracking: false })
const send = (to: WebSocket, text: string): void => {
  to.send(text)
}
websockets.on('connection', (websocket) => {
  websocket.on('message', (data: Buffer) => {
    serveToy(websocket, data.toString(), send)
  })
  websocket.on('error', () => {})
})
listen(server)
