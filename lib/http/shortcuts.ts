// Owns: what we know of the insides of Node's HTTP and of Express: what we gain by it, and what is done
// without it.
// Elsewhere: how Node writes an answer (shortcuts-of-answers.ts), ws (transports/websocket-line.ts),
// engine.io (transports/engine-internals.ts).
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { usesShortcuts } from '../support/environment.js'

let knowsPending = usesShortcuts ? undefined : false
const noted = new WeakMap<Duplex, Set<ServerResponse>>()

const none: readonly ServerResponse[] = []

/** A request has come, of which pendingResponses() may be asked. */
export function noteResponse({ socket }: IncomingMessage, response: ServerResponse): void {
  // One that need not wait for others is found by its connection.
  if (!(response instanceof ServerResponse) || (knowsPending === true && response.socket !== null)) return
  knowsPending ??= Reflect.get(socket, '_httpMessage') instanceof ServerResponse
  if (knowsPending && response.socket !== null) return
  const responses = noted.get(socket) ?? new Set()
  noted.set(socket, responses.add(response))
  response.once('close', () => responses.delete(response))
}

/**
 * The responses that a connection has, of requests in front of a pipelined one: those that Node has not
 * closed yet.
 *
 * Known: `_httpMessage`, Node's field for the first of them, by which only those behind it have to be noted.
 * Without it all are.
 */
