// Owns: the servers whose upgrades we see: ours go through the app, all others are given back untouched.
// Elsewhere: one upgrade (upgrade.ts), what the app's chain makes of it (server.ts).
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { Upgrade } from './upgrade.js'

type IsOurs = (request: IncomingMessage) => boolean

// Node 24.9 and newer ask before they take a request for an upgrade.
type NodeServer = (HttpServer | HttpsServer) & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean }

const attachments = new WeakMap<object, Attachment>()
const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/** The upgrade that a request is, if it has come through here. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return upgrades.get(request)
}

/** One server, for all middleware on it: a request that nobody else would take must be given back only once. */
class Attachment {
  readonly #server: NodeServer
  readonly #users = new Set<IsOurs>()
  readonly #before: ((request: IncomingMessage) => boolean) | undefined

  constructor(server: NodeServer) {
    this.#server = server
    this.#before = server.shouldUpgradeCallback
    server.on('upgrade', this.#upgrade)
    if (this.#before !== undefined) server.shouldUpgradeCallback = this.#shouldUpgrade
    attachments.set(server, this)
  }

  add(isOurs: IsOurs): void {
    this.#users.add(isOurs)
  }

  remove(isOurs: IsOurs): void {
    this.#users.delete(isOurs)
    if (this.#users.size > 0) return
    this.#server.off('upgrade', this.#upgrade)
    if (this.#before !== undefined) this.#server.shouldUpgradeCallback = this.#before
    attachments.delete(this.#server)
  }

  #isOurs(request: IncomingMessage): boolean {
    for (const isOurs of this.#users) if (isOurs(request)) return true
    return false
  }

  // Others' websockets, or h2c. Without us, Node would take it for an ordinary request when nobody listens.
  get #othersListen(): boolean {
    return this.#server.listenerCount('upgrade') > 1
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (this.#isOurs(request)) {
      const upgrade = new Upgrade(request, socket, head)
      upgrades.set(request, upgrade)
      this.#server.emit('request', request, upgrade.response)
    } else if (!this.#othersListen) {
      giveBack(this.#server, request, socket, head)
    }
  }

  readonly #shouldUpgrade = (request: IncomingMessage): boolean =>
    this.#isOurs(request) || (this.#othersListen && this.#before?.call(this.#server, request) !== false)
}

// As if it had not asked for an upgrade: the request's head goes back to where it came from, and is read again.
function giveBack(server: NodeServer, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${request.method} ${request.url} HTTP/${request.httpVersion}`]
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = request.rawHeaders[at] as string
    const value = withoutUpgrade(name.toLowerCase(), request.rawHeaders[at + 1] as string)
    if (value !== '') lines.push(`${name}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit(server instanceof HttpsServer ? 'secureConnection' : 'connection', socket)
}

function withoutUpgrade(name: string, value: string): string {
  if (name === 'upgrade') return ''
  if (name !== 'connection') return value
  const options = value.split(',').map((option) => option.trim())
  return options.filter((option) => option.toLowerCase() !== 'upgrade').join(', ')
}

/** The servers of one middleware. */
export class Attachments {
  readonly #isOurs: IsOurs
  readonly #servers = new Set<WeakRef<object>>()
  readonly #known = new WeakSet<object>()
  readonly #meeting = new WeakSet<object>()
  readonly #stopMeeting: () => void
  #isClosed = false

  constructor(isOurs: IsOurs) {
    this.#isOurs = isOurs
    this.#stopMeeting = meetServers(new WeakRef(this))
  }

  /** Attaches to a server whose app reaches us. */
  attach(server: object): void {
    if (this.#isClosed || this.#known.has(server)) return
    this.#known.add(server)
    this.#servers.add(new WeakRef(server))
    attachmentOf(server as NodeServer).add(this.#isOurs)
  }

  /** Attaches to the server that a request came in by. */
  learn(request: IncomingMessage): void {
    const server: unknown = Reflect.get(request.socket, 'server')
    if (isServer(server)) this.attach(server)
  }

  /**
   * A server had its first connection, and nothing is parsed yet: were its first request an upgrade, it would be lost
   * without a listener. Whether its app reaches us shows at the first request; if it does not, we are gone again.
   */
  meet(server: NodeServer): void {
    if (this.#known.has(server) || this.#meeting.has(server)) return
    this.#meeting.add(server)
    const attachment = attachmentOf(server)
    attachment.add(this.#isOurs)
    server.once('request', (_request: IncomingMessage, response: ServerResponse) => {
      response.once('close', () => {
        this.#meeting.delete(server)
        if (!this.#known.has(server)) attachment.remove(this.#isOurs)
      })
    })
  }

  close(): void {
    this.#isClosed = true
    this.#stopMeeting()
    for (const reference of this.#servers) {
      const server = reference.deref()
      if (server !== undefined) attachments.get(server)?.remove(this.#isOurs)
    }
    this.#servers.clear()
  }
}

function attachmentOf(server: NodeServer): Attachment {
  return attachments.get(server) ?? new Attachment(server)
}

function isServer(server: unknown): server is NodeServer {
  return server instanceof HttpServer || server instanceof HttpsServer
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
