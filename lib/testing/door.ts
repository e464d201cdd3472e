// Owns: one client's requests to an app in memory, with its headers and cookies, and what a refusal says.
// Elsewhere: the cookies (jar.ts), what is asked for (carriers.ts).
import http, { STATUS_CODES } from 'node:http'
import { WebSocket } from 'ws'
import type { Jar } from './jar.js'
import type { LineEnd } from './line.js'
import type { MemoryAgent } from './memory-agent.js'
import { untilCalm, within } from './time.js'

export interface Answer {
  readonly status: number
  readonly body: Buffer
}

/** A request without which the server would keep what the client has begun. */
export interface LastRequest {
  readonly path: string
  readonly body?: string
}

export interface Address {
  readonly agent: MemoryAgent
  readonly jar: Jar
  readonly headers: Readonly<Record<string, string>>
  /** In front of what a client asks for: `/socket.io`. */
  readonly path: string
  /** What is asked for behind that, without a question mark. */
  readonly query: string
}

/** An app that did not let a client in: with the status and the text of its answer. */
export class HandshakeRefused extends Error {
  override name = 'HandshakeRefused'
  readonly status: number
  readonly data: unknown

  /** @param unendedMs how long its answer has been waited for, where that does not end. */
  constructor({ status, body }: Answer, unendedMs?: number) {
    const text = body.toString()
    const data = jsonIn(text)
    const told: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'message') : undefined
    const reason = typeof told === 'string' ? told : text.slice(0, mostText)
    const answered = `the handshake was answered ${status} ${STATUS_CODES[status] ?? ''}`
    const unended = unendedMs === undefined ? '' : `, and the answer has not ended within ${unendedMs} ms`
    super(`${answered}${reason === '' ? '' : `: ${reason}`}${unended}`)
    this.status = status
    this.data = data
  }
}

const mostText = 300
// How long the last request may take.
const lastMs = 1_000

// The client's word for where it is: a page of the same host.
const host = '127.0.0.1'

export class Door {
  readonly #address: Address
  readonly #requests = new Set<http.ClientRequest>()
  // What has come of an answer that has not ended.
  #unended: { readonly status: number; readonly chunks: Buffer[] } | undefined
  // A websocket, and its connection.
  #websocket: WebSocket | undefined
  #line: LineEnd | undefined
  #last: LastRequest | undefined
  #abandoned: Promise<void> | undefined
  #isCut = false
  #isReleased = false

  constructor(address: Address) {
    this.#address = address
  }

  /** Whether it is closed. */
  get isGivenUp(): boolean {
    return this.#isCut || this.#abandoned !== undefined
  }

  /** An answer that has begun, as far as it has come. */
  get unended(): Answer | undefined {
    return this.#unended && { status: this.#unended.status, body: Buffer.concat(this.#unended.chunks) }
  }

  ask(path: string, body?: Buffer | string, type = 'text/plain;charset=UTF-8'): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = this.#request(path, body, type)
      request.once('error', reject)
      request.once('response', (response) => {
        this.#read(response).then(resolve, reject)
      })
      request.end(body)
      if (this.isGivenUp) request.destroy()
    })
  }

  #request(path: string, body: Buffer | string | undefined, type: string): http.ClientRequest {
    const { agent } = this.#address
    const whole = this.#pathOf(path)
    const headers = { ...this.#headersFor(whole), ...(body === undefined ? {} : { 'Content-Type': type }) }
    const method = body === undefined ? 'GET' : 'POST'
    const request = http.request({ agent, host, path: whole, method, headers })
    this.#requests.add(request)
    request.once('close', () => {
      this.#requests.delete(request)
      this.#letGo()
    })
    request.once('response', (response) => {
      this.#keepCookies(response, whole)
    })
    return request
  }

  /** Starts to open a websocket. `refused` gets the answer of an app that does not. */
  websocket(path: string, refused: (answer: Promise<Answer>) => void): WebSocket {
    const { agent } = this.#address
    const whole = this.#pathOf(path)
    const websocket = new WebSocket(`ws://${host}${whole}`, {
      headers: this.#headersFor(whole),
      perMessageDeflate: false,
      // Not through the agent, which would be asked for a request that has no end.
      createConnection: (() => (this.#line = agent.createConnection())) as never,
    })
    this.#websocket = websocket
    websocket.once('upgrade', (response) => {
      this.#keepCookies(response, whole)
    })
    websocket.once('unexpected-response', (_request, response) => {
      this.#keepCookies(response, whole)
      refused(this.#read(response))
    })
    return websocket
  }

  /** The server keeps something from now on, until a request has ended it. */
  willEndBy(last: LastRequest): void {
    this.#last = last
  }

  /** Cuts all that is open, and every request that is on its way. */
  cut(): void {
    this.#isCut = true
    this.#line?.reset()
    this.#websocket?.terminate()
    for (const request of this.#requests) {
      const line = request.socket as unknown as LineEnd | null
      line?.reset()
      request.destroy()
    }
    this.release()
  }

  /** Cuts all, and has the server end what it keeps. An app that does not answer is not waited for. */
  abandon(): Promise<void> {
    return (this.#abandoned ??= this.#abandon())
  }

  async #abandon(): Promise<void> {
    // An answer that is on its way, or only just read, may say that there is something to be ended.
    await untilCalm(() => this.#isReading)
    this.cut()
    const last = this.#last
    if (last === undefined) return
    const request = this.#request(last.path, last.body, 'text/plain;charset=UTF-8')
    const over = new Promise<void>((resolve) => {
      request.once('close', resolve)
    })
    // Whatever comes of it.
    request.on('error', () => {})
    request.once('response', (response) => response.resume())
    request.end(last.body)
    await within(lastMs, over, () => new Error('no answer')).catch(() => request.destroy())
  }

  get #isReading(): boolean {
    for (const { socket } of this.#requests) if ((socket as unknown as LineEnd | null)?.isBusy === true) return true
    return false
  }

  /** Closes its connections once no request is on its way: an agent would keep them for others. */
  release(): void {
    this.#isReleased = true
    this.#letGo()
  }

  #letGo(): void {
    if (this.#isReleased && this.#requests.size === 0) this.#address.agent.destroy()
  }

  async #read(response: http.IncomingMessage): Promise<Answer> {
    const chunks: Buffer[] = []
    const status = response.statusCode ?? 0
    this.#unended = { status, chunks }
    for await (const chunk of response) chunks.push(chunk as Buffer)
    this.#unended = undefined
    return { status, body: Buffer.concat(chunks) }
  }

  #pathOf(path: string): string {
    const { path: mount, query } = this.#address
    if (query === '') return `${mount}${path}`
    return `${mount}${path}${path.includes('?') ? '&' : '?'}${query}`
  }

  #headersFor(path: string): Record<string, string> {
    const cookie = this.#address.jar.header(path.split('?', 1)[0] ?? '')
    return { ...(cookie === undefined ? {} : { Cookie: cookie }), ...this.#address.headers }
  }

  #keepCookies({ headers }: http.IncomingMessage, path: string): void {
    const cookies = headers['set-cookie']
    if (cookies !== undefined) this.#address.jar.take(cookies, path.split('?', 1)[0] ?? '')
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Most answers are texts.
    return text
  }
}
