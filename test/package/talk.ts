// Owns: a program that uses the package and says what came of it, in the dialect of whoever runs it.

/** What `talk()` resolves with, wherever it runs. */
export const transcript = [
  '1::',
  '1::/chat',
  '6::/chat:1+[["lists",1]]',
  '6::/chat:2+["raw","event"]',
  '5::/chat:{"name":"said","args":["lobby",1]}',
  '0{',
  '40/chat,{',
  '43/chat,1["raw","event"]',
  '42/chat,["said","lobby",2]',
  '4: raw event',
  '0.9: raw event',
  'alone: lists 1',
  'UsageError SIO_USAGE_OPTION',
  'UsageError SIO_USAGE_ENDPOINT',
  'ConnectError SIO_CONNECT',
]

/** A server, a client of 0.9 by polling and one of 4 by websocket, broadcasts, test clients and some errors. `io` and the like are what the door gave. */
export function talk(statics = ''): string {
  return `
class Chat extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  ${statics}
  async recv_connect() {
    await this.join('lobby')
  }
  on_echo(value) {
    return [[value, 1]]
  }
  on_raw(packet) {
    return [packet.name, packet.type]
  }
}

function nameOf(run) {
  try {
    run()
  } catch (error) {
    return error.name + ' ' + error.code
  }
}

async function talk() {
  const io = socketioMiddleware({ '/chat': Chat })
  const server = http.createServer(io)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = 'http://127.0.0.1:' + server.address().port
  const [sid] = (await (await fetch(origin + '/socket.io/1/')).text()).split(':')
  const url = origin + '/socket.io/1/xhr-polling/' + sid
  const poll = async () => (await fetch(url)).text()
  const send = async (body) => (await fetch(url, { method: 'POST', body })).text()
  const heard = [await poll()]
  for (const packet of ['1::/chat', '5:1+:/chat:{"name":"echo","args":["lists"]}', '5:2+:/chat:{"name":"raw"}']) {
    await send(packet)
    heard.push(await poll())
  }
  io.of('/chat').to('lobby').emit('said', 'lobby', 1)
  heard.push(await poll())
  const websocket = new WebSocket(origin.replace('http', 'ws') + '/socket.io/?EIO=4&transport=websocket')
  const next = () => new Promise((resolve, reject) => {
    websocket.once('error', reject)
    websocket.once('message', (data) => resolve(String(data)))
  })
  // What is random is left out.
  heard.push((await next()).slice(0, 2))
  websocket.send('40/chat,')
  heard.push((await next()).slice(0, 9))
  websocket.send('42/chat,1["raw"]')
  heard.push(await next())
  io.of('/chat').to('lobby').emit('said', 'lobby', 2)
  heard.push(await next())
  for (const protocol of protocols) {
    const client = await connect(io, '/chat', { protocol })
    heard.push(protocol + ': ' + (await client.ask('raw')).join(' '))
    await client.leave()
  }
  const { client: alone } = await openNamespace(Chat)
  heard.push('alone: ' + (await alone.ask('echo', 'lists')).join(' '))
  await io.close()
  server.close()
  server.closeAllConnections()
  return [
    ...heard,
    nameOf(() => socketioMiddleware({}, { closeTimeout: 0 })),
    nameOf(() => io.of('/nope')),
    nameOf(() => {
      throw new ConnectError('no')
    }),
  ]
}
`
}

const names = 'BaseNamespace, BroadcastMixin, ConnectError, RoomsMixin, socketioMiddleware'

// ws is installed with the package.
export const requires = `const http = require('node:http')
const { WebSocket } = require('ws')
const { ${names} } = require('socketio-middleware')
const { connect, openNamespace, protocols } = require('socketio-middleware/testing')
`
export const imports = `import http from 'node:http'
import { WebSocket } from 'ws'
import { ${names} } from 'socketio-middleware'
import { connect, openNamespace, protocols } from 'socketio-middleware/testing'
`

/** Its last lines where it is a program: it prints the transcript, or why there is none. */
export const prints = `
talk().then(
  (heard) => console.log(JSON.stringify(heard)),
  (error) => console.log(JSON.stringify([error.name, error.code, error.message])),
)
`
