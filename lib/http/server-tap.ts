// Owns: one server, for all middleware on it: its upgrades go through the app if they are ours, and to
// everybody else untouched if they are not.
// Elsewhere: which servers a middleware knows (http-servers.ts), one upgrade (upgrade.ts), getting in front
// (interception.ts).
import { Server as HttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { Server as HttpsServer } from 'node:https'
import { Server, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { setImmediate } from '../support/environment.js'
import { Deadlines } from '../support/timers.js'
import { serveVia } from './beside.js'
import { Interception, type Interceptors, type NodeServer, type Show } from './interception.js'
import { Foreseen, noteResponse, responseClassOf, type ResponseClass } from './shortcuts.js'
import { Upgrade, upgrades } from './upgrade.js'
import { Registration, type Tapping } from './tapping.js'
import { copyWithoutUpgrade, giveBack, restoreUpgrade, whenFree, type Trial } from './without-upgrade.js'

// For a server that the last of us has left.
const systemDeadlines = new Deadlines()
const taps = new WeakMap<object, ServerTap>()

/**
 * The upgrade that a request is, if it has come through here, for the code that serves it: from now on it is
 * no longer on trial.
 */
export function claimUpgrade(request: IncomingMessage): Upgrade | undefined {
  const upgrade = upgrades.get(request)
  upgrade?.reached()
  return upgrade
}

/** Whose an upgrade is: ours; the app's, as nobody else listens; to be tried with the app; or not ours. */
interface Judgement {
  readonly verdict: 'ours' | 'app' | 'trial' | 'not ours'
  readonly registration?: Registration
}

const notOurs: Judgement = { verdict: 'not ours' }

class ServerTap implements Interceptors {
  readonly #server: NodeServer
  readonly #registrations = new Map<Tapping, Registration>()
  readonly #interception: Interception
  readonly #Response: ResponseClass
  readonly #foreseen = new Foreseen()
  // How many connections there are of those that were met.
  #connections = 0
  // Upgrades that are somebody else's, after a trial: they are given to the others by the same event.
  readonly #tried = new WeakSet<IncomingMessage>()

  constructor(server: NodeServer) {
    this.#server = server
    server.on('upgrade', this.#upgrade)
    this.#interception = new Interception(server, this)
    this.#Response = responseClassOf(server)
    taps.set(server, this)
  }

  /** What a middleware is to the server; from the first time on, it is on it. */
  registrationOf(tapping: Tapping): Registration {
    let registration = this.#registrations.get(tapping)
    if (registration === undefined) {
      registration = new Registration(tapping)
      this.#registrations.set(tapping, registration)
    }
    return registration
  }

  /** A first request has come to the middleware, on one of its URLs or on its way to something else. */
  reached(tapping: Tapping, request: IncomingMessage, isOurs: boolean): Registration {
    const registration = this.registrationOf(tapping)
    registration.reached(request, isOurs)
    this.#foreseen.learn(request)
    return registration
  }

  meet(tapping: Tapping, connection: MetConnection): void {
    this.registrationOf(tapping)
    if (connection[metBy] !== undefined) return
    connection[metBy] = this
    this.#connections++
    connection.on('close', connectionClosed)
  }

  connectionClosed(): void {
    if (--this.#connections > 0) return
    for (const [tapping, { relation }] of this.#registrations) if (relation === 'met') this.remove(tapping)
  }

  /** Whether it is more to a middleware than a server that was met. */
  isKnownTo(tapping: Tapping): boolean {
    const relation = this.#registrations.get(tapping)?.relation
    return relation !== undefined && relation !== 'met'
  }

  remove(tapping: Tapping): void {
    const registration = this.#registrations.get(tapping)
    if (registration === undefined) return
    this.#registrations.delete(tapping)
    if (this.#registrations.size === 0) {
      this.#server.off('upgrade', this.#upgrade)
      this.#interception.end()
      if (taps.get(this.#server) === this) taps.delete(this.#server)
    }
    for (const upgrade of registration.pending) upgrade.cut()
  }

  request(request: IncomingMessage, response: ServerResponse, show: Show | undefined): boolean {
    noteResponse(request, response)
    for (const registration of this.#registrations.values()) {
      const { tapping, relation } = registration
      const route = tapping.findRoute(request.url ?? '')
      if (route === undefined) continue
      const mayBeDirect = route.maySkipApp && relation === 'attached' && !upgrades.has(request)
      if (mayBeDirect && tapping.direct(route, request, response, show)) return true
      const via = registration.expect(request, route)
      if (relation !== 'met') this.#foreseen.prepare(request, response)
      if (via === undefined) continue
      const serve = (): void => {
        serveVia(via, route.mount, request, response)
      }
      if (show === undefined) serve()
      else show(serve)
      return true
    }
    return false
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (this.#tried.has(request)) return false
    const { verdict, registration } = this.#judge(request)
    if (registration === undefined) return false
    whenFree(socket, registration.tapping.deadlines, () => {
      // It may have waited for the answer in front of it until we were closed.
      if (this.#registrations.get(registration.tapping) !== registration) this.#giveOn(request, socket, head)
      else if (verdict === 'trial') this.#try(request, socket, head, registration)
      else this.#ask(request, socket, head, registration)
    })
    return true
  }

  shouldUpgrade(request: IncomingMessage): boolean {
    return this.#judge(request) !== notOurs || (this.#othersListen && this.#wouldUpgrade(request))
  }

  #wouldUpgrade(request: IncomingMessage): boolean {
    return this.#interception.shouldUpgrade?.call(this.#server, request) !== false
  }

  // Other websockets, or h2c. Without us, Node would take it for an ordinary request when nobody listens.
  get #othersListen(): boolean {
    // Ours is off once the last of us has gone, with upgrades still on trial.
    return this.#server.listeners('upgrade').some((listener) => listener !== this.#upgrade)
  }

  #judge({ headers, url = '', httpVersion }: IncomingMessage): Judgement {
    // RFC 9110, 7.8: what is offered beside that may be ignored, and all of it must be in HTTP/1.0.
    if (httpVersion === '1.0' || headers.upgrade?.trim().toLowerCase() !== 'websocket') return notOurs
    let unknown: Judgement = notOurs
    for (const registration of this.#registrations.values()) {
      const route = registration.tapping.findRoute(url)
      if (route?.mayUpgrade !== true) continue
      if (registration.owns(route)) return { verdict: 'ours', registration }
      if (!this.#othersListen) unknown = { verdict: 'app', registration }
      // Where the application has named a mount, others need not wait for what it says about theirs.
      else if (!registration.isNamed && this.#server.listenerCount('request') > 0) {
        unknown = { verdict: 'trial', registration }
      }
    }
    return unknown
  }

  #ask(asked: IncomingMessage, socket: Duplex, head: Buffer, registration: Registration, trial?: Trial): void {
    const upgrade = new Upgrade(new this.#Response(asked), socket, head, registration, trial)
    try {
      this.#server.emit('request', asked, upgrade.response)
    } finally {
      // Most are answered by then.
      if (upgrade.asked() && askedNow.push(upgrade) === 1) setImmediate(waitForAnswers)
    }
  }

  // The others get the request itself, which nobody has touched.
  #try(request: IncomingMessage, socket: Duplex, head: Buffer, registration: Registration): void {
    const copy = copyWithoutUpgrade(request, socket)
    this.#ask(copy, socket, head, registration, {
      ours: () => {
        restoreUpgrade(copy, request)
      },
      notOurs: () => {
        this.#giveOn(request, socket, head)
      },
    })
  }

  // Nothing is remembered of it: one request that is refused must not close a mount for others.
  #giveOn(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#tried.add(request)
    if (this.#othersListen && this.#wouldUpgrade(request)) this.#server.emit('upgrade', request, socket, head)
    else giveBack(this.#server, request, socket, head)
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    if (this.#othersListen) return
    const [tapping] = this.#registrations.keys()
    whenFree(socket, tapping?.deadlines ?? systemDeadlines, () => {
      giveBack(this.#server, request, socket, head)
    })
  }
}

// Those of this turn; one immediate for all of them (bench: connect).
const askedNow: Upgrade[] = []

function waitForAnswers(): void {
  for (const upgrade of askedNow.splice(0)) upgrade.wait()
}

// A connection knows who has met it: the listener is the same function for all.
const metBy = Symbol('tap')
type MetConnection = Socket & { [metBy]?: ServerTap }

function connectionClosed(this: MetConnection): void {
  this[metBy]?.connectionClosed()
}

/** The tap of a server, made when there is none yet. */
export function tapOf(server: NodeServer): ServerTap {
  return taps.get(server) ?? new ServerTap(server)
}

/** The tap of a server, if it has one. */
export function tapIfAny(server: object): ServerTap | undefined {
  return taps.get(server)
}

/**
 * Whether it is a server of Node's. The classes of HTTP/2 are not public; the method that only they have is.
 */
export function isServer(server: unknown): server is NodeServer {
  if (server instanceof HttpServer || server instanceof HttpsServer) return true
  return server instanceof Server && typeof Reflect.get(server, 'updateSettings') === 'function'
}
