// Owns: the server that the suite asks, on this library: `node --import tsx test/protocol-0.9/servers/ours.ts 3000`.
// Elsewhere: the same on socket.io 0.9 (socket.io-0.9.mjs), what it has to be (../README.md).
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { BaseNamespace, ConnectError, socketioMiddleware } from '../../../lib/index.js'

class Root extends BaseNamespace {
  override recv_message(data: string) {
    this.send(`echo ${data}`)
    return data
  }
  override recv_json(data: unknown) {
    this.send(data, { json: true })
  }
  on_echo(...args: unknown[]) {
    return args
  }
  on_nothing() {}
  on_burst(count: number) {
    for (let number = 0; number < count; number++) this.emit('n', number)
  }
  on_big(size: number) {
    this.send('x'.repeat(size))
  }
  on_ask() {
    this.emit('question', 'why', (...answer: unknown[]) => {
      this.send(`answer ${JSON.stringify(answer)}`)
    })
  }
  on_tell() {
    this.send('news', {
      callback: () => {
        this.send('told')
      },
    })
  }
  on_kick() {
    this.disconnect()
  }
}

class Chat extends BaseNamespace {
  override recv_message(data: string) {
    this.send(`chat ${data}`)
  }
  on_echo(...args: unknown[]) {
    return args
  }
  on_kick() {
    this.disconnect()
  }
}

class Private extends BaseNamespace {
  override recv_connect() {
    throw new ConnectError('members only')
  }
}

const io = socketioMiddleware(
  { '': Root, '/chat': Chat, '/private': Private },
  {
    origins: '*',
    heartbeatInterval: 1_000,
    heartbeatTimeout: 3_000,
    closeTimeout: 3_000,
    pollingDuration: 1_000,
  },
)
const server = http.createServer(io).listen(Number(process.argv[2] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
