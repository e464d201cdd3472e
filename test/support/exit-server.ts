// Owns: a process with nothing but a server of ours, which closes when it is told and must end by itself after that.
// Elsewhere: its clients, and the waiting (test/conformance/exit.test.ts).
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { BaseNamespace, socketioMiddleware } from '../../lib/index.js'

class Chat extends BaseNamespace {
  on_work() {
    return pause(50).then(() => 'done')
  }
  // Alone it keeps the process alive: only the end of its namespace ends it.
  override initialize() {
    this.spawn((signal) => {
      const timer = setInterval(() => {}, 1000)
      return new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          clearInterval(timer)
          resolve()
        })
      })
    })
  }
  override recv_disconnect(reason: string) {
    process.stdout.write(`${reason}\n`)
  }
}

const io = socketioMiddleware({ '': Chat }, { handshakeTimeout: 1000 })
const server = http.createServer(io)
server.listen(0, '127.0.0.1')
await once(server, 'listening')
process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)

const [drain] = (await once(process.stdin, 'data')) as [Buffer]
process.stdin.destroy()
await io.close(Number(drain) > 0 ? { drain: Number(drain) } : {})
server.close()
