// Owns: requests of another worker's clients, on a connection that its first request has brought here: they
// are passed on.
// Elsewhere: which worker a connection comes to (primary.ts).
import http, { type ClientRequest, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
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
  readonly #fixed = { agent: new http.Agent({ keepAlive: true }), setHost: false } as const

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
    let onward: ClientRequest
    try {
      const headers = without(rawHeaders, ofConnectionOnly)
      const { ports } = this
      onward = http.request({ host: '127.0.0.1', port: ports[name], method, path: url, headers, ...this.#fixed })
    } catch {
      // Headers that Node takes from a client, and would not write itself.
      refuse(response, 400)
      return true
    }
    onward.on('response', (answer) => {
      // The next request of this client comes on a connection of its own, which finds the way by itself.
      response.shouldKeepAlive = false
      try {
        response.writeHead(answer.statusCode ?? 502, without(answer.rawHeaders, ofConnection))
        answer.pipe(response)
        answer.on('error', () => response.destroy())
      } catch {
        refuse(response, 502)
      }
    })
    onward.on('error', () => {
      refuse(response, 502)
    })
    response.on('close', () => onward.destroy())
    request.pipe(onward)
    return true
  }
}

function refuse(response: ServerResponse, status: number): void {
  if (response.headersSent) response.destroy()
  else response.writeHead(status, { Connection: 'close' }).end()
}

// RFC 9110, 7.6.1: these are for one connection, and say nothing to the next. An upgrade needs the others.
const ofConnectionOnly = /^(?:keep-alive|te|trailer|proxy-connection)$/i
const ofConnection = /^(?:connection|keep-alive|transfer-encoding|trailer|proxy-connection)$/i

function without(rawHeaders: readonly string[], names: RegExp): string[] {
  return rawHeaders.filter((_text, at, all) => !names.test(all[at - (at % 2)] ?? ''))
}
