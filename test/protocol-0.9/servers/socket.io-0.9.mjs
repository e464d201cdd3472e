// Owns: the server that the suite asks, on socket.io 0.9: `npm install socket.io@0.9.19` in a folder, and in that folder
// `node .../test/protocol-0.9/servers/socket.io-0.9.mjs 3000`.
// Elsewhere: the same on this library (ours.ts), what it has to be (../README.md).
import http from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'

process.noDeprecation = true
const sio = createRequire(join(process.cwd(), 'package.json'))('socket.io')

const server = http.createServer((_request, response) => {
  response.writeHead(404).end()
})
const io = sio.listen(server, {
  log: false,
  'heartbeat interval': 1,
  'heartbeat timeout': 3,
  'close timeout': 3,
  'polling duration': 1,
  'flash policy server': false,
})

io.of('').on('connection', (socket) => {
  socket.on('message', (data, ack) => {
    if (typeof data === 'string') socket.send(`echo ${data}`)
    else socket.json.send(data)
    if (typeof ack === 'function') ack(data)
  })
  socket.on('echo', (...args) => {
    const ack = args.pop()
    if (typeof ack === 'function') ack(...args)
  })
  socket.on('nothing', (ack) => {
    if (typeof ack === 'function') ack()
  })
  socket.on('burst', (count) => {
    for (let number = 0; number < count; number++) socket.emit('n', number)
  })
  socket.on('big', (size) => {
    socket.send('x'.repeat(size))
  })
  socket.on('ask', () => {
    // A callback without parameters would not be called.
    socket.emit('question', 'why', (first, ...others) => {
      socket.send(`answer ${JSON.stringify([first, ...others])}`)
    })
  })
  socket.on('tell', () => {
    socket.send('news', () => {
      socket.send('told')
    })
  })
  socket.on('kick', () => {
    socket.disconnect()
  })
})

io.of('/chat').on('connection', (socket) => {
  socket.on('message', (data) => {
    if (typeof data === 'string') socket.send(`chat ${data}`)
  })
  socket.on('echo', (...args) => {
    const ack = args.pop()
    if (typeof ack === 'function') ack(...args)
  })
  socket.on('kick', () => {
    socket.disconnect()
  })
})

io.of('/private').authorization((_handshake, callback) => {
  callback(null, false)
})

server.listen(Number(process.argv[2] || 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`)
})
