// Owns: requests, upgrades and 0.9 clients on bare sockets, for tests that look at HTTP itself.
// Elsewhere: the apps that answer (apps.ts), listening (test/support/server.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'

const patienceMs = 5_000

/** What a test waits for; it fails when that does not come. */
export async function soon<Value>(what: string, promise: PromiseLike<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${what} did not come within ${patienceMs} ms`))
    }, patienceMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until something that no event tells is so. */
export async function becomes(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + patienceMs
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`${what} within ${patienceMs} ms`)
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** Names and values by turns, as they came. */
  readonly rawHeaders: readonly string[]
  readonly body: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** One request on a connection of its own. */
export async function ask(url: string, { method, headers = {}, body }: Ask = {}): Promise<Answer> {
  const send = url.startsWith('https:') ? https.request : http.request
  const answer = new Promise<Answer>((resolve, reject) => {
    const request = send(url, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      agent: false,
      rejectUnauthorized: false,
      headers: { ...(body === undefined ? {} : { 'Content-Type': 'text/plain; charset=UTF-8' }), ...headers },
    })
    request.on('error', reject)
    request.on('response', (response) => {
      void readAnswer(response).then(resolve, reject)
    })
    request.end(body)
  })
  return soon(`an answer to ${url}`, answer)
}

async function readAnswer(response: http.IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
  const { statusCode = 0, headers, rawHeaders } = response
  return { status: statusCode, headers, rawHeaders, body: Buffer.concat(chunks).toString() }
}

/** All values of a header, each as a line of its own. */
export function headerLines({ rawHeaders }: { readonly rawHeaders: readonly string[] }, name: string): string[] {
  return rawHeaders.filter((_value, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name)
}

/** Shakes hands below `base`, the URL of a mount. */
export async function shakeHands(base: string, headers: Record<string, string> = {}): Promise<string> {
  const { status, body } = await ask(`${base}/socket.io/1/?t=1`, { headers })
  assert.equal(status, 200, body)
  return body.slice(0, body.indexOf(':'))
}

export const upgradeHeaders = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}

/** Asks for an upgrade: the answer is a 101, or whatever the app says in HTTP. */
export async function askUpgrade(t: TestContext, url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const answer = new Promise<Answer>((resolve, reject) => {
    const request = http.request(url, { agent: false, headers: { ...upgradeHeaders, ...headers } })
    request.on('error', reject)
    request.on('upgrade', (response, socket: Duplex) => {
      t.after(() => socket.destroy())
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        rawHeaders: response.rawHeaders,
        body: '',
      })
    })
    request.on('response', (response) => {
      void readAnswer(response).then(resolve, reject)
    })
    request.end()
  })
  return soon(`an answer to the upgrade of ${url}`, answer)
}

/** Sends bytes on a bare connection, and resolves with all that came back until `isEnough`, or until it was closed. */
export async function exchangeBytes(
  port: number,
  bytes: string,
  isEnough: (received: string) => boolean = () => false,
): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const received = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      if (isEnough(text)) resolve(text)
    })
    socket.on('close', () => {
      resolve(text)
    })
    socket.on('error', reject)
    socket.write(bytes, 'latin1')
  })
  try {
    return await soon('bytes', received)
  } finally {
    socket.destroy()
  }
}

// Newer Node asks before it takes a request for an upgrade, and loses what is pipelined behind one that it then does not take.
const nodeAsks = 'shouldUpgradeCallback' in http.createServer()

/** Sends requests on one connection: pipelined where Node can read that, else each after the answer before it. */
export async function exchangeInTurn(port: number, requests: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  const received = new Promise<string>((resolve, reject) => {
    let text = ''
    let sent = 1
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      const isAnswered = text.split('HTTP/1.1 ').length > sent
      if (nodeAsks && isAnswered && sent < requests.length) socket.write(requests[sent++] ?? '', 'latin1')
    })
    socket.on('close', () => {
      resolve(text)
    })
    socket.on('error', reject)
    socket.write((nodeAsks ? requests.slice(0, 1) : requests).join(''), 'latin1')
  })
  try {
    return await soon('bytes', received)
  } finally {
    socket.destroy()
  }
}

/** A websocket whose frames are awaited one by one. */
export class Peer {
  readonly websocket: WebSocket
  readonly closed: Promise<number>
  readonly #frames: string[] = []
  #wake: (() => void) | undefined

  constructor(websocket: WebSocket) {
    this.websocket = websocket
    this.closed = new Promise((resolve) => {
      websocket.once('close', resolve)
    })
    websocket.on('message', (data: Buffer) => {
      this.#frames.push(data.toString())
      this.#wake?.()
    })
  }

  async frame(): Promise<string> {
    if (this.#frames.length === 0) {
      const came = new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      await soon('a frame', came)
    }
    return this.#frames.shift() ?? ''
  }

  send(frame: string): void {
    this.websocket.send(frame)
  }
}

/** Opens a websocket for a sid below `base`, and takes its first frame, `1::`. */
export async function openPeer(
  t: TestContext,
  base: string,
  sid: string,
  headers: Record<string, string> = {},
): Promise<Peer> {
  const peer = startPeer(t, `${base.replace(/^http/, 'ws')}/socket.io/1/websocket/${sid}`, headers)
  const failed = new Promise<never>((_resolve, reject) => {
    peer.websocket.once('error', reject)
  })
  assert.equal(await Promise.race([peer.frame(), failed]), '1::')
  return peer
}

/** Starts to open a websocket, gone with its test. */
export function startPeer(t: TestContext, url: string, headers: Record<string, string> = {}): Peer {
  const websocket = new WebSocket(url, { headers, rejectUnauthorized: false, perMessageDeflate: false })
  websocket.on('error', () => {})
  t.after(() => {
    websocket.terminate()
  })
  return new Peer(websocket)
}

/** What a websocket client is told in HTTP instead of a 101. */
export async function refusalOf(peer: Peer): Promise<http.IncomingMessage> {
  const refused = new Promise<http.IncomingMessage>((resolve) => {
    peer.websocket.once('unexpected-response', (_request, response) => {
      resolve(response)
    })
  })
  return soon('a refusal', refused)
}
