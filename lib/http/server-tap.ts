// Owns: one server, for all middleware on it: its upgrades go through the app if they are ours, and are given back untouched
// if they are not.
// Elsewhere: which servers a middleware knows (attachments.ts), one upgrade (upgrade.ts).
import { Server as HttpServer, ServerResponse, type IncomingMessage } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Deadlines } from '../support/timers.js'
import { Foreseen } from './shortcuts/foreseen.js'
import { Upgrade } from './upgrade.js'

/** A middleware on a server: which upgrades it takes, and what its clock allows them. */
export interface Claim {
  readonly isOurs: (request: IncomingMessage) => boolean
  /** Whether a request may turn out to be one of its own, upgrade or not, under whatever mount. */
  readonly mayBeOurs: (request: IncomingMessage) => boolean
  readonly deadlines: Deadlines
  /** Serves a request before the app, if it is one of those for which the app is not needed. */
  readonly serve: (request: IncomingMessage, response: ServerResponse) => boolean
}

// Node 24.9 and newer ask before they take a request for an upgrade.
export type NodeServer = (HttpServer | HttpsServer) & { shouldUpgradeCallback?: (request: IncomingMessage) => boolean }

const attachments = new WeakMap<object, Attachment>()
const upgrades = new WeakMap<IncomingMessage, Upgrade>()

/** The upgrade that a request is, if it has come through here. */
export function upgradeOf(request: IncomingMessage): Upgrade | undefined {
  return upgrades.get(request)
}

/** A request that nobody else would take must be given back only once. */
class Attachment {
  readonly #server: NodeServer
  readonly #users = new Set<Claim>()
  // Those that do not know yet whether the server's app reaches them.
  readonly #guests = new Set<Claim>()
  // Those whose application has told of the server itself.
  readonly #told = new Set<Claim>()
  readonly #before: ((request: IncomingMessage) => boolean) | undefined
  readonly #stopTaking: () => void
  readonly #foreseen = new Foreseen()

  constructor(server: NodeServer) {
    this.#server = server
    this.#before = server.shouldUpgradeCallback
    server.on('upgrade', this.#upgrade)
    if (this.#before !== undefined) server.shouldUpgradeCallback = this.#shouldUpgrade
    this.#stopTaking = intercept(server, {
      request: (request, response) => this.#serve(request, response),
      upgrade: (request, socket, head) => this.#take(request, socket, head),
    })
    attachments.set(server, this)
  }

  add(claim: Claim): void {
    this.#users.add(claim)
    this.#guests.delete(claim)
  }

  /** Adds it, as the server's app has come to it with a request. */
  addReached(claim: Claim, request: IncomingMessage): void {
    this.add(claim)
    this.#foreseen.learn(request)
  }

  /** Adds it for good, and lets it serve requests before the app. */
  addTold(claim: Claim): void {
    this.add(claim)
    this.#told.add(claim)
  }

