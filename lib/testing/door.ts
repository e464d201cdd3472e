// Owns: one client's requests to an app in memory, with its headers and cookies, and what a refusal says.
// Elsewhere: the cookies (jar.ts), what is asked for (carriers.ts).
import http, { STATUS_CODES } from 'node:http'
import { WebSocket } from 'ws'
import type { Jar } from './jar.js'
import type { LineEnd } from './line.js'
import type { MemoryAgent } from './memory-agent.js'

export interface Answer {
  readonly status: number
  readonly body: Buffer
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

  constructor({ status, body }: Answer) {
    const text = body.toString()
    const data = jsonIn(text)
    const told: unknown = typeof data === 'object' && data !== null ? Reflect.get(data, 'message') : undefined
    const reason = typeof told === 'string' ? told : text.slice(0, mostText)
    super(`the handshake was answered ${status} ${STATUS_CODES[status] ?? ''}${reason === '' ? '' : `: ${reason}`}`)
    this.status = status
    this.data = data
  }
}

const mostText = 300

// The client's word for where it is: a page of the same host.
const host = '127.0.0.1'

export class Door {
  readonly #address: Address
  readonly #requests = new Set<http.ClientRequest>()
  // A websocket, and its connection.
  #websocket: WebSocket | undefined
  #line: LineEnd | undefined
  #isCut = false

  constructor(address: Address) {
    this.#address = address
  }

  /** How many requests are not answered yet. */
  get asked(): number {
    return this.#requests.size
  }

  ask(path: string, body?: Buffer | string, type = 'text/plain;charset=UTF-8'): Promise<Answer> {
    const { agent } = this.#address
    const whole = this.#pathOf(path)
    const headers = { ...this.#headersFor(whole), ...(body === undefined ? {} : { 'Content-Type': type }) }
    return new Promise((resolve, reject) => {
      const method = body === undefined ? 'GET' : 'POST'
      const request = http.request({ agent, host, path: whole, method, headers })
      this.#requests.add(request)
      request.once('close', () => this.#requests.delete(request))
      request.once('error', reject)
      request.once('response', (response) => {
        this.#keepCookies(response, whole)
        readAll(response).then(resolve, reject)
      })
      request.end(body)
      if (this.#isCut) request.destroy()
    })
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
      refused(readAll(response))
    })
    return websocket
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

async function readAll(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks) }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Most answers are texts.
    return text
  }
}
