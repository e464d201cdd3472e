// Owns: a 0.9 client that speaks the bare wire over a websocket, queues in which tests await what happened, and gates.
// Elsewhere: the server that it speaks to (server.ts).
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import type { TestServer } from './server.js'

// Nothing here takes long; past it a test fails and says what it waited for.
const patienceMs = 15_000

/** What happened, in order: taken one by one, each within a deadline. */
export class Queue<Item> {
  readonly #name: string
  readonly #items: Item[] = []
  #wake: (() => void) | undefined

  constructor(name = 'an entry') {
    this.#name = name
  }

  push(...items: Item[]): void {
    this.#items.push(...items)
    this.#wake?.()
  }

  /** The oldest that was not taken; waits for it if need be. */
  async next(): Promise<Item> {
    if (this.#items.length === 0) await this.#more()
    return this.#items.shift() as Item
  }

  /** The next so many. */
  async take(count: number): Promise<Item[]> {
    const taken: Item[] = []
    while (taken.length < count) taken.push(await this.next())
    return taken
  }

  /** All that is there now. */
  takeAll(): Item[] {
    return this.#items.splice(0)
  }

  #more(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`expected ${this.#name} within ${patienceMs} ms`))
      }, patienceMs)
      this.#wake = () => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve()
      }
    })
  }
}

/** What a handler awaits until a test opens it. */
export class Gate {
  readonly opened: Promise<void>
  #resolve = (): void => {}

  constructor() {
    this.opened = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  open(): void {
    this.#resolve()
  }
}

/** One client on one websocket. Each text frame is one packet. */
export class WireClient {
  readonly sid: string
  readonly #websocket: WebSocket
  readonly #frames = new Queue<string>('a frame')
  readonly #closed: Promise<unknown>

  constructor(sid: string, websocket: WebSocket) {
    this.sid = sid
    this.#websocket = websocket
    websocket.on('message', (data: Buffer) => {
      this.#frames.push(data.toString())
    })
    this.#closed = once(websocket, 'close')
  }

  send(...frames: string[]): void {
    for (const frame of frames) this.#websocket.send(frame)
  }

  /** The next frame that the server sent. */
  next(): Promise<string> {
    return this.#frames.next()
  }

  take(count: number): Promise<string[]> {
    return this.#frames.take(count)
  }

  /** Sends frames, and returns as soon as the next one has come back. */
  ask(...frames: string[]): Promise<string> {
    this.send(...frames)
    return this.next()
  }

  /**
   * All frames that came until the server had worked on what was sent: the second ping is answered after the promises
   * that the frames before the first one have settled.
   */
  async settled(): Promise<string[]> {
    for (let round = 0; round < 2; round++) {
      const pong = once(this.#websocket, 'pong', { signal: AbortSignal.timeout(patienceMs) })
      this.#websocket.ping()
      await pong
    }
    return this.#frames.takeAll()
  }

  /** Resolves when the connection has ended, with the frames that had come. */
  async ended(): Promise<string[]> {
    await this.#closed
    return this.#frames.takeAll()
  }

  /** The connection is reset, whatever was still to be sent or read. */
  reset(): void {
    const connection = Reflect.get(this.#websocket, '_socket') as Socket
    connection.resetAndDestroy()
  }

  /** The connection is gone without a word. */
  drop(): void {
    this.#websocket.terminate()
  }
}

export interface ClientOptions {
  readonly query?: string
  readonly headers?: Record<string, string>
}

/** Shakes hands, for a session id. */
export async function shakeHands(
  server: TestServer,
  { query = '', headers = {} }: ClientOptions = {},
): Promise<string> {
  const response = await fetch(`${server.url}/socket.io/1/${query}`, { headers })
  const body = await response.text()
  assert.equal(response.status, 200, body)
  return body.slice(0, body.indexOf(':'))
}

/** Opens a client, whose connect to the global endpoint the server has said already. */
export async function openClient(t: TestContext, server: TestServer, options: ClientOptions = {}): Promise<WireClient> {
  const sid = await shakeHands(server, options)
  const { query = '', headers = {} } = options
  const url = `ws://127.0.0.1:${server.port}/socket.io/1/websocket/${sid}${query}`
  const websocket = new WebSocket(url, { headers, perMessageDeflate: false })
  const client = new WireClient(sid, websocket)
  t.after(() => {
    websocket.terminate()
  })
  assert.equal(await client.next(), '1::')
  return client
}

/** Opens a client and connects it to an endpoint. */
export async function joinClient(
  t: TestContext,
  server: TestServer,
  endpoint: string,
  options: ClientOptions = {},
): Promise<WireClient> {
  const client = await openClient(t, server, options)
  assert.equal(await client.ask(`1::${endpoint}`), `1::${endpoint}`)
  return client
}

/** An event as the 0.9 wire spells it. */
export function event(endpoint: string, name: string, ...args: readonly unknown[]): string {
  return `5::${endpoint}:${JSON.stringify(args.length > 0 ? { name, args } : { name })}`
}

/** An event that asks for the handler's answer, under `id`. */
export function asking(id: number, endpoint: string, name: string, ...args: readonly unknown[]): string {
  return event(endpoint, name, ...args).replace('5::', `5:${id}+:`)
}

/** An error as the default errorHandler tells it. */
export function errorEvent(endpoint: string, name: string, message: string): string {
  return event(endpoint, 'error', name, message)
}
