// Owns: clients of engine.io on raw HTTP and raw websockets, for tests that look at its bytes.
// Elsewhere: clients of 0.9 (v09-peer.ts), the server they speak to (server.ts).
import http from 'node:http'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { within } from './journal.js'

/** 4 is spoken by clients of Socket.IO 3 and 4, 3 by those of Socket.IO 2. */
export type EngineRevision = 3 | 4

/** What stands between the packets of a payload of revision 4. */
export const RS = '\u001e'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly bytes: Buffer
  readonly body: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly agent?: http.Agent | false
}

/** One request, on a connection of its own unless an agent has some. */
export async function ask(url: string, { method, headers = {}, body, agent = false }: Ask = {}): Promise<Answer> {
  const answer = new Promise<Answer>((resolve, reject) => {
    const request = http.request(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      agent,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'text/plain;charset=UTF-8' }), ...headers },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, body: bytes.toString() })
      })
    })
    request.end(body)
  })
  return within(`an answer to ${url}`, answer)
}

/** A text with the ids that servers make up replaced: what is left is the same each time. */
export function withoutSid(text: string): string {
  return text.replaceAll(/"sid":"[\w-]{20}"/g, '"sid":"SID"')
}

/** A client on polling. */
export class PollingPeer {
  readonly sid: string
  readonly url: string
  /** The answer to its first poll. */
  readonly opening: Answer

  constructor(url: string, opening: Answer) {
    this.opening = opening
    this.sid = /"sid\\?":\\?"([^"\\]+)/.exec(opening.body)?.[1] ?? ''
    if (this.sid === '') throw new Error(`expected a handshake, got ${opening.status} ${opening.body}`)
    this.url = `${url}&sid=${this.sid}`
  }

  poll(headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(this.url, { headers })
  }

  /** Polls until the session is unknown, which it must be after what was still to be told. */
  async ended(): Promise<void> {
    for (let polls = 0; polls < 5; polls++) if ((await this.poll()).status === 400) return
    throw new Error('expected the session to have ended')
  }

  post(body: string | Buffer, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return ask(this.url, { body, headers })
  }
}

/** Shakes hands below `base`, the URL of a mount. */
export async function openPolling(
  base: string,
  revision: EngineRevision = 4,
  { query = '', headers = {} }: { query?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<PollingPeer> {
  const url = `${base}/socket.io/?EIO=${revision}&transport=polling${query}`
  return new PollingPeer(url, await ask(url, { headers }))
}

/** A websocket whose frames are awaited one by one: texts as strings, binary ones as buffers. */
export class WebSocketPeer {
  readonly websocket: WebSocket
  /** The code with which it is closed. */
  readonly closed: Promise<number>
  /** The headers of the 101. */
  readonly headers: Promise<http.IncomingHttpHeaders>
  /** What it is told in HTTP instead of a 101. */
  readonly refused: Promise<Answer>
  readonly #frames: (string | Buffer)[] = []
  #wake: (() => void) | undefined

  constructor(websocket: WebSocket) {
    this.websocket = websocket
    this.closed = new Promise((resolve) => websocket.once('close', resolve))
    this.headers = new Promise((resolve) => {
      websocket.once('upgrade', ({ headers }) => {
        resolve(headers)
      })
    })
    this.refused = new Promise((resolve) => {
      websocket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => {
          const bytes = Buffer.concat(chunks)
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, body: bytes.toString() })
        })
      })
    })
    websocket.on('message', (data: Buffer, isBinary: boolean) => {
      this.#frames.push(isBinary ? data : data.toString())
      this.#wake?.()
    })
  }

  /** The next frame. */
  async frame(): Promise<string | Buffer> {
    const came = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    if (this.#frames.length === 0) await within('a frame', came)
    return this.#frames.shift() ?? ''
  }

  async text(): Promise<string> {
    return String(await this.frame())
  }

  /** The frames that are there and were not taken. */
  taken(): (string | Buffer)[] {
    return this.#frames.splice(0)
  }

  /** Puts frames back in front of those that are there. */
  putBack(frames: readonly (string | Buffer)[]): void {
    this.#frames.unshift(...frames)
  }

  /** Every frame that is still there when it has been closed. */
  async rest(): Promise<(string | Buffer)[]> {
    await within('the close of a websocket', this.closed)
    return this.#frames.splice(0)
  }

  send(...frames: (string | Uint8Array)[]): void {
    for (const frame of frames) this.websocket.send(frame)
  }
}

/** Starts to open a websocket on a URL of ours, gone with its test. */
export function startWebSocket(
  t: TestContext,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): WebSocketPeer {
  const websocket = new WebSocket(url.replace(/^http/, 'ws'), {
    headers,
    perMessageDeflate: false,
    rejectUnauthorized: false,
  })
  websocket.on('error', () => {})
  t.after(() => {
    websocket.terminate()
  })
  return new WebSocketPeer(websocket)
}

/** Opens a websocket below `base`, the URL of a mount, and takes its handshake. */
export async function openWebSocket(
  t: TestContext,
  base: string,
  revision: EngineRevision = 4,
  { query = '', headers = {} }: { query?: string; headers?: Readonly<Record<string, string>> } = {},
): Promise<WebSocketPeer> {
  const peer = startWebSocket(t, `${base}/socket.io/?EIO=${revision}&transport=websocket${query}`, headers)
  const handshake = await peer.text()
  if (!handshake.startsWith('0{')) throw new Error(`expected a handshake, got ${handshake}`)
  return peer
}

/** Opens a websocket and connects to the global namespace; the answer is taken. */
export async function connectWebSocket(
  t: TestContext,
  base: string,
  revision: EngineRevision = 4,
): Promise<WebSocketPeer> {
  const peer = await openWebSocket(t, base, revision)
  if (revision === 4) peer.send('40')
  const answer = await peer.text()
  if (!answer.startsWith('40')) throw new Error(`expected a connect, got ${answer}`)
  return peer
}

/** The packets of a POST, in one body. */
export function payload(revision: EngineRevision, ...packets: readonly string[]): string {
  if (revision === 4) return packets.join(RS)
  return packets.map((packet) => `${packet.length}:${packet}`).join('')
}
