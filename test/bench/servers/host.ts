// Owns: what every measured server shares: where it listens, the account it gives of itself, and its end.
// Elsewhere: what it serves (ours.ts, socket-io.ts, raw-ws.ts, raw-http.ts), who asks (load/target.ts).
import http, { type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a server is set up, as its command line has it. */
export interface ServerOptions {
  /** What takes our requests: the middleware itself, an app with it, or a way beside an app. */
  readonly face?: 'bare' | 'connect' | 'express' | 'beside'
  /** With cookie-parser and express-session. */
  readonly hasSession?: boolean
  readonly recovery?: boolean
  /** The Redis that joins its processes, and their part of it: other servers are on the same one. */
  readonly redis?: { readonly url: string; readonly key: string }
}

/** The package as it is built, and the options: what every server is started with. */
export function readCommandLine(): { readonly built: string; readonly options: ServerOptions } {
  const [, , built = '', options = '{}'] = process.argv
  return { built, options: JSON.parse(options) as ServerOptions }
}

/** What a server has used so far: CPU in microseconds, all threads, kernel included; memory in bytes. */
export interface Account {
  readonly cpu: number
  readonly memory: number
}

function account(collects: boolean): Account {
  // Twice: what the first one finalizes, the second one frees.
  if (collects) for (let times = 0; times < 2; times++) globalThis.gc?.()
  const { user, system } = process.cpuUsage()
  const { heapUsed, external } = process.memoryUsage()
  return { cpu: user + system, memory: heapUsed + external }
}

/** Serves `GET /account`, after a collection with `?collect`; everything else is the application's. */
export function createServer(serve: RequestListener): Server {
  // Connections wait while the other servers have their turn, which is no reason to close them.
  return http.createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
    const { url = '' } = request
    if (!url.startsWith('/account')) {
      serve(request, response)
      return
    }
    const body = JSON.stringify(account(url.endsWith('?collect')))
    response.writeHead(200, { 'Content-Length': body.length })
    response.end(body)
  })
}

/** Listens on 127.0.0.1, tells the parent process where, and ends with it. */
export function listen(server: Server): void {
  process.once('disconnect', () => process.exit())
  // A short backlog would have clients wait for a SYN to be sent again.
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    process.send?.((server.address() as AddressInfo).port)
  })
}

export function notFound(...[, response]: Parameters<RequestListener>): void {
  response.writeHead(404)
  response.end()
}
