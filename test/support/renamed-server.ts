// Owns: a server in a process of its own, with one private name of ws or engine.io renamed wherever they use it. It says where
// it listens, or why it does not start.
// Elsewhere: which names, and what its clients must get (conformance/renamed-parts.test.ts).
import Module from 'node:module'
import type { AddressInfo } from 'node:net'
import http from 'node:http'

const [, , folder = '', pattern = '', name = ''] = process.argv

// Node compiles the sources of both by this method, whoever loads them.
interface Compiling {
  _compile(content: string, filename: string, ...rest: unknown[]): unknown
}
const compiling = Module.prototype as unknown as Compiling
const compile = Reflect.get(compiling, '_compile') as (...args: unknown[]) => unknown
let renamed = 0
compiling._compile = function (content, filename, ...rest) {
  const isMeant = filename.replaceAll('\\', '/').includes(`/node_modules/${folder}/`)
  const expression = new RegExp(pattern, 'g')
  const text = isMeant
    ? content.replaceAll(expression, (found) => {
        renamed++
        return found.replace(name, `${name}Renamed`)
      })
    : content
  return Reflect.apply(compile, this, [text, filename, ...rest])
}

const { socketioMiddleware, BaseNamespace } = await import('../../lib/index.js')

class Echo extends BaseNamespace {
  on_echo(...args: unknown[]) {
    return args
  }
}

try {
  const io = socketioMiddleware({ '': Echo }, { pingInterval: 400, pingTimeout: 2_000 })
  const server = http.createServer(io)
  io.attach(server)
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port, renamed })
  })
  process.once('message', () => {
    void io.close().then(() => {
      server.close()
      server.closeAllConnections()
      process.disconnect()
    })
  })
} catch (error) {
  process.send?.({ error: String(error), renamed })
  process.disconnect()
}
