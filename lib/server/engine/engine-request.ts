// Owns: what engine.io is given in place of a request. It puts fields on it and listens for its end, both of
// which it then does with an object of ours, whatever framework or protocol the request came by.
// Elsewhere: what it answers on (engine-answer.ts), which requests these are (requests.ts).
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { forgetPoll, queryField, type Engine, type GivenFields } from '../../transports/engine-internals.js'
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

export class EngineRequest implements ExchangeWatcher, GivenFields {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly socket: IncomingMessage['socket']
  readonly connection: IncomingMessage['socket']
  /** engine.io reads a URL only where this is missing: it would read it otherwise than we do. */
  readonly [queryField]: EngineParameters
  // What engine.io puts there.
  res: unknown = undefined
  cleanup: (() => void) | undefined = undefined
  websocket: unknown = undefined
  /** What it is answered on. */
  answer: EngineAnswer | undefined = undefined
  /** There on what has come through the app. */
  incoming: Incoming | undefined = undefined
  /** There on what may begin a client. */
  admitted: Admitted | undefined = undefined
  readonly #exchange: OpenExchange
  readonly #engine: Engine
  #body: Readable | undefined
  #onLoss: Listener | undefined

  constructor(exchange: OpenExchange, route: Route, engine: Engine) {
    const { method, url, headers, socket } = exchange.request
    this.method = method
    this.headers = headers
    this.socket = socket
    this.connection = socket
    this[queryField] = parametersOf(route)
    this.url = engine.takesQuery ? url : urlOf(this[queryField])
    this.#exchange = exchange
    this.#engine = engine
  }

  // A poll has no body. Its answer reports that its connection is lost: the app may have given that, and then
  // it is not.

  on(event: string, listener: Listener): this {
    if (this.method === 'POST') this.#source.on(event, listener)
    else if (event === 'close') {
      this.#onLoss = listener
      this.#exchange.whenOver(this)
    }
    return this
  }

  removeListener(event: string, listener: Listener): this {
    if (this.method === 'POST') this.#source.removeListener(event, listener)
    else if (listener === this.#onLoss) this.#onLoss = undefined
    return this
  }

  over(): void {
    this.answer?.over()
    const onLoss = this.#onLoss
    if (!this.#exchange.isAnsweredByApp) onLoss?.()
    else if (onLoss === undefined) this.answer?.failed()
    else if (this.answer?.isBeingWritten === true) this.answer.pushAside()
    else forgetPoll(this.#engine, this)
  }

  setEncoding(encoding: BufferEncoding): void {
    this.#source.setEncoding(encoding)
  }

  /** Gives a POST up whose session has ended; one that has been read is still answered. */
  destroy(): void {
    if (!this.#exchange.request.readableEnded) this.#exchange.abort()
  }

  // engine.io reads a POST's body itself. Where a parser in front of us has read it, it is given once more.
  get #source(): Readable {
    this.#body ??= sourceOf(this.#exchange)
    return this.#body
  }
}

function sourceOf({ request, parsedBody }: OpenExchange): Readable {
  if (parsedBody === undefined) return request
  return Readable.from([Buffer.isBuffer(parsedBody) ? parsedBody : Buffer.from(textOf(parsedBody))])
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

function parametersOf({ revision, transport, sid, callback, isBase64 }: Route): EngineParameters {
  return { EIO: revision, transport, sid: sid === '' ? undefined : sid, j: callback, b64: isBase64 ? '1' : undefined }
}
