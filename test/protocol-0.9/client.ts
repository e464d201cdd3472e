// Owns: a client of the 0.9 wire over each transport, which needs nothing but Node.
// Elsewhere: what it asks of a server (cases/), a websocket's bytes (websocket.ts).
import assert from 'node:assert/strict'
import http from 'node:http'
import { patienceMs, Queue, within } from './queue.js'
import { clientFrame, RawWebsocket } from './websocket.js'

export const transports = ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling'] as const
export type Transport = (typeof transports)[number]
export const polls = ['xhr-polling', 'jsonp-polling'] as const
export const overHttp = ['htmlfile', ...polls] as const
export const streams = ['websocket', 'htmlfile'] as const

/** "Client not handshaken; reconnect": the answer for a session id that the server does not know. */
export const notHandshaken = '7:::1+0'

export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What `GET /socket.io/1/` answers. */
export interface Handshake {
  readonly sid: string
  readonly heartbeatTimeout: string
  readonly closeTimeout: string
  readonly transports: readonly string[]
}

/** Several packets in one body: each with its length in UTF-16 units in front. */
export function framed(...packets: readonly string[]): string {
  return packets.map((packet) => `\ufffd${packet.length}\ufffd${packet}`).join('')
}

/** The packets of one body. */
export function split(payload: string): string[] {
  if (!payload.startsWith('\ufffd')) return [payload]
  const packets: string[] = []
  for (let rest = payload; rest !== '';) {
    const [mark, length] = /^\ufffd(\d+)\ufffd/.exec(rest) ?? assert.fail(`expected framed packets, got ${payload}`)
    const end = mark.length + Number(length)
    assert.ok(rest.length >= end, `expected ${length} more units, got ${JSON.stringify(rest)}`)
    packets.push(rest.slice(mark.length, end))
    rest = rest.slice(end)
  }
  return packets
}

/** The payload in a poll's answer. */
export function undressed(transport: Transport, body: string, callback = 0): string {
  if (transport !== 'jsonp-polling') return body
  const [, text] = /^io\.j\[(?:\d+)\]\((".*")\);?$/s.exec(body) ?? assert.fail(`expected a call of io.j, got ${body}`)
  assert.ok(body.startsWith(`io.j[${callback}](`), `expected io.j[${callback}], got ${body}`)
  return JSON.parse(text as string) as string
}

/** A server under test, and the connections to it that one case has opened. */
export class Target {
  readonly url: URL
  readonly #agent = new http.Agent({ keepAlive: true })
  readonly #open: { destroy(): void }[] = []
  #asked = 0

  constructor(url: URL) {
    this.url = url
  }

