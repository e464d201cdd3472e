// Owns: the server that the public protocol suites want: `node --import tsx test/support/protocol-server.ts 3000`.
// Elsewhere: what they check, as transcripts of our own (test/conformance/modern).
//
// Socket.IO's suite asks below /socket.io/, those of Engine.IO below /engine.io/, where messages come back as they are.
// `--no-eio3` keeps clients of Socket.IO 2 out, as the suites of Engine.IO 4 and Socket.IO 5 expect it. `--patient` pings as
// seldom as by default: the suites want to see pings, and expect that nobody is slow.
import { Socket as EngineSocket } from 'engine.io'
import express from 'express'
import type { IncomingMessage } from 'node:http'
import { BaseNamespace, socketioMiddleware, type Options } from '../../lib/index.js'
import { EngineTransport } from '../../lib/transports/engine.js'

class Suite extends BaseNamespace {
  initialize() {
    this.emit('auth', this.auth ?? {})
  }

  on_message(...args: unknown[]) {
    this.emit('message-back', ...args)
  }

  'on_message-with-ack'(...args: unknown[]) {
    return args
  }
}

// An engine has no namespaces: a message goes back before anything reads it as a packet, and nothing else is sent.
function echoBelow(path: string): void {
  // All of engine.io's messages come by its events here.
  EngineTransport.prototype.readText = () => false
  const engineSockets = EngineSocket.prototype as EngineSocket & { readonly request: IncomingMessage }
  const emit = Reflect.get(engineSockets, 'emit') as (event: string | symbol, ...args: unknown[]) => boolean
  const isBelow = ({ request }: typeof engineSockets): boolean => request.url?.startsWith(path) === true
  const transports = EngineTransport.prototype
  const send = Reflect.get(transports, 'send')
  transports.send = function (this: EngineTransport, frames): boolean {
    return isBelow(Reflect.get(this, 'engineSocket') as typeof engineSockets) || send.call(this, frames)
  }
  Object.defineProperty(engineSockets, 'emit', {
    value(this: typeof engineSockets, event: string | symbol, ...args: unknown[]): boolean {
      if (event !== 'data' || !isBelow(this)) return emit.call(this, event, ...args)
      this.write(args[0] as string)
      return true
    },
  })
}

const args = process.argv.slice(2)
const ports = args.filter((arg) => /^\d+$/.test(arg))
const others = args.filter((arg) => !ports.includes(arg))
if (ports.length > 1 || others.some((arg) => arg !== '--no-eio3' && arg !== '--patient')) {
  throw new Error(`expected [port] [--no-eio3] [--patient], got ${args.join(' ')}`)
}
const options: Options = {
  ...(!args.includes('--patient') && { pingInterval: 300, pingTimeout: 200 }),
  origins: '*',
  engine: { allowEIO3: !args.includes('--no-eio3') },
}

echoBelow('/engine.io/')
const server = express()
  .use(socketioMiddleware({ '/': Suite, '/custom': Suite }, options))
  .use(socketioMiddleware({}, { ...options, resource: 'engine.io' }))
  .listen(Number(ports[0] ?? 3000), '127.0.0.1', () => {
    const address = server.address()
    console.log('http://127.0.0.1:%d', typeof address === 'object' ? address?.port : address)
  })
