// Owns: a client of Socket.IO 4 on a raw websocket that says itself which namespace it comes back to, and by which private id and offset.
// Elsewhere: real clients (client-4.ts).
import type { TestContext } from 'node:test'
import { openWebSocket, type WebSocketPeer } from './engine-peer.js'
import { within } from './journal.js'
import { reset } from './reset.js'
import type { Socket } from 'node:net'

export interface Confirmation {
  readonly sid: string
  readonly pid: string
}

/** The answer to a connect, and the events that came before it or right behind it, without offsets. */
export interface Answer {
  readonly events: readonly string[]
  readonly offsets: readonly string[]
  readonly kind: 'confirmed' | 'refused' | 'disconnected'
  readonly data: Confirmation
}

export interface Said {
  /** Its name and arguments as JSON, without the offset. */
  readonly event: string
  readonly offset: string
  readonly id: string
}

/** Splits an event as it came; an offset is the last argument. */
export function readEvent(frame: string): Said {
  const [, id = '', data = ''] = /^42(?:\/[^,]*,)?(\d*)(\[.*)$/s.exec(frame) ?? []
  if (data === '') throw new Error(`expected an event, got ${frame}`)
  const list = JSON.parse(data) as unknown[]
  const offset = id === '' ? String(list.pop()) : ''
  return { event: JSON.stringify(list), offset, id }
}

export class ResumingPeer {
  readonly peer: WebSocketPeer

  constructor(peer: WebSocketPeer) {
    this.peer = peer
  }

  static async open(t: TestContext, url: string, query = ''): Promise<ResumingPeer> {
    return new ResumingPeer(await openWebSocket(t, url, 4, { query }))
  }

  /** The next frame that is no ping. */
  async frame(): Promise<string> {
    for (;;) {
      const frame = await this.peer.text()
      if (frame !== '2') return frame
      this.send('3')
    }
  }

  send(...frames: string[]): void {
    this.peer.send(...frames)
  }

  async event(): Promise<Said> {
    return readEvent(await this.frame())
  }

  /** Sends a connect. */
  ask(endpoint: string, auth?: unknown): void {
    this.send(`40${endpoint},${auth === undefined ? '' : JSON.stringify(auth)}`)
  }

  /** Sends a connect and takes everything up to its answer. */
  async connect(endpoint: string, auth?: unknown): Promise<Answer> {
    this.ask(endpoint, auth)
    return this.answer(endpoint)
  }

  /** Takes everything up to the answer to a connect. */
  async answer(endpoint: string): Promise<Answer> {
    const events: string[] = []
    const offsets: string[] = []
    for (;;) {
      const frame = await this.frame()
      const kind = ({ '40': 'confirmed', '41': 'disconnected', '44': 'refused' } as const)[frame.slice(0, 2)]
      if (kind === undefined) {
        const { event, offset } = readEvent(frame)
        events.push(event)
        offsets.push(offset)
      } else {
        if (!frame.slice(2).startsWith(`${endpoint},`))
          throw new Error(`expected an answer for ${endpoint}, got ${frame}`)
        const text = frame.slice(3 + endpoint.length)
        if (kind === 'confirmed') {
          const frames = await this.settled()
          const others = frames.findIndex((other) => !other.startsWith(`42${endpoint},[`))
          const missed = others < 0 ? frames : frames.splice(0, others)
          if (others >= 0) this.peer.putBack(frames)
          for (const { event, offset } of missed.map(readEvent)) {
            events.push(event)
            offsets.push(offset)
          }
        }
        return { events, offsets, kind, data: (text === '' ? {} : JSON.parse(text)) as Confirmation }
      }
    }
  }

  /** What comes until the server has worked on what was sent: an engine.io ping would not say it. */
  async settled(): Promise<string[]> {
    for (let round = 0; round < 2; round++) {
      await within(
        'a pong',
        new Promise<void>((resolve) => {
          this.peer.websocket.once('pong', () => {
            resolve()
          })
          this.peer.websocket.ping()
        }),
      )
    }
    return this.peer.taken().map(String)
  }

  /** Its connection is reset. */
  cut(): void {
    reset(Reflect.get(this.peer.websocket, '_socket') as Socket | null)
  }
}