  /** Ends what the case has left open. */
  close(): void {
    for (const connection of this.#open) connection.destroy()
    this.#agent.destroy()
  }

  get mount(): string {
    return `${this.url.pathname.replace(/\/$/, '')}/socket.io/1`
  }

  request(path: string, asking: Asking = {}, patience?: number): Promise<Answer> {
    return within(`an answer to ${path}`, this.begin(path, asking), patience)
  }

  async begin(path: string, { method = 'GET', headers = {}, body }: Asking = {}): Promise<Answer> {
    const response = await this.#send(path, method, headers, body)
    const parts = (await response.toArray()) as Buffer[]
    return { status: response.statusCode as number, headers: response.headers, body: Buffer.concat(parts).toString() }
  }

  #send(
    path: string,
    method: string,
    headers: Asking['headers'],
    body: string | undefined,
  ): Promise<http.IncomingMessage> {
    const { hostname: host, port } = this.url
    const request = http.request({ host, port, path, method, headers: { ...headers }, agent: this.#agent })
    this.#open.push(request)
    return new Promise((resolve, reject) => {
      request.on('response', resolve).on('error', (error) => {
        // The server may end a connection that is idle in the moment in which it is used again.
        const isStale = request.reusedSocket && Reflect.get(error, 'code') === 'ECONNRESET'
        if (isStale) resolve(this.#send(path, method, headers, body))
        else reject(error)
      })
      request.end(body)
    })
  }

  async handshake(query = ''): Promise<Handshake> {
    const { status, body } = await this.request(`${this.mount}/?t=${this.#asked++}${query}`)
    assert.equal(status, 200, `expected a handshake, got ${status} ${body}`)
    const [sid = '', heartbeatTimeout = '', closeTimeout = '', names = ''] = body.split(':')
    return { sid, heartbeatTimeout, closeTimeout, transports: names.split(',') }
  }

  pathOf(transport: Transport, sid: string, query = ''): string {
    const callback = transport === 'jsonp-polling' ? '&i=0' : ''
    return `${this.mount}/${transport}/${sid}?t=${this.#asked++}${callback}${query}`
  }

  get(transport: Transport, sid: string, headers: Asking['headers'] = {}, patience?: number): Promise<Answer> {
    return this.request(this.pathOf(transport, sid), { headers }, patience)
  }

  post(transport: Transport, sid: string, payload: string, headers: Asking['headers'] = {}): Promise<Answer> {
    const isForm = transport === 'jsonp-polling'
    const type = isForm ? 'application/x-www-form-urlencoded' : 'text/plain;charset=UTF-8'
    return this.request(this.pathOf(transport, sid), {
      method: 'POST',
      headers: { 'Content-Type': type, ...headers },
      body: isForm ? `d=${encodeURIComponent(JSON.stringify(payload))}` : payload,
    })
  }

  websocket(sid: string, headers?: Asking['headers'], early?: Buffer): RawWebsocket {
    const websocket = new RawWebsocket(this.url, `${this.mount}/websocket/${sid}`, headers, early)
    this.#open.push(websocket.connection)
    return websocket
  }

  /** An endless page, piece by piece. */
  async page(sid: string): Promise<{ readonly response: http.IncomingMessage; readonly pieces: Queue<string> }> {
    const path = this.pathOf('htmlfile', sid)
    const response = await within(`the page of ${path}`, this.#send(path, 'GET', {}, undefined))
    const pieces = new Queue<string>('a piece of the page')
    response.setEncoding('utf8').on('data', (piece: string) => {
      pieces.push(piece)
    })
    response
      .on('error', () => {})
      .on('close', () => {
        pieces.end()
      })
    return { response, pieces }
  }

  /** Opens a transport on a session id, and waits for nothing. */
  attach(transport: Transport, sid: string): Connection {
    if (transport === 'websocket') return new WebsocketConnection(this, sid)
    return transport === 'htmlfile' ? new PageConnection(this, sid) : new PollingConnection(this, transport, sid)
  }

  /** A client that has shaken hands and received its `1::`. */
  async open(transport: Transport): Promise<Connection> {
    const connection = this.attach(transport, (await this.handshake()).sid)
    assert.equal(await connection.next(), '1::')
    return connection
  }
}

/** One client on one transport. */
export abstract class Connection {
  readonly target: Target
  readonly transport: Transport
  readonly sid: string

  constructor(target: Target, transport: Transport, sid: string) {
    this.target = target
    this.transport = transport
    this.sid = sid
  }

  /** The next packet that the server sends. Heartbeats are answered, unless they are asked for. */
  async next(patience = patienceMs): Promise<string> {
    const end = Date.now() + patience
    while (Date.now() < end) {
      const packet = await this.any(end - Date.now())
      if (packet === '2::') await this.send('2::')
      else if (packet !== '8::') return packet
    }
    throw new Error(`expected a packet within ${patience} ms`)
  }

  async take(count: number): Promise<string[]> {
    const packets: string[] = []
    while (packets.length < count) packets.push(await this.next())
    return packets
  }

  /** The next packet that is no error: servers differ in what they say to what is no packet, and in whether they do. */
  async nextButErrors(): Promise<string> {
    for (;;) {
      const packet = await this.next()
      if (!packet.startsWith('7') && !/^5:[^{]*\{"name":"error"/.test(packet)) return packet
    }
  }

  /** Sends packets: over HTTP as one body. */
  async send(...packets: readonly string[]): Promise<void> {
    await this.sendPayload(packets.length === 1 ? (packets[0] as string) : framed(...packets))
  }

  async sendPayload(payload: string): Promise<void> {
    const { status, body } = await this.target.post(this.transport, this.sid, payload)
    assert.deepEqual({ status, body }, { status: 200, body: '1' })
  }

  /** The next packet, whatever it is. */
  abstract any(patience?: number): Promise<string>
  /** Waits until the server has ended the stream. */
  abstract ended(patience?: number): Promise<void>
}

export class WebsocketConnection extends Connection {
  readonly websocket: RawWebsocket

  constructor(target: Target, sid: string) {
    super(target, 'websocket', sid)
    this.websocket = target.websocket(sid)
  }

  async any(patience?: number): Promise<string> {
    await this.websocket.head
    const { opcode, payload } = await this.websocket.next(patience)
    assert.notEqual(opcode, 8, 'expected a packet, got a frame that closes')
    return payload.toString()
  }

  override async send(...packets: readonly string[]): Promise<void> {
    await this.websocket.head
    for (const packet of packets) this.websocket.write(clientFrame(packet))
  }

  override sendPayload(payload: string): Promise<void> {
    return this.send(payload)
  }

  async ended(patience?: number): Promise<void> {
    const [frame, ...others] = await this.#untilEnd(patience)
    assert.equal(others.length, 0)
    assert.ok(frame === undefined || frame.opcode === 8, 'expected a frame that closes, or none')
  }

  // A server that closes with a frame waits for ours.
  async #untilEnd(patience?: number) {
    const first = await this.websocket.frames.next(patience).catch(() => {})
    if (first?.opcode === 8) this.websocket.write(clientFrame(first.payload, 8))
    return [...(first === undefined ? [] : [first]), ...(await this.websocket.frames.ended(patience))]
  }
}

export class PageConnection extends Connection {
  readonly page: ReturnType<Target['page']>
  readonly #packets: string[] = []
  #body = ''
  #at = 0

  constructor(target: Target, sid: string) {
    super(target, 'htmlfile', sid)
    this.page = target.page(sid)
    this.page.catch(() => {})
  }

  async any(patience?: number): Promise<string> {
    const { pieces } = await this.page
    while (this.#packets.length === 0) {
      const block = /<script>_\((".*?")\);<\/script>/s.exec(this.#body.slice(this.#at))
      if (block === null) this.#body += await pieces.next(patience)
      else {
        this.#at += block.index + block[0].length
        this.#packets.push(...split(JSON.parse(block[1] as string) as string))
      }
    }
    return this.#packets.shift() as string
  }

  async ended(patience?: number): Promise<void> {
    const { pieces } = await this.page
    const rest = `${this.#body.slice(this.#at)}${(await pieces.ended(patience)).join('')}`
    assert.doesNotMatch(rest, /<script>/)
  }
}

class PollingConnection extends Connection {
  readonly #packets: string[] = []

  async any(patience?: number): Promise<string> {
    if (this.#packets.length === 0) {
      const { status, body } = await this.target.get(this.transport, this.sid, {}, patience)
      assert.equal(status, 200, `expected packets, got ${status} ${body}`)
      this.#packets.push(...split(undressed(this.transport, body)))
    }
    return this.#packets.shift() as string
  }

  async ended(): Promise<void> {}
}
