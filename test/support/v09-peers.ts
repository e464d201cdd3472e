// Owns: one client behind one interface for every transport, so that a suite is written once and run over all of them.
// Elsewhere: the bytes (v09-peer.ts), the suites' namespaces (v09-cast.ts).
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { mount, V09Peer, type Line, type Page } from './v09-peer.js'
import type { TestServer } from './server.js'

export const transports = ['websocket', 'htmlfile', 'xhr-polling', 'jsonp-polling'] as const
export const streams = ['websocket', 'htmlfile'] as const
export const polls = ['xhr-polling', 'jsonp-polling'] as const
export const httpTransports = ['htmlfile', ...polls] as const
export type Transport = (typeof transports)[number]

/** What tells a client that its sid is not known, so that it shakes hands anew. */
export const notHandshaken = '7:::1+0'

/** How a whole script of htmlfile's page begins: filled with spaces to 256 bytes. */
export const pageOpening = `<html><body><script>var _ = function (msg) { parent.s._(msg, document); };</script>${' '.repeat(173)}`

/** A payload of several packets. */
export function framed(...packets: readonly string[]): string {
  return packets.map((packet) => `\ufffd${packet.length}\ufffd${packet}`).join('')
}

/** What one payload looks like in the answer of each HTTP transport. Only for texts that need no escaping. */
export function dressed(transport: Transport, payload: string): string {
  assert.doesNotMatch(payload, /[<\u2028\u2029\\]/)
  switch (transport) {
    case 'jsonp-polling':
      return `io.j[0](${JSON.stringify(payload)});`
    case 'htmlfile':
      return `<script>_(${JSON.stringify(payload).replaceAll('/', '\\/')});</script>`
    default:
      return payload
  }
}

/** One client that is connected. */
export abstract class Peer {
  readonly raw: V09Peer
  readonly transport: Transport
  readonly sid: string
  readonly #packets: string[] = []

  constructor(raw: V09Peer, transport: Transport, sid: string) {
    this.raw = raw
    this.transport = transport
    this.sid = sid
  }

  /** The next packet that the server sends; a payload of several is taken apart. */
  async receive(): Promise<string> {
    if (this.#packets.length === 0) this.#packets.push(...split(await this.read()))
    return this.#packets.shift() as string
  }

  async receiveAll(count: number): Promise<string[]> {
    const packets: string[] = []
    while (packets.length < count) packets.push(await this.receive())
    return packets
  }

  /** Sends packets as one payload, and waits until the server has read them. */
  async send(...packets: readonly string[]): Promise<void> {
    await this.sendPayload(packets.length === 1 ? (packets[0] as string) : framed(...packets))
  }

  /** Sends one body as it is. */
  async sendPayload(payload: string): Promise<void> {
    const { status, body } = await this.raw.post(this.transport, this.sid, payload)
    assert.deepEqual({ status, body }, { status: 200, body: '1' })
  }

  /** Asserts that the server has ended the connection, and that the sid is gone. */
  async assertEnded(): Promise<void> {
    await this.hungUp()
    const { body } = await this.raw.get(this.transport === 'websocket' ? 'xhr-polling' : this.transport, this.sid)
    assert.ok(body.includes(notHandshaken), `expected ${notHandshaken}, got ${body}`)
  }

  /** Waits until the server has ended its side. */
  abstract hungUp(): Promise<void>

  /** One unit of the transport: a frame, a script block, or the answer of a poll; taken out of its dress. */
  protected abstract read(): Promise<string>
}

class WebsocketPeer extends Peer {
  readonly line: Line

  constructor(raw: V09Peer, sid: string, line: Line) {
    super(raw, 'websocket', sid)
    this.line = line
  }

  override async send(...packets: readonly string[]): Promise<void> {
    for (const packet of packets) this.line.send(packet)
    await this.line.settle()
  }

  override sendPayload(payload: string): Promise<void> {
    return this.send(payload)
  }

  async hungUp(): Promise<void> {
    assert.equal(await this.line.closed(), 1000)
    assert.deepEqual(this.line.frames.takeAll(), [])
  }

  protected read(): Promise<string> {
    return this.line.frames.next()
  }
}

class HtmlfilePeer extends Peer {
  readonly page: Page
  // How much of the page is read.
  #at = pageOpening.length

  constructor(raw: V09Peer, sid: string, page: Page) {
    super(raw, 'htmlfile', sid)
    this.page = page
  }

  async hungUp(): Promise<void> {
    await this.page.ended()
    assert.equal(this.page.body().slice(this.#at), '')
  }

  protected async read(): Promise<string> {
    for (;;) {
      const block = /^<script>_\((".*?")\);<\/script>/.exec(this.page.body().slice(this.#at))
      if (block !== null) {
        this.#at += block[0].length
        return (JSON.parse(block[1] as string) as string).replace(/\\\//g, '/')
      }
      await this.page.pieces.next()
    }
  }
}

class PollingPeer extends Peer {
  async hungUp(): Promise<void> {}

  protected async read(): Promise<string> {
    return undressed(this.transport, (await this.raw.get(this.transport, this.sid)).body)
  }
}

/** The payload in the answer of a poll. */
export function undressed(transport: Transport, body: string): string {
  if (transport !== 'jsonp-polling') return body
  const script = /^io\.j\[0\]\((".*")\);$/.exec(body)
  assert.ok(script, `expected a call of io.j[0], got ${body}`)
  return JSON.parse(script[1] as string) as string
}

/** Opens a transport on a sid; what the server says first is still to be received. */
export async function openPeer(raw: V09Peer, transport: Transport, sid: string): Promise<Peer> {
  if (transport === 'websocket') return new WebsocketPeer(raw, sid, await raw.websocket(sid))
  if (transport === 'htmlfile') return new HtmlfilePeer(raw, sid, await raw.stream(sid))
  return new PollingPeer(raw, transport, sid)
}

/** A client that has shaken hands and heard that it is connected. */
export async function connectPeer(t: TestContext, server: TestServer, transport: Transport): Promise<Peer> {
  const raw = new V09Peer(t, server)
  const peer = await openPeer(raw, transport, await raw.handshake())
  assert.equal(await peer.receive(), '1::')
  return peer
}

/** Drops the connection of a stream without a word. */
export function abort(peer: Peer): void {
  if (peer instanceof WebsocketPeer) peer.line.abort()
  else if (peer instanceof HtmlfilePeer) peer.page.abort()
  else throw new Error(`expected a stream, got ${peer.transport}`)
}

/** The two spellings of the URL by which a page that is being unloaded says goodbye. */
export function goodbyes(transport: Transport, sid: string): readonly string[] {
  return [`${mount}//${sid}/?disconnect=1`, `${mount}/${transport}/${sid}?t=1&disconnect=True`]
}

// Strict, and not the library's own: lengths are exact, and nothing is left over.
export function split(payload: string): string[] {
  if (!payload.startsWith('\ufffd')) return [payload]
  const packets: string[] = []
  for (let rest = payload; rest !== '';) {
    const [mark, length] = /^\ufffd(\d+)\ufffd/.exec(rest) ?? assert.fail(`expected framed packets, got ${payload}`)
    const end = mark.length + Number(length)
    assert.ok(rest.length >= end, `expected ${length} more units, got ${rest}`)
    packets.push(rest.slice(mark.length, end))
    rest = rest.slice(end)
  }
  return packets
}
