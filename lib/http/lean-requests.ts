// Owns: what a request that is kept releases, and when.
// Elsewhere: the names by which others hold on to it (shortcuts.ts).
import { IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { releaseResponse, releasesRequests, replaceConnection } from './shortcuts.js'

/** What is left of a connection that is over: `req.ip`, `req.protocol` and the like go on working. */
class GoneConnection {
  readonly destroyed = true
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly encrypted: boolean

  /**
   * Node remembers the addresses of a connection once they have been asked for, as they were for the environ.
   */
  constructor(connection: Socket) {
    this.remoteAddress = connection.remoteAddress
    this.remotePort = connection.remotePort
    this.encrypted = Reflect.get(connection, 'encrypted') === true
  }
}

// A connection may bring any number of requests, from a proxy say: it knows those that wait for its end, and
// listens once. It knows them weakly: a request whose socket is over must not stay for a connection that
// lives on.
const waiting = Symbol('requests')
type Connection = Socket & { [waiting]?: Waiting }

class Waiting {
  #requests: WeakRef<IncomingMessage>[]
  // Swept whenever as many have come as were left the last time.
  #sweepAt = 8

  // Most connections bring one that is kept; a list that one was pushed to has room for sixteen more (bench:
  // memory).
  constructor(first: IncomingMessage) {
    this.#requests = [new WeakRef(first)]
  }

  add(request: IncomingMessage): void {
    if (this.#requests.length >= this.#sweepAt) {
      this.#requests = this.#requests.filter((reference) => reference.deref() !== undefined)
      this.#sweepAt = Math.max(8, 2 * this.#requests.length)
    }
    this.#requests.push(new WeakRef(request))
  }

  leave(gone: GoneConnection): void {
    for (const reference of this.#requests) {
      const request = reference.deref()
      if (request !== undefined) replaceConnection(request, gone)
    }
  }
}

/**
 * Releases a request's response when that is over, and its connection when that is. The connection of a
 * websocket, say, lives as long as its socket, and stays as it is. So does a request over HTTP/2 (bench:
 * poll-memory).
 */
export function keepLean(request: IncomingMessage, response: ServerResponse, isUpgrade: boolean): void {
  if (!releasesRequests || !(request instanceof IncomingMessage)) return
  if (!response.destroyed) response.once('close', isUpgrade ? upgradeClosed : responseClosed)
  else if (isUpgrade) releaseResponse(request)
  else letGo(request)
}

function upgradeClosed(this: ServerResponse): void {
  releaseResponse(this.req)
}

function responseClosed(this: ServerResponse): void {
  letGo(this.req)
}

function letGo(request: IncomingMessage): void {
  releaseResponse(request)
  const connection: Connection = request.socket
  if (connection.destroyed) {
    replaceConnection(request, new GoneConnection(connection))
    return
  }
  if (connection[waiting] === undefined) {
    connection[waiting] = new Waiting(request)
    connection.on('close', connectionClosed)
  } else connection[waiting].add(request)
}

function connectionClosed(this: Connection): void {
  this[waiting]?.leave(new GoneConnection(this))
}
