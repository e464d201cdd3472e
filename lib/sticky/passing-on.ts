// Owns: requests of another worker's clients, on a connection that its first request has brought here: they are passed on.
// Elsewhere: which worker a connection comes to (primary.ts).
import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { processNameOf } from './first-line.js'

type Emit = (event: string, ...args: unknown[]) => boolean

export class PassingOn {
  /** Where workers listen for each other, by name. */
  ports: Readonly<Record<string, number>> = {}
  readonly #resource: string
  readonly #name: string
  // From the primary: what comes on the worker's own port has been passed on already.
  readonly #fromPrimary = new WeakSet<Duplex>()
  readonly #agent = new http.Agent({ keepAlive: true })

  constructor(server: Server, resource: string, name: string) {
    this.#resource = resource
    this.#name = name
    const emit: unknown = Reflect.get(server, 'emit')
    Object.defineProperty(server, 'emit', {
      configurable: true,
      writable: true,
      value: (event: string, ...args: unknown[]): boolean => {
        if (event === 'request' && this.#passOn(args[0] as IncomingMessage, args[1] as ServerResponse)) return true
        return Reflect.apply(emit as Emit, server, [event, ...args])
      },
    })
  }

  watch(socket: Duplex): void {
    this.#fromPrimary.add(socket)
  }

  #passOn(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '', method = 'GET', rawHeaders } = request
    if (!this.#fromPrimary.has(request.socket)) return false
    const name = processNameOf(this.#resource, url)
    if (name === undefined || name === this.#name || !Object.hasOwn(this.ports, name)) return false
    const onward = http.request({
      host: '127.0.0.1',
      port: this.ports[name],
      method,
      path: url,
      headers: rawHeaders as never,
      agent: this.#agent,
      setHost: false,
    })
    onward.on('response', (answer) => {
      // The next request of this client comes on a connection of its own, which finds the way by itself.
      response.shouldKeepAlive = false
      const headers = answer.rawHeaders.filter((_text, at, all) => !isOfConnection(all[at - (at % 2)]))
      response.writeHead(answer.statusCode ?? 502, headers)
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502, { Connection: 'close' }).end()
    })
    response.on('close', () => onward.destroy())
    request.pipe(onward)
    return true
  }
}

function isOfConnection(name = ''): boolean {
  return /^(?:connection|keep-alive|transfer-encoding)$/i.test(name)
}
