// Owns: what stays of the request that a socket began with, once that is answered and its connection gone. The request
// itself is kept for as long as its socket lives; what hangs on it weighs several times as much.
import { IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** What a request has that frameworks have put there, and we let go. */
interface Framed extends IncomingMessage {
  /** Express's. */
  res?: ServerResponse | undefined
  next?: unknown
  /** What Express has read off the URL, and reads again when it is asked. */
  _parsedUrl?: unknown
  /** Node's second name for its socket. */
  client?: unknown
}

/** What is left of a connection that is over: `req.ip`, `req.protocol` and the like go on working. */
class GoneConnection {
  readonly destroyed = true
  readonly remoteAddress: string | undefined
  readonly remotePort: number | undefined
  readonly encrypted: boolean

  /** Node remembers the addresses of a connection once they have been asked for, as they were for the environ. */
  constructor(connection: Socket) {
    this.remoteAddress = connection.remoteAddress
    this.remotePort = connection.remotePort
    this.encrypted = Reflect.get(connection, 'encrypted') === true
  }
}

// A connection may bring any number of requests, from a proxy say: it knows those that wait for its end, and listens once.
// It knows them weakly: a request whose socket is over must not stay for a connection that lives on.
const waiting = Symbol('requests')
type Connection = Socket & { [waiting]?: Waiting }

class Waiting {
  #requests: WeakRef<Framed>[]
  // Swept whenever as many have come as were left the last time.
  #sweepAt = 8

  // Most connections bring one that is kept; a list that one was pushed to has room for sixteen more (bench: memory).
  constructor(first: Framed) {
    this.#requests = [new WeakRef(first)]
  }

  add(request: Framed): void {
    if (this.#requests.length >= this.#sweepAt) {
      this.#requests = this.#requests.filter((reference) => reference.deref() !== undefined)
      this.#sweepAt = Math.max(8, 2 * this.#requests.length)
    }
    this.#requests.push(new WeakRef(request))
  }

  leave(gone: GoneConnection): void {
    for (const reference of this.#requests) {
      const request = reference.deref()
      if (request !== undefined) leave(request, gone)
    }
  }
}

/**
 * Lets go of a request's response when that is over, and of its connection when that is. The connection of a websocket,
 * say, lives as long as its socket, and stays as it is. So does a request over HTTP/2, which has nothing to let go.
 */
export function keepLean(request: IncomingMessage, response: ServerResponse): void {
  if (!(request instanceof IncomingMessage)) return
  if (response.destroyed) letGo(request)
  else response.once('close', responseClosed)
}

function responseClosed(this: ServerResponse): void {
  letGo(this.req)
}

function letGo(request: Framed): void {
  // Assigned, not deleted: an object that has lost a property is slow and large. What a class of the app's own has by
  // these names is left as it is.
  if (Object.hasOwn(request, 'res')) request.res = undefined
  if (Object.hasOwn(request, 'next')) request.next = undefined
  if (Object.hasOwn(request, '_parsedUrl')) request._parsedUrl = undefined
  const connection: Connection = request.socket
  if (connection.destroyed) {
    leave(request, new GoneConnection(connection))
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

function leave(request: Framed, gone: GoneConnection): void {
  if (Object.hasOwn(request, 'socket')) request.socket = gone as unknown as Socket
  if (Object.hasOwn(request, 'client')) request.client = gone
}
