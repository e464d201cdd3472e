// Owns: one client of any generation on a websocket, in terms of namespaces: what it sends, and what it receives as lines.
// Elsewhere: bytes and other transports (v09-peer.ts, engine-peer.ts).
import { once } from 'node:events'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { ask } from './engine-peer.js'
import { within } from './journal.js'
import { Queue } from './wire-client.js'

export const generations = ['0.9', '2', '4'] as const
export type Generation = (typeof generations)[number]

/** What of a server a client needs: it may be in another process. */
export interface Place {
  readonly port: number
  readonly url: string
}

/** A question of the server, which the client has not answered. */
export interface Question {
  readonly endpoint: string
  readonly id: string
}

interface Speech {
  connect(endpoint: string): string
  leave(endpoint: string): string
  event(endpoint: string, id: string, name: string, args: readonly unknown[]): string
  ack(endpoint: string, id: string, args: readonly unknown[]): string
  /** A line for a frame, or nothing for one that is not about namespaces. */
  read(frame: string, asked: (question: Question) => void): string | undefined
}

function lineOf(kind: string, endpoint: string, name?: string, args?: readonly unknown[]): string {
  return [kind, endpoint, name, args === undefined ? undefined : JSON.stringify(args)]
    .filter((part) => part !== undefined)
    .join(' ')
}

const v09: Speech = {
  connect: (endpoint) => `1::${endpoint}`,
  leave: (endpoint) => `0::${endpoint}`,
  event: (endpoint, id, name, args) => `5:${id === '' ? '' : `${id}+`}:${endpoint}:${JSON.stringify({ name, args })}`,
  ack: (endpoint, id, args) => `6::${endpoint}:${id}+${JSON.stringify(args)}`,
  read(frame, asked) {
    const [, type, id = '', endpoint = '', data = ''] = /^(\d):(\d*\+?):([^:]*):?(.*)$/s.exec(frame) ?? []
    switch (type) {
      case '0':
        return lineOf('left', endpoint)
      case '1':
        return lineOf('connected', endpoint)
      case '3':
        if (id !== '') asked({ endpoint, id: id.replace('+', '') })
        return lineOf('message', endpoint, data)
      case '5': {
        const { name, args = [] } = JSON.parse(data) as { name: string; args?: unknown[] }
        if (id === '') return lineOf('event', endpoint, name, args)
        asked({ endpoint, id: id.replace('+', '') })
        return lineOf('asks', endpoint, name, args)
      }
      case '6': {
        const [ackId, args = '[]'] = data.split(/\+(.*)/s)
        return lineOf('ack', endpoint, ackId, JSON.parse(args) as unknown[])
      }
      case '7':
        return lineOf('refused', endpoint)
      default:
        return undefined
    }
  },
}

function head(endpoint: string): string {
  return endpoint === '' ? '' : `${endpoint},`
}

const modern: Speech = {
  connect: (endpoint) => `40${head(endpoint)}`,
  leave: (endpoint) => `41${head(endpoint)}`,
  event: (endpoint, id, name, args) => `42${head(endpoint)}${id}${JSON.stringify([name, ...args])}`,
  ack: (endpoint, id, args) => `43${head(endpoint)}${id}${JSON.stringify(args)}`,
  read(frame, asked) {
    const [, type, endpoint = '', id = '', data = ''] = /^4(\d)(?:(\/[^,]*),?)?(\d*)(.*)$/s.exec(frame) ?? []
    switch (type) {
      case '0':
        return lineOf('connected', endpoint)
      case '1':
        return lineOf('left', endpoint)
      case '2': {
        const [name, ...args] = JSON.parse(data) as [string, ...unknown[]]
        if (id === '') return lineOf('event', endpoint, name, args)
        asked({ endpoint, id })
        return lineOf('asks', endpoint, name, args)
      }
      case '3':
        return lineOf('ack', endpoint, id, JSON.parse(data) as unknown[])
      case '4':
        return lineOf('refused', endpoint)
      default:
        return undefined
    }
  },
}

const speeches: Readonly<Record<Generation, Speech>> = { '0.9': v09, '2': modern, '4': modern }

/** Its frames go out at once and one by one; what it receives waits as lines, such as `connected /chat` or `ack /chat 1 ["a"]`. */
export class NamespacePeer {
  readonly generation: Generation
  readonly lines = new Queue<string>('a line of a client')
  /** Every frame that came, as it came. */
  readonly frames: string[] = []
  /** What the server has asked, newest last. */
  readonly questions: Question[] = []
  /** The code with which the connection is closed. */
  readonly closed: Promise<number>
  readonly #websocket: WebSocket
  readonly #speech: Speech
  readonly #waiting: (() => void)[] = []
  #pongs = 0
  #code: number | undefined

  constructor(generation: Generation, websocket: WebSocket) {
    this.generation = generation
    this.#speech = speeches[generation]
    this.#websocket = websocket
    websocket.on('error', () => {})
    this.closed = new Promise((resolve) => {
      websocket.once('close', (code) => {
        this.#code = code
        this.#wake()
        resolve(code)
      })
    })
    websocket.on('pong', () => {
      this.#pongs++
      this.#wake()
    })
    websocket.on('message', (data: Buffer) => {
      this.#receive(data.toString())
    })
  }