export function pendingResponses(connection: Duplex): readonly ServerResponse[] {
  const first = knowsPending === false ? undefined : (connection as { _httpMessage?: unknown })._httpMessage
  // Of most upgrades there is none (bench: connect).
  if (!(first instanceof ServerResponse) && !noted.has(connection)) return none
  const responses = new Set(first instanceof ServerResponse ? [first] : [])
  for (const response of noted.get(connection) ?? []) responses.add(response)
  return [...responses].filter(({ closed }) => !closed)
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

type Fields = Partial<Record<string | symbol, unknown>>

// Of cookie-parser and express-session.
const sessions = ['secret', 'cookies', 'signedCookies', '_parsedOriginalUrl', 'sessionStore', 'sessionID', 'session']
const answering = ['end', 'writeHead'] as const

/**
 * Express gives requests and responses prototypes of its own. V8 keeps no record of what is added to an
 * object after that: each field is a copy of the object's whole hidden class, for this one object. Fields
 * that exist already are only set, which saves a third of an empty app's time, more of one with sessions, and
 * half of what a request weighs that its socket keeps (bench: connect, connect-session, memory).
 *
 * Known: the names; to Express, Node and those two `undefined` is what an absent field is, and what wraps a
 * function of a response looks for it there. Without it they are added later. Only on objects of Node's own
 * HTTP/1 classes: others may have accessors by these names.
 */
export class Foreseen {
  // Beside those of Express.
  #ofRequest: readonly (string | symbol)[] = []
  // The functions of a response that the app wraps, and the prototype that it gives it.
  #wrapped: readonly (typeof answering)[number][] = []
  #prototype: Fields = ServerResponse.prototype as unknown as Fields
  #hasLearned = false
  #isExpress = true

  prepare(request: IncomingMessage, response: ServerResponse): void {
    if (!usesShortcuts || !this.#isExpress) return
    if (Object.getPrototypeOf(request) !== IncomingMessage.prototype) return
    if (Object.getPrototypeOf(response) !== ServerResponse.prototype) return
    const asked = request as unknown as Fields
    foreseeExpress(asked)
    for (const field of this.#ofRequest) if (!(field in asked)) asked[field] = undefined
    const answer = response as unknown as Fields
    if (!('locals' in answer)) answer['locals'] = undefined
    for (const name of this.#wrapped) if (answer[name] === this.#prototype[name]) own(answer, name)
    // Node's own: on the prototype until they are set, by a first listener or by writeHead().
    own(asked, '_eventsCount')
    own(answer, '_eventsCount')
    own(answer, 'statusCode')
    own(answer, 'statusMessage')
  }

  /**
   * Looks at a request that has come through the app, once: Express's router has a field whose name only it
   * can make.
   */
  learn(request: IncomingMessage): void {
    if (this.#hasLearned) return
    this.#hasLearned = true
    this.#isExpress = Object.getPrototypeOf(request) !== IncomingMessage.prototype
    const fields = Object.getOwnPropertyDescriptors(request) as Record<string | symbol, PropertyDescriptor>
    const ofRouter = Object.getOwnPropertySymbols(fields).filter(({ description }) =>
      description?.startsWith('router.'),
    )
    this.#ofRequest = [...sessions.filter((name) => fields[name]?.writable === true), ...ofRouter]
    const response: unknown = fields['res']?.value
    if (!(response instanceof ServerResponse)) return
    this.#prototype = Object.getPrototypeOf(response) as Fields
    this.#wrapped = answering.filter((name) => Object.hasOwn(response, name))
  }
}

// Name by name, which costs a tenth of a list (bench: connect).
function foreseeExpress(asked: Fields): void {
  if (!('res' in asked)) asked['res'] = undefined
  if (!('next' in asked)) asked['next'] = undefined
  if (!('baseUrl' in asked)) asked['baseUrl'] = undefined
  if (!('originalUrl' in asked)) asked['originalUrl'] = undefined
  if (!('_parsedUrl' in asked)) asked['_parsedUrl'] = undefined
  if (!('params' in asked)) asked['params'] = undefined
}

// What an object has from its prototype becomes its own.
function own(fields: Fields, name: string): void {
  const { [name]: value } = fields
  fields[name] = value
}

/** Fields of a request that frameworks have set, and that we release. */
interface Framed extends IncomingMessage {
  /** Express's. */
  res?: ServerResponse | undefined
  next?: unknown
  /** What Express and sessions have read off the URL, and read again when needed. */
  _parsedUrl?: unknown
  _parsedOriginalUrl?: unknown
  /** Node's second name for its socket. */
  client?: unknown
}

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
  #requests: WeakRef<Framed>[]
  // Swept whenever as many have come as were left the last time.
  #sweepAt = 8

  // Most connections bring one that is kept; a list that one was pushed to has room for sixteen more (bench:
  // memory).
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
 * Releases a request's response when that is over, and its connection when that is. The connection of a
 * websocket, say, lives as long as its socket, and stays as it is. So does a request over HTTP/2 (bench:
 * poll-memory).
 *
 * Known: the names of what hangs on it. Without it a request keeps more.
 */
export function keepLean(request: IncomingMessage, response: ServerResponse, isUpgrade: boolean): void {
  if (!usesShortcuts || !(request instanceof IncomingMessage)) return
  if (!response.destroyed) response.once('close', isUpgrade ? upgradeClosed : responseClosed)
  else if (isUpgrade) forgetAnswer(request)
  else letGo(request)
}

function upgradeClosed(this: ServerResponse): void {
  forgetAnswer(this.req)
}

function responseClosed(this: ServerResponse): void {
  letGo(this.req)
}

function letGo(request: Framed): void {
  forgetAnswer(request)
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

function forgetAnswer(request: Framed): void {
  // Assigned, not deleted: an object that has lost a property is slow and large. What a class of the app's
  // own has by these names is left as it is.
  if (Object.hasOwn(request, 'res')) request.res = undefined
  if (Object.hasOwn(request, 'next')) request.next = undefined
  if (Object.hasOwn(request, '_parsedUrl')) request._parsedUrl = undefined
  if (Object.hasOwn(request, '_parsedOriginalUrl')) request._parsedOriginalUrl = undefined
}

function connectionClosed(this: Connection): void {
  this[waiting]?.leave(new GoneConnection(this))
}

function leave(request: Framed, gone: GoneConnection): void {
  if (Object.hasOwn(request, 'socket')) request.socket = gone as unknown as Socket
  if (Object.hasOwn(request, 'client')) request.client = gone
}