  /** Adds it until the first request has been answered; it stays when that has come to it. */
  addGuest(claim: Claim): void {
    if (this.#users.has(claim) || this.#guests.has(claim)) return
    this.#guests.add(claim)
    if (this.#guests.size === 1) this.#server.once('request', this.#firstRequest)
  }

  remove(claim: Claim): void {
    this.#users.delete(claim)
    this.#told.delete(claim)
    this.#guests.delete(claim)
    if (this.#guests.size === 0) this.#server.off('request', this.#firstRequest)
    if (this.#users.size + this.#guests.size > 0) return
    this.#server.off('upgrade', this.#upgrade)
    this.#stopTaking()
    if (this.#before !== undefined) this.#server.shouldUpgradeCallback = this.#before
    if (attachments.get(this.#server) === this) attachments.delete(this.#server)
  }

  readonly #firstRequest = (_request: IncomingMessage, response: ServerResponse): void => {
    response.once('close', () => {
      for (const guest of this.#guests) this.remove(guest)
    })
  }

  #claimOf(request: IncomingMessage): Claim | undefined {
    for (const claim of [...this.#users, ...this.#guests]) if (claim.isOurs(request)) return claim
    return undefined
  }

  // Others' websockets, or h2c. Without us, Node would take it for an ordinary request when nobody listens.
  get #othersListen(): boolean {
    return this.#server.listenerCount('upgrade') > 1
  }

  #serve(request: IncomingMessage, response: ServerResponse): boolean {
    for (const claim of this.#told) if (claim.serve(request, response)) return true
    for (const claim of this.#users) {
      if (!claim.mayBeOurs(request)) continue
      this.#foreseen.prepare(request, response)
      break
    }
    return false
  }

  #take(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const claim = this.#claimOf(request)
    if (claim === undefined) return false
    whenFree(socket, () => {
      const upgrade = new Upgrade(request, socket, head, claim.deadlines)
      upgrades.set(request, upgrade)
      // A socket may keep the request: what its answer needed is let go.
      upgrade.response.once('close', () => upgrades.delete(request))
      this.#server.emit('request', request, upgrade.response)
    })
    return true
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (this.#othersListen) return
    whenFree(socket, () => {
      giveBack(this.#server, request, socket, head)
    })
  }

  readonly #shouldUpgrade = (request: IncomingMessage): boolean =>
    this.#claimOf(request) !== undefined || (this.#othersListen && this.#before?.call(this.#server, request) !== false)
}

/** Each says whether it has taken the event, which nobody else hears of then. */
interface Interceptors {
  readonly request: (request: IncomingMessage, response: ServerResponse) => boolean
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => boolean
}

/**
 * Takes upgrades before the listeners of 'upgrade', which must not see ours: ws, given a `path`, answers 400 to all
 * others, engine.io cuts them after a second. No listener can keep an event from the next one, so emit is wrapped.
 */
function intercept(server: NodeServer, before: Interceptors): () => void {
  const own = Object.getOwnPropertyDescriptor(server, 'emit')
  const emit = server.emit as (event: string | symbol, ...args: unknown[]) => boolean
  const wrapped = (event: string | symbol, ...args: unknown[]): boolean =>
    (event === 'request' && before.request(...(args as [IncomingMessage, ServerResponse]))) ||
    (event === 'upgrade' && before.upgrade(...(args as [IncomingMessage, Duplex, Buffer]))) ||
    emit.call(server, event, ...args)
  Object.defineProperty(server, 'emit', { value: wrapped, configurable: true, writable: true })
  return () => {
    // Whoever has wrapped it after us keeps ours, which takes nothing any more.
    if (server.emit !== wrapped) return
    if (own === undefined) Reflect.deleteProperty(server, 'emit')
    else Object.defineProperty(server, 'emit', own)
  }
}

// An upgrade may be pipelined behind a request that is not answered yet: until then the connection has a response.
function whenFree(socket: Duplex, run: () => void): void {
  const response: unknown = Reflect.get(socket, '_httpMessage')
  if (!(response instanceof ServerResponse)) {
    run()
    return
  }
  const lost = (): void => {
    socket.destroy()
  }
  socket.on('error', lost)
  response.once('close', () => {
    // A connection that broke under the answer tells its error only after this: the listener stays.
    if (socket.destroyed || socket.writableEnded) return
    socket.off('error', lost)
    // Node has taken the connection for an idle one.
    if ('setTimeout' in socket) (socket as Socket).setTimeout(0)
    whenFree(socket, run)
  })
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
  server.emit(server instanceof HttpServer ? 'connection' : 'secureConnection', socket)
}

function withoutUpgrade(name: string, value: string): string {
  if (name === 'upgrade') return ''
  if (name !== 'connection') return value
  const options = value.split(',').map((option) => option.trim())
  return options.filter((option) => option.toLowerCase() !== 'upgrade').join(', ')
}

/** Takes a middleware off a server. */
export function detach(server: object, claim: Claim): void {
  attachments.get(server)?.remove(claim)
}

/** The attachment to a server, made when there is none yet. */
export function attachmentOf(server: NodeServer): Attachment {
  return attachments.get(server) ?? new Attachment(server)
}

/** Whether it is a server of Node's. The classes of HTTP/2 are not public; the method that only they have is. */
export function isServer(server: unknown): server is NodeServer {
  if (server instanceof HttpServer || server instanceof HttpsServer) return true
  return server instanceof Server && typeof Reflect.get(server, 'updateSettings') === 'function'
}