  #receive(frame: string): void {
    this.frames.push(frame)
    if (frame === '2') this.send('3')
    else if (frame === '2::') this.send('2::')
    const read = this.#read(frame)
    if (read === undefined) return
    this.lines.push(read)
    this.#wake()
  }

  #read(frame: string): string | undefined {
    try {
      return this.#speech.read(frame, (question) => this.questions.push(question))
    } catch {
      return `garbage ${frame}`
    }
  }

  /** Sends frames as they are. */
  send(...frames: readonly string[]): void {
    for (const frame of frames) this.#websocket.send(frame)
  }

  /** Sends what `say` does as one piece, which the server reads at once. */
  atOnce(say: () => void): void {
    const connection = Reflect.get(this.#websocket, '_socket') as Socket
    connection.cork()
    say()
    connection.uncork()
  }

  connect(endpoint: string): void {
    this.send(this.#speech.connect(endpoint))
  }

  leave(endpoint: string): void {
    this.send(this.#speech.leave(endpoint))
  }

  emit(endpoint: string, name: string, ...args: readonly unknown[]): void {
    this.send(this.#speech.event(endpoint, '', name, args))
  }

  /** An event that asks for an ack, whose line begins with `ack <endpoint> <id>`. */
  ask(id: number, endpoint: string, name: string, ...args: readonly unknown[]): void {
    this.send(this.#speech.event(endpoint, String(id), name, args))
  }

  /** Answers the newest question of the server, or another. */
  answer(args: readonly unknown[], question = this.questions.at(-1)): void {
    if (question === undefined) throw new Error('expected a question to answer, got none')
    this.send(this.#speech.ack(question.endpoint, question.id, args))
  }

  /** The oldest line that was not taken; fails as soon as the connection has ended without one. */
  async next(): Promise<string> {
    for (;;) {
      const [line, ...others] = this.lines.takeAll()
      this.lines.push(...others)
      if (line !== undefined) return line
      if (this.#code !== undefined) {
        throw new Error(`expected a line of a client, got the end of its connection (${this.#code})`)
      }
      await within('a line of a client', this.#happens())
    }
  }

  /** The next line, pong or end. A promise that stays for as long as the client would keep whoever waited for it. */
  #happens(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  #wake(): void {
    for (const resume of this.#waiting.splice(0)) resume()
  }

  async take(count: number): Promise<string[]> {
    const taken: string[] = []
    while (taken.length < count) taken.push(await this.next())
    return taken
  }

  /** The next line that is `wanted` or begins with it; those before it are dropped. */
  async until(wanted: string): Promise<string> {
    for (;;) {
      const heard = await this.next()
      if (heard === wanted || heard.startsWith(`${wanted} `)) return heard
    }
  }

  /** Connects to an endpoint and waits until that is confirmed. */
  async enter(endpoint: string): Promise<void> {
    this.connect(endpoint)
    const answer = await this.next()
    if (answer !== `connected ${endpoint}`) throw new Error(`expected connected ${endpoint}, got ${answer}`)
  }

  /** The lines that came until the server had worked on what was sent. */
  async settled(): Promise<string[]> {
    for (let round = 0; round < 2 && this.isOpen; round++) {
      const wanted = this.#pongs + 1
      this.#websocket.ping()
      while (this.#pongs < wanted && this.#code === undefined) await within('a pong', this.#happens())
    }
    return this.lines.takeAll()
  }

  /** The lines that came before the connection ended. */
  async ended(): Promise<string[]> {
    await within('the end of a connection', this.closed)
    return this.lines.takeAll()
  }

  get isOpen(): boolean {
    return this.#websocket.readyState === WebSocket.OPEN
  }

  /** Closes the connection in order. */
  close(): void {
    this.#websocket.close()
  }

  /** The connection is reset. */
  reset(): void {
    const connection = Reflect.get(this.#websocket, '_socket') as Socket | null
    connection?.resetAndDestroy()
  }

  /** Reads nothing more. */
  deafen(): void {
    const connection = Reflect.get(this.#websocket, '_socket') as Socket
    connection.pause()
  }
}

/** Opens a client, with a query and headers of its own; nothing is said yet, and one of version 4 is in no namespace. */
export async function openBare(
  t: TestContext,
  { port, url }: Place,
  generation: Generation,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<NamespacePeer> {
  let path = `?EIO=${generation === '2' ? 3 : 4}&transport=websocket&${query}`
  if (generation === '0.9') {
    const { body } = await ask(`${url}/socket.io/1/?${query}`, { headers })
    path = `1/websocket/${body.slice(0, body.indexOf(':'))}`
  }
  const websocket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/${path}`, { perMessageDeflate: false, headers })
  t.after(() => {
    websocket.terminate()
  })
  const peer = new NamespacePeer(generation, websocket)
  await within('an open websocket', once(websocket, 'open'))
  return peer
}

/** Opens a client that is in the global namespace. */
export async function openIn(
  t: TestContext,
  place: Place,
  generation: Generation,
  query = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<NamespacePeer> {
  const peer = await openBare(t, place, generation, query, headers)
  if (generation === '4') peer.connect('')
  const answer = await peer.next()
  if (answer !== 'connected ') throw new Error(`expected to be connected, got ${answer}`)
  return peer
}

/** Opens a client that is in the global namespace and in `endpoint`. */
export async function enter(
  t: TestContext,
  place: Place,
  generation: Generation,
  endpoint: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<NamespacePeer> {
  const peer = await openIn(t, place, generation, '', headers)
  await peer.enter(endpoint)
  return peer
}
