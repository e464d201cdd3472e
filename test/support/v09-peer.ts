// Owns: a client that speaks the raw 0.9 wire over any transport. What the server sends comes back untouched.
// Elsewhere: the same behind one interface, for suites that run over all transports (v09-peers.ts).
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { within } from './journal.js'
import type { TestServer } from './server.js'
import { Queue } from './wire-client.js'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A list is sent chunk by chunk, as the server reads it. */
  readonly body?: string | readonly Buffer[]
}

/** A request that the server has and does not answer yet. */
export interface Held {
  answer(): Promise<Answer>
  /** Gives the request up, and waits until the server has noticed. */
  abort(): Promise<void>
}

/** What Node says of a request that has come. */
interface Arrival {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  readonly server: http.Server
}

/** One endless response: what has come of it so far. */
export interface Page {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  body(): string
  readonly pieces: Queue<string>
  ended(): Promise<void>
  abort(): void
}

export interface Line {
  /** The headers of the 101. */
  readonly headers: http.IncomingHttpHeaders
  readonly frames: Queue<string>
  /** The code with which it was closed. */
  closed(): Promise<number>
  send(frame: string | Buffer): void
  /** Waits until the server has read all that was sent, or has hung up. */
  settle(): Promise<void>
  /** Drops the connection without a word. */
  abort(): void
}

export const mount = '/socket.io/1'

/** A browser of one client: plain requests, held ones, endless ones, and websockets. */
export class V09Peer {
  readonly #server: http.Server
  readonly #port: number
  readonly #agent = new http.Agent({ keepAlive: true })
  readonly #t: TestContext
  #asked = 0

  constructor(t: TestContext, { server, port }: TestServer) {
    this.#t = t
    this.#server = server
    this.#port = port
    t.after(() => {
      this.#agent.destroy()
    })
  }

  /** The origin of a page that the server itself serves. */
  get ownOrigin(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  request(path: string, asking: Asking = {}): Promise<Answer> {
    return within(`an answer to ${path}`, this.#begin(path, asking).answer)
  }

  /** Shakes hands, and gives the sid. */
  async handshake(): Promise<string> {
    const { status, body } = await this.request(`${mount}/?t=${this.#asked++}`)
    const sid = body.split(':')[0]
    if (status !== 200 || sid === undefined) throw new Error(`expected a handshake, got ${status} ${body}`)
    return sid
  }

  get(transport: string, sid: string, headers: Asking['headers'] = {}): Promise<Answer> {
    return this.request(`${mount}/${transport}/${sid}?t=${this.#asked++}`, { headers: { ...this.#script, ...headers } })
  }

  post(transport: string, sid: string, payload: string, headers: Asking['headers'] = {}): Promise<Answer> {
    const isForm = transport === 'jsonp-polling'
    return this.request(`${mount}/${transport}/${sid}?t=${this.#asked++}`, {
      method: 'POST',
      headers: {
        ...this.#script,
        'Content-Type': isForm ? 'application/x-www-form-urlencoded' : 'text/plain;charset=UTF-8',
        ...headers,
      },
      body: isForm ? `d=${encodeURIComponent(JSON.stringify(payload))}` : payload,
    })
  }

  /** A GET that is not answered at once; there when the server has it. */
  async hold(transport: string, sid: string): Promise<Held> {
    const path = `${mount}/${transport}/${sid}?t=${this.#asked++}`
    const arrived = arrival(this.#server, path)
    const { request, answer } = this.#begin(path, { headers: this.#script })
    const response = await arrived
    return {
      answer: () => within(`an answer to ${path}`, answer),
      abort: async () => {
        const gone = once(response, 'close')
        request.destroy()
        await within(`the end of ${path}`, gone)
      },
    }
  }

  /** A GET whose answer does not end by itself. */
  async stream(sid: string): Promise<Page> {
    const path = `${mount}/htmlfile/${sid}?t=${this.#asked++}`
    const request = http.get({ port: this.#port, host: '127.0.0.1', path, agent: this.#agent })
    this.#t.after(() => request.destroy())
    const [response] = (await within(`the page of ${path}`, once(request, 'response'))) as [http.IncomingMessage]
    const pieces = new Queue<string>('a piece of the page')
    let body = ''
    response.setEncoding('utf8').on('data', (piece: string) => {
      body += piece
      pieces.push(piece)
    })
    const ended = once(response, 'end').then(() => {})
    // Of interest only to those who wait for it.
    ended.catch(() => {})
    request.on('error', () => {})
    response.on('error', () => {})
    return {
      status: response.statusCode as number,
      headers: response.headers,
      body: () => body,
      pieces,
      ended: () => within(`the end of ${path}`, ended),
      abort: () => request.destroy(),
    }
  }

  async websocket(sid: string, transport = 'websocket', headers: Asking['headers'] = {}): Promise<Line> {
    const url = `ws://127.0.0.1:${this.#port}${mount}/${transport}/${sid}`
    const websocket = new WebSocket(url, { perMessageDeflate: false, headers })
    this.#t.after(() => {
      websocket.terminate()
    })
    const frames = new Queue<string>('a frame')
    websocket.on('message', (data: Buffer, isBinary) => {
      frames.push(isBinary ? `binary ${data.toString('hex')}` : data.toString())
    })
    const closed = once(websocket, 'close').then(([code]) => code as number)
    closed.catch(() => {})
    const [[response]] = (await within(
      `the opening of ${url}`,
      Promise.all([once(websocket, 'upgrade'), once(websocket, 'open')]),
    )) as [[http.IncomingMessage], unknown]
    websocket.on('error', () => {})
    return {
      headers: response.headers,
      frames,
      closed: () => within(`the end of ${url}`, closed),
      send: (frame) => {
        websocket.send(frame)
      },
      settle: async () => {
        if (websocket.readyState !== WebSocket.OPEN) return
        const heard = once(websocket, 'pong')
        websocket.ping()
        await within('a pong', Promise.race([heard, closed]))
      },
      abort: () => {
        websocket.terminate()
      },
    }
  }

  // A script tag sends no Origin: it is judged by its page.
  get #script(): Record<string, string> {
    return { Referer: `${this.ownOrigin}/chat` }
  }

  #begin(path: string, { method = 'GET', headers = {}, body }: Asking) {
    const request = http.request({ port: this.#port, host: '127.0.0.1', path, method, headers, agent: this.#agent })
    const answer = once(request, 'response').then(async ([first]): Promise<Answer> => {
      const response = first as http.IncomingMessage
      const parts = (await response.toArray()) as Buffer[]
      return { status: response.statusCode as number, headers: response.headers, body: Buffer.concat(parts).toString() }
    })
    answer.catch(() => {})
    request.on('error', () => {})
    if (Array.isArray(body)) for (const part of body as readonly Buffer[]) request.write(part)
    request.end(typeof body === 'string' ? body : undefined)
    return { request, answer }
  }
}

/** The next request for that path. Told of just before the server is, which has it when this resolves: a direct poll is no event. */
export function arrival(server: http.Server, path: string): Promise<http.ServerResponse> {
  const arrived = new Promise<http.ServerResponse>((resolve) => {
    const look = (message: unknown): void => {
      const told = message as Arrival
      if (told.request.url !== path || told.server !== server) return
      unsubscribe('http.server.request.start', look)
      resolve(told.response)
    }
    subscribe('http.server.request.start', look)
  })
  return within(`the arrival of ${path}`, arrived)
}
