// Owns: what we know of the insides of Node's HTTP and of frameworks: what we gain by it, and what is done
// without it.
// Elsewhere: ws (transports/websocket-line.ts), engine.io (transports/engine-internals.ts).
import { Buffer } from 'node:buffer'
import { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { usesShortcuts } from '../support/environment.js'
import type { CommonHeaders } from './common-headers.js'

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
  const others = noted.get(connection) ?? none
  return [...new Set(first instanceof ServerResponse ? [first, ...others] : others)].filter(({ closed }) => !closed)
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
    // Name by name, which costs a tenth of a list (bench: connect).
    if (!('res' in asked)) asked['res'] = undefined
    if (!('next' in asked)) asked['next'] = undefined
    if (!('baseUrl' in asked)) asked['baseUrl'] = undefined
    if (!('originalUrl' in asked)) asked['originalUrl'] = undefined
    if (!('_parsedUrl' in asked)) asked['_parsedUrl'] = undefined
    if (!('params' in asked)) asked['params'] = undefined
    for (const field of this.#ofRequest) if (!(field in asked)) asked[field] = undefined
    const answer = response as unknown as Fields
    if (!('locals' in answer)) answer['locals'] = undefined
    for (const name of this.#wrapped) if (answer[name] === this.#prototype[name]) answer[name] = this.#prototype[name]
    // Node's own: on the prototype until they are set, by a first listener or by writeHead().
    const { _eventsCount: listenersOfAsked } = asked
    const { _eventsCount, statusCode, statusMessage } = answer
    asked['_eventsCount'] = listenersOfAsked
    answer['_eventsCount'] = _eventsCount
    answer['statusCode'] = statusCode
    answer['statusMessage'] = statusMessage
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

export const releasesRequests = usesShortcuts

/**
 * Releases the response of a request that is kept (bench: memory, poll-memory). Known: the names of what
 * hangs on it. Without it a request keeps more.
 */
export function releaseResponse(request: IncomingMessage): void {
  // Set, not deleted: an object that has lost a property is slow and large. What a class of the app's own has
  // by these names is left as it is, and so is what can only be read.
  if (Object.hasOwn(request, 'res')) Reflect.set(request, 'res', undefined)
  if (Object.hasOwn(request, 'next')) Reflect.set(request, 'next', undefined)
  if (Object.hasOwn(request, '_parsedUrl')) Reflect.set(request, '_parsedUrl', undefined)
  if (Object.hasOwn(request, '_parsedOriginalUrl')) Reflect.set(request, '_parsedOriginalUrl', undefined)
}

/** Puts something in the place of its connection. Known: both names that Node has for it. */
export function replaceConnection(request: IncomingMessage, replacement: object): void {
  if (Object.hasOwn(request, 'socket')) Reflect.set(request, 'socket', replacement)
  if (Object.hasOwn(request, 'client')) Reflect.set(request, 'client', replacement)
}

/**
 * Where Express, Connect and Koa keep what they have read of a URL; they read it again where that is missing.
 * Not switched off: a secret that is taken out of the URL must not stay there. By another name it would stay.
 */
export const readUrls = ['_parsedUrl', '_parsedOriginalUrl', 'memoizedURL', '_querycache'] as const

/**
 * The router of an Express app. Known: `_router` of Express 4, which throws for the name that Express 5 documents.
 * Not switched off: it is asked once, for a warning. Without it the warning comes with the first page.
 */
export function routerOf(app: object): unknown {
  return (Reflect.get(app, '_router') as unknown) ?? Reflect.get(app, 'router')
}

// As Node has made them: what compresses or records answers puts functions of its own in their place.
const nodes = ServerResponse.prototype as unknown as Fields
const { end: nodesEnd, write: nodesWrite, writeHead: nodesWriteHead, getHeader: nodesGetHeader } = nodes
const { _implicitHeader: nodesImplicitHeader } = nodes

interface Headed extends ServerResponse {
  _header?: unknown
  _headerSent?: boolean
  readonly _implicitHeader?: unknown
  getRawHeaderNames(): string[]
}

// A tool that was loaded before us may have put functions of its own in place of Node's: these would be taken
// for Node's.
const areNodesOwn = [
  [nodesEnd, '_implicitHeader'],
  [nodesWriteHead, '_storeHeader'],
  [nodesImplicitHeader, 'writeHead'],
].every(([made, part]) => typeof made === 'function' && Function.prototype.toString.call(made).includes(part as string))

/**
 * The headers of a response that is not to be written, as the lines that Node would write; undefined where
 * somebody would see that it is written, or has a say in it, or where Node would write them otherwise.
 *
 * Known: that Node writes a response by these functions and no others, and which headers it puts together:
 * without it, or where one of them is not Node's, the response is written, and read again.
 */
export function unwrittenHeaders(answer: ServerResponse): string[] | undefined {
  const response = answer as Headed
  if (!usesShortcuts || !areNodesOwn || response._header !== null) return undefined
  const isNodes = response.end === nodesEnd && response.write === nodesWrite && response.writeHead === nodesWriteHead
  if (!isNodes || response.getHeader !== nodesGetHeader || response._implicitHeader !== nodesImplicitHeader)
    return undefined
  const lines: string[] = []
  for (const name of response.getRawHeaderNames()) {
    const value = response.getHeader(name)
    if (!Array.isArray(value)) lines.push(`${name}: ${value}`)
    else if (name.toLowerCase() === 'cookie') return undefined
    else for (const each of value) lines.push(`${name}: ${each}`)
  }
  return lines
}

/**
 * Has a response that is not written be over all the same: its listeners are called soon after. Known:
 * `_header` and `_headerSent`, by which Node says that nothing of it is left to write.
 */
export function endUnwritten(response: ServerResponse): void {
  const headed = response as Headed
  headed._header = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'
  headed._headerSent = true
  headed.end()
}

let knowsHead = usesShortcuts && areNodesOwn ? undefined : false
/**
 * Writes the head of a response. Node looks at each header of each answer anew; what many have in common was
 * looked at before, and is put in as it is (bench: poll-echo), where nobody has set a header that it replaces.
 *
 * Known: `_header`, the head as a text, as a first answer shows. Without it all headers are given to Node.
 */
export function writeHead(answer: ServerResponse, status: number, given: string[], common: CommonHeaders): void {
  const response = answer as Headed
  const isNodes = response.writeHead === nodesWriteHead && response._header === null
  const isShort = isNodes && knowsHead === true && response.getRawHeaderNames().length === 0
  response.writeHead(status, isShort ? given : common.list.concat(given))
  const head = response._header as string
  if (isShort) response._header = `${head.slice(0, -2)}${common.lines}\r\n`
  else if (isNodes) knowsHead ??= typeof head === 'string' && head.endsWith('\r\n\r\n')
}

/**
 * Ends a response whose head is made. Node gives the connection two pieces, the second of them empty, and a
 * gathered write costs more than a plain one: a body in ASCII goes behind the head instead (bench: poll-echo).
 * Not where somebody else waits for the body to come by, or Node for its length, or sends none at all.
 *
 * Known: `_header`. Without it the body is given to Node: as bytes, for with a text Node writes the head in
 * the text's encoding and not in its own, latin1.
 * @param bytes how many the body has.
 */
export function endInOnePiece(answer: ServerResponse, body: string | Buffer, bytes: number): void {
  const response = answer as Headed
  const { _header: head, strictContentLength, chunkedEncoding, req } = response
  const isNodes = usesShortcuts && response.end === nodesEnd && response.write === nodesWrite
  const isPlain = isNodes && !strictContentLength && !chunkedEncoding && req.method !== 'HEAD'
  if (isPlain && typeof head === 'string' && bytes === body.length && typeof body === 'string') {
    response._header = head + body
    response.end()
  } else response.end(Buffer.from(body))
}
