// Owns: what engine.io is given in place of a request. It puts fields on it and listens for its end, both of
// which it then does with an object of ours, whatever framework or protocol the request came by.
// Elsewhere: what it answers on (engine-answer.ts), which requests these are (requests.ts).
import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { forgetPoll, queryField, type Engine, type GivenFields } from '../../transports/engine-internals.js'
import { beginPayload } from '../../transports/engine-polling.js'
import type { ExchangeWatcher } from '../../transports/exchange.js'
import type { RecoverableSocket } from '../../recovery/recoverable-socket.js'
import type { Incoming, OpenExchange } from '../incoming.js'
import type { Route } from '../routes.js'
import type { EngineAnswer } from './engine-answer.js'

/** What engine.io looks at of a URL. */
interface EngineParameters {
  readonly EIO: string
  readonly transport: string
  readonly sid: string | undefined
  readonly j: string | undefined
  readonly b64: string | undefined
}

/** A request that may begin a client, and what has been made for it. */
export interface Admitted {
  readonly incoming: Incoming
  readonly session: object
  readonly id: string
  /** The client of 2 that it goes on with, and how much that has counted. */
  readonly known: RecoverableSocket | undefined
  readonly seen: number | undefined
}

type Listener = (...args: unknown[]) => void

/** What engine.io listens to: a poll's end before its answer, and a POST's body. */
type Listened = 'close' | 'data' | 'end'

// Fields that a class defines cost a call for each object: these are set (bench: poll-echo).
export class EngineRequest implements ExchangeWatcher, GivenFields {
  declare readonly method: string | undefined
  declare readonly url: string | undefined
  declare readonly headers: IncomingMessage['headers']
  declare readonly socket: IncomingMessage['socket']
  declare readonly connection: IncomingMessage['socket']
  /** engine.io reads a URL only where this is missing: it would read it otherwise than we do. */
  declare readonly [queryField]: EngineParameters
  // What engine.io puts there.
  declare res: unknown
  declare cleanup: (() => void) | undefined
  declare websocket: unknown
  /** What it is answered on. */
  declare answer: EngineAnswer | undefined
  /** There on what has come through the app. */
  declare incoming: Incoming | undefined
  /** There on what may begin a client. */
  declare admitted: Admitted | undefined
  declare private readonly exchange: OpenExchange
  declare private readonly engine: Engine
  declare private readonly listeners: { [event in Listened]: Listener | undefined }
  declare private isText: boolean
  declare private decoder: StringDecoder | undefined

  constructor(exchange: OpenExchange, route: Route, engine: Engine) {
    const { method, url, headers, socket } = exchange.request
    const { revision, transport, sid, callback, isBase64 } = route
    this.method = method
    this.headers = headers
    this.socket = socket
    this.connection = socket
    this[queryField] = {
      EIO: revision,
      transport,
      sid: sid === '' ? undefined : sid,
      j: callback,
      b64: isBase64 ? '1' : undefined,
    }
    this.url = engine.takesQuery ? url : urlOf(this[queryField])
    this.res = this.cleanup = this.websocket = this.answer = this.incoming = this.admitted = undefined
    this.exchange = exchange
    this.engine = engine
    this.listeners = { close: undefined, data: undefined, end: undefined }
    this.isText = false
    this.decoder = undefined
  }

  on(event: Listened, listener: Listener): this {
    this.listeners[event] = listener
    if (event === 'end') this.#read()
    // A poll has no body. Its answer reports that its connection is lost: the app may have given that, and then
    // it is not.
    else if (event === 'close' && this.method !== 'POST') this.exchange.whenOver(this)
    return this
  }

  removeListener(event: Listened, listener: Listener): this {
    if (this.listeners[event] === listener) this.listeners[event] = undefined
    return this
  }

  over(): void {
    this.answer?.over()
    const onLoss = this.listeners.close
    if (!this.exchange.isAnsweredByApp) onLoss?.()
    else if (onLoss === undefined) this.answer?.failed()
    else if (this.answer?.isBeingWritten === true) this.answer.pushAside()
    else forgetPoll(this.engine, this)
  }

  /** A body is text, in UTF-8, unless this is missing. */
  setEncoding(): void {
    this.isText = true
  }

  /** Gives a POST up whose session has ended; one that has been read is still answered. */
  destroy(): void {
    if (!this.exchange.request.readableEnded) this.exchange.abort()
  }

  // Where a parser in front of us has read a body, it is given once more.
  #read(): void {
    const { request, parsedBody } = this.exchange
    if (parsedBody !== undefined) {
      queueMicrotask(() => {
        this.#take(Buffer.isBuffer(parsedBody) ? parsedBody : Buffer.from(textOf(parsedBody)))
        this.#end()
      })
      return
    }
    request.on('data', (piece: Buffer | string) => {
      this.#take(piece)
    })
    request.on('end', () => {
      this.#end()
    })
    request.on('close', () => {
      this.listeners.close?.()
    })
  }

  #take(piece: Buffer | string): void {
    let given = piece
    if (this.isText && typeof piece !== 'string') {
      // One that is whole needs no decoder, which is as dear as all the rest (bench: poll-echo).
      const isWhole = this.decoder === undefined && String(piece.length) === this.headers['content-length']
      given = isWhole ? piece.toString() : (this.decoder ??= new StringDecoder('utf8')).write(piece)
    }
    this.listeners.data?.(given)
  }

  #end(): void {
    const rest = this.decoder?.end() ?? ''
    if (rest !== '') this.listeners.data?.(rest)
    beginPayload()
    this.listeners.end?.()
  }
}

// A form of JSONP clients of version 2 is all that engine.io takes beside text. What else a parser made of a
// body, a list say or an object of any depth, is nothing that it could read.
function textOf(parsedBody: unknown): string {
  if (typeof parsedBody === 'string') return parsedBody
  const field: unknown = typeof parsedBody === 'object' && parsedBody !== null && Reflect.get(parsedBody, 'd')
  return typeof field === 'string' ? new URLSearchParams({ d: field }).toString() : ''
}

function urlOf(parameters: EngineParameters): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined)
  return `/?${new URLSearchParams(given as [string, string][]).toString()}`
}
