// Owns: a browser on HTTP/2: many requests at a time, all on one connection.
// Elsewhere: peers on HTTP/1.1 (v09-peer.ts, engine-peer.ts).
import { once } from 'node:events'
import http2 from 'node:http2'
import type { TestContext } from 'node:test'
import { within } from './journal.js'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** The code with which the stream was closed; 0 is no error. */
  readonly code: number
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export class Http2Peer {
  readonly session: http2.ClientHttp2Session
  readonly origin: string

  constructor(t: TestContext, origin: string) {
    this.origin = origin
    this.session = http2.connect(origin, { rejectUnauthorized: false })
    this.session.on('error', () => {})
    t.after(() => {
      this.session.destroy()
    })
  }

  /** Begins a request; its body is left open unless one is given or the method has none. */
  begin(path: string, { method = 'GET', headers = {}, body }: Asking = {}): http2.ClientHttp2Stream {
    const hasBody = method === 'POST' || body !== undefined
    const stream = this.session.request({ ':method': method, ':path': path, ...headers }, { endStream: !hasBody })
    stream.on('error', () => {})
    return stream
  }

  /** One request and the whole answer to it, or the end of its stream. */
  async ask(path: string, asking: Asking = {}): Promise<Answer> {
    const { body } = asking
    const stream = this.begin(path, {
      method: body === undefined ? 'GET' : 'POST',
      ...asking,
      headers: { ...(body === undefined ? {} : { 'content-type': 'text/plain;charset=UTF-8' }), ...asking.headers },
    })
    if (body !== undefined) stream.end(body)
    return answerOf(stream)
  }
}

/** What a stream brings until it is closed; status 0 where no answer came. */
export function answerOf(stream: http2.ClientHttp2Stream): Promise<Answer> {
  const answer = new Promise<Answer>((resolve) => {
    let headers: Record<string, string> = {}
    let status = 0
    let text = ''
    stream.setEncoding('utf8')
    stream.on('response', (all) => {
      status = Number(all[':status'])
      headers = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, String(value)]))
    })
    stream.on('data', (chunk: string) => {
      text += chunk
    })
    stream.once('close', () => {
      resolve({ status, headers, body: text, code: stream.rstCode })
    })
  })
  return within(`an answer to ${String(stream.sentHeaders[':path'])}`, answer)
}

/** An answer that does not end. */
export class Page {
  readonly stream: http2.ClientHttp2Stream
  #text = ''

  constructor(stream: http2.ClientHttp2Stream) {
    this.stream = stream
    stream.setEncoding('utf8')
    stream.on('data', (chunk: string) => {
      this.#text += chunk
    })
  }

  /** Waits until so much of it has come. */
  async until(text: string): Promise<void> {
    while (!this.#text.includes(text)) await within(text, once(this.stream, 'data'))
  }
}
