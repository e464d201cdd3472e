// Owns: the servers of one middleware: those that it is told of, and those that it finds by itself.
// Elsewhere: what is done on each (attachment.ts).
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { attachmentOf, detach, isServer, type Claim, type NodeServer } from './server-tap.js'

/** The servers of one middleware. */
export class Attachments {
  readonly #claim: Claim
  // Held weakly, in a list that an end of the middleware walks: a server that is gone must not stay for it.
  readonly #servers = new Set<WeakRef<object>>()
  readonly #known = new WeakSet<object>()
  readonly #stopMeeting: () => void
  #isClosed = false

  constructor(claim: Claim) {
    this.#claim = claim
    this.#stopMeeting = meetServers(new WeakRef(this))
  }

  /** Attaches to a server that the application has told of. */
  attach(server: object): void {
    if (this.#isClosed) return
    this.#remember(server)
    attachmentOf(server as NodeServer).addTold(this.#claim)
  }

  /** Attaches to the server that a request came in by. */
  learn(request: IncomingMessage): void {
    const server: unknown = Reflect.get(request.socket, 'server')
    if (!isServer(server) || this.#isClosed) return
    this.#remember(server)
    attachmentOf(server).addReached(this.#claim, request)
  }

  /**
   * A server has a connection, and nothing is parsed yet: were its first request an upgrade, it would be lost
   * without a listener. Whether its app reaches us shows at the first request; if it does not, we are gone again.
   */
  meet(server: NodeServer): void {
    this.#remember(server)
    attachmentOf(server).addGuest(this.#claim)
  }

  #remember(server: object): void {
    if (this.#known.has(server)) return
    this.#known.add(server)
    this.#servers.add(new WeakRef(server))
  }

  close(): void {
    this.#isClosed = true
    this.#stopMeeting()
    for (const reference of this.#servers) {
      const server = reference.deref()
      if (server !== undefined) detach(server, this.#claim)
    }
    this.#servers.clear()
  }
}

// The channel holds its subscribers: a middleware that nobody uses any more must not stay for it.
function meetServers(reference: WeakRef<Attachments>): () => void {
  const onSocket = (message: unknown): void => {
    const self = reference.deref()
    if (self === undefined) {
      stop()
      return
    }
    const server: unknown = Reflect.get((message as { socket: object }).socket, 'server')
    if (isServer(server)) self.meet(server)
  }
  const stop = (): void => {
    unsubscribe('net.server.socket', onSocket)
  }
  subscribe('net.server.socket', onSocket)
  return stop
}
