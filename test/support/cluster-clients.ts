// Owns: real clients of every generation, alike enough for one suite.
import { createRequire } from 'node:module'
import { setTimeout as pause } from 'node:timers/promises'
import { io as connect4 } from 'socket.io-client-4'
import { Journal, within } from './journal.js'
import type { ClientLibrary, ClientSocket } from './client-09.js'
import type { After } from './redis.js'

const require = createRequire(import.meta.url)
const library09 = require('socket.io-client-09') as ClientLibrary
const connect2 = require('socket.io-client-2') as (url: string, options: object) => Emitter

export const generations = ['0.9 websocket', '0.9 xhr-polling', '2 polling', '4 websocket'] as const
export type Generation = (typeof generations)[number] | '4 polling' | '4 upgrading'

/** What all of them have in common. */
interface Emitter {
  on(event: string, listener: (...args: never[]) => void): unknown
  emit(event: string, ...args: unknown[]): unknown
  disconnect(): unknown
}

export interface ConnectOptions {
  readonly endpoint?: string
  readonly query?: string
  /** For the newest only: engine.io's name of the transport that it uses now. */
  readonly headers?: Record<string, string>
  /** Whether it comes back by itself when its connection is lost. */
  readonly comesBack?: boolean
}

/** One client, connected to one endpoint. It answers whoever asks it. */
export class RoomClient {
  readonly generation: Generation
  /** What was said to it, in order. */
  readonly heard = new Journal<string>()
  readonly warmed = new Journal<string>()
  readonly ended: Promise<void>
  readonly socket: Emitter

  constructor(generation: Generation, socket: Emitter) {
    this.generation = generation
    this.socket = socket
    socket.on('said', (text: string) => {
      this.heard.note(text)
    })
    socket.on('warm', (text: string) => {
      this.warmed.note(text)
    })
    socket.on('asked', (question: string, answer: (text: string) => void) => {
      answer(`${question}, says ${generation}`)
    })
    this.ended = new Promise((resolve) => {
      socket.on('disconnect', () => {
        resolve()
      })
    })
  }

  /** Emits an event and resolves with the first argument of its ack. */
  ask<Answer>(event: string, ...args: unknown[]): Promise<Answer> {
    const answered = new Promise<Answer>((resolve) => {
      this.socket.emit(event, ...args, resolve)
    })
    return within(`${this.generation}: the ack of ${event}`, answered)
  }

  /** All that it heard until somebody said `last`. */
  async until(last: string): Promise<string[]> {
    for (let count = 1; ; count++) {
      const entries = await this.heard.until(count)
      if (entries.includes(last)) return entries.slice(0, entries.indexOf(last) + 1)
    }
  }
}

/** Connects a client; it ends with whatever `after` belongs to. */
export async function connectClient(
  after: After,
  url: string,
  generation: Generation,
  { endpoint = '/chat', query = '', headers = {}, comesBack = false }: ConnectOptions = {},
): Promise<RoomClient> {
  const socket = open(generation, `${url}${endpoint}${query}`, headers, comesBack)
  after(() => {
    if (generation.startsWith('0.9')) stayAway((socket as unknown as ClientSocket).socket)
    socket.disconnect()
  })
  const client = new RoomClient(generation, socket)
  const connected = new Promise<void>((resolve, reject) => {
    socket.on('connect', () => {
      resolve()
    })
    for (const event of ['error', 'connect_failed', 'connect_error']) {
      socket.on(event, (error: unknown) => {
        reject(new Error(`${generation}: ${event} ${String(error)}`))
      })
    }
  })
  await within(`the connect of ${generation}`, connected)
  return client
}

// What ends a namespace of 0.9 leaves its connection, which would be restored.
function stayAway(connection: ClientSocket['socket']): void {
  connection.options.reconnect = false
  connection.reconnecting = false
  clearTimeout(connection.reconnectionTimer as number | undefined)
  if (connection.transport !== undefined) connection.disconnect()
}

function open(generation: Generation, url: string, extraHeaders: Record<string, string>, comesBack: boolean): Emitter {
  const soon = { reconnection: comesBack, reconnectionDelay: 50, reconnectionDelayMax: 100 }
  switch (generation) {
    case '0.9 websocket':
    case '0.9 xhr-polling':
      library09.transports = [generation.slice(4)]
      return library09.connect(url, {
        'force new connection': true,
        reconnect: comesBack,
        'reconnection delay': 50,
        // Without it each delay is twice the one before, and only the first few attempts come soon.
        'reconnection limit': 100,
        'max reconnection attempts': Infinity,
      })
    case '2 polling':
      return connect2(url, { forceNew: true, transports: ['polling'], ...soon })
    default: {
      const [, transport] = generation.split(' ')
      const transports = transport === 'upgrading' ? ['polling', 'websocket'] : [transport as string]
      return connect4(url, { forceNew: true, transports, ...soon, extraHeaders })
    }
  }
}

/** Which process a client is with, as its handler `pid` says. */
export const pidOf = (client: RoomClient): Promise<number> => client.ask<number>('pid')

/** The same, once it has come back: what was asked while its client had not noticed yet is lost. */
export async function pidInTheEnd(client: RoomClient): Promise<number> {
  for (let tries = 0; tries < 60; tries++) {
    const asked = client.ask<number>('pid')
    asked.catch(() => {})
    const answer = await Promise.race([asked, pause(250)])
    if (answer !== undefined) return answer
  }
  throw new Error(`${client.generation} has not come back`)
}
