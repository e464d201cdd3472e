// Owns: one client's connection as the rest of the soak sees it, whatever carries it; and its HTTP requests.
// Elsewhere: the kinds of lines (polling-line.ts, stream-line.ts), what is said on them (dialects.ts).
import http from 'node:http'
import { once } from 'node:events'
import type { Dialect } from './dialects.js'

/** How a client may go without saying goodbye. */
export type Exit = 'close' | 'reset' | 'silence'

/** Whoever hears what the server says. */
export interface LineOwner {
  heard(text: string): void
  /** The connection is gone, and the client has not ended it. */
  lost(reason: string): void
}

export interface Line {
  send(packet: string): void
  /** Sends the last packets, and is done when the server has ended the connection. */
  bye(packets: readonly string[]): Promise<void>
  exit(how: Exit): void
  /** Gives a poll up, and asks again: nothing may be lost by it. */
  cutPoll?(): void
  /** Goes on by websocket. */
  upgrade?(): Promise<void>
}

/** What lines have in common: where the server is, and connections to it that are used again. */
export interface Place {
  readonly port: number
  readonly agent: http.Agent
}

export interface Opening {
  readonly place: Place
  readonly dialect: Dialect
  readonly owner: LineOwner
}

export interface Request {
  readonly request: http.ClientRequest
  readonly answer: Promise<string>
}

/** A request whose answer is to be 200; it rejects otherwise. */
export function ask({ port, agent }: Place, path: string, body?: string, type = 'text/plain;charset=UTF-8'): Request {
  const request = http.request({
    host: '127.0.0.1',
    port,
    path,
    agent,
    method: body === undefined ? 'GET' : 'POST',
    // A script tag is judged by its page.
    headers: {
      Referer: `http://127.0.0.1:${port}/`,
      ...(body !== undefined && { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }),
    },
  })
  const answer = answerTo(request)
  // Whoever gives a request up does not wait for its answer.
  answer.catch(() => {})
  request.end(body)
  return { request, answer }
}

async function answerTo(request: http.ClientRequest): Promise<string> {
  const [response] = (await once(request, 'response')) as [http.IncomingMessage]
  const chunks: Buffer[] = []
  response.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(response, 'end')
  const text = Buffer.concat(chunks).toString()
  if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${text.slice(0, 80)}`)
  return text
}

/** Shakes hands as clients of 0.9 do, for a sid. */
export async function shakeHands(place: Place): Promise<string> {
  const line = await ask(place, `/socket.io/1/?t=${Date.now()}`).answer
  return line.slice(0, line.indexOf(':'))
}

/** How a transport dresses the payloads of its requests. */
export interface Dress {
  readonly type?: string
  readonly wrap: (payload: string) => string
  readonly unwrap: (body: string) => string
}

export const bare: Dress = { wrap: (payload) => payload, unwrap: (body) => body }

/** The way up of the HTTP transports: one POST at a time, with all that has gathered meanwhile. */
export class Poster {
  readonly #opening: Opening
  readonly #path: string
  readonly #dress: Dress
  readonly #queue: string[] = []
  #posting: Promise<void> | undefined
  #isStopped = false
  /** Whether a failure is none any more. */
  isOver = false

  constructor(opening: Opening, path: string, dress: Dress) {
    this.#opening = opening
    this.#path = path
    this.#dress = dress
  }

  send(...packets: readonly string[]): void {
    this.#queue.push(...packets)
    if (!this.#isStopped) this.#posting ??= this.#post()
  }

  /** Resolves when all has been posted. */
  async settled(): Promise<void> {
    await this.#posting
  }

  /** Posts no more; what comes from now on is kept. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#posting
  }

  takeAll(): string[] {
    return this.#queue.splice(0)
  }

  async #post(): Promise<void> {
    const { place, dialect, owner } = this.#opening
    try {
      while (this.#queue.length > 0 && !this.#isStopped) {
        const body = this.#dress.wrap(dialect.join(this.#queue.splice(0)))
        await ask(place, this.#path, body, this.#dress.type).answer
      }
    } catch (error) {
      if (!this.isOver) owner.lost(`POST: ${(error as Error).message}`)
    }
    this.#posting = undefined
  }
}
