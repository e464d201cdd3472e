// Owns: what we know of the insides of Node's HTTP.
// Elsewhere: ws (transports/websocket-line.ts), engine.io (transports/engine-internals.ts).
import { ServerResponse, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { usesShortcuts } from '../support/environment.js'

/**
 * The response that a connection has at the moment, of a request in front of a pipelined one.
 *
 * Known: `_httpMessage`, Node's field for it. Without it, the tap of a server keeps the latest response of each connection.
 */
export function pendingResponse(connection: Duplex): ServerResponse | undefined {
  const response: unknown = Reflect.get(connection, '_httpMessage')
  return response instanceof ServerResponse ? response : undefined
}

export type ResponseClass = new (request: IncomingMessage) => ServerResponse

/**
 * The class of which a server makes its responses: the application may have one of its own.
 *
 * Known: a symbol `ServerResponse` on the server. Without it, upgrades have responses of Node's own class.
 */
export function responseClassOf(server: object): ResponseClass {
  if (!usesShortcuts) return ServerResponse
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'ServerResponse')
  const found: unknown = key === undefined ? undefined : Reflect.get(server, key)
  const isClass = typeof found === 'function' && found.prototype instanceof ServerResponse
  return isClass ? (found as ResponseClass) : ServerResponse
}
