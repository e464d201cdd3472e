// Owns: real clients of Socket.IO 3 and 4 whose connections are lost: what they receive, and whether they take themselves for recovered.
// Elsewhere: all generations in the terms of 0.9 (node-client.ts).
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import type { io as connect, ManagerOptions, Socket, SocketOptions } from 'socket.io-client-4'
import { Journal, within } from './journal.js'

const require = createRequire(import.meta.url)

export type Version = '3' | '4'
export const carriers = ['websocket', 'polling', 'upgrade'] as const
export type Carrier = (typeof carriers)[number]

type Settings = Partial<ManagerOptions & SocketOptions>

/** What a client is made of: its library, its transport, how it comes back. */
export interface ClientSpec {
  readonly version?: Version
  readonly carrier?: Carrier
  readonly endpoint?: string
  readonly settings?: Settings
}

/** One namespace of a real client. Its journal has every event without its offset, and its connects and disconnects. */
export class RecordedSocket {
  readonly socket: Socket
  readonly journal = new Journal<string>()
  /** The offsets that came, as they came. */
  readonly offsets: string[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('connect', () => {
      this.journal.note(socket.recovered ? 'recovered' : 'connected')
    })
    socket.on('disconnect', () => {
      this.journal.note('disconnected')
    })
    socket.on('connect_error', ({ message }: Error) => {
      if (socket.active) return
      this.journal.note(`refused ${message}`)
    })
    socket.onAny((name: string, ...args: unknown[]) => {
      const last = args.at(-1)
      if (typeof last === 'string' && isOffset(last)) this.offsets.push(args.pop() as string)
      const said = args.filter((arg) => typeof arg !== 'function')
      this.journal.note([name, ...said.map((arg) => (typeof arg === 'string' ? arg : JSON.stringify(arg)))].join(' '))
    })
  }

  /** All that came, once `entry` did; what came before is not looked at again. */
  async until(entry: string): Promise<string[]> {
    for (let count = this.#taken + 1; ; count++) {
      const entries = await this.journal.until(count)
      if (entries[count - 1] !== entry) continue
      const taken = entries.slice(this.#taken, count)
      this.#taken = count
      return taken
    }
  }
  #taken = 0

  get transport(): string {
    return this.socket.io.engine.transport.name
  }

  /** Waits until it is on a websocket. */
  async upgraded(): Promise<void> {
    const { engine } = this.socket.io
    if (engine.transport.name === 'websocket') return
    await within('an upgrade', new Promise<void>((resolve) => void engine.once('upgrade', () => resolve())))
  }
}

/** What looks like an offset of ours. */
export function isOffset(text: string): boolean {
  return /^[0-9a-z]{8}\.[1-9a-z][0-9a-z]*$/.test(text)
}

function settingsOf({ carrier = 'websocket', settings }: ClientSpec): Settings {
  return {
    transports: carrier === 'upgrade' ? ['polling', 'websocket'] : [carrier],
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 20,
    randomizationFactor: 0,
    ...settings,
  }
}

/** Connects to one endpoint; gone with its test. */
export function recordedClient(t: TestContext, url: string, spec: ClientSpec = {}): RecordedSocket {
  const { io } = require(`socket.io-client-${spec.version ?? '4'}`) as { io: typeof connect }
  const socket = io(url + (spec.endpoint ?? '/chat'), settingsOf(spec))
  t.after(() => {
    socket.io.reconnection(false)
    socket.disconnect()
  })
  return new RecordedSocket(socket)
}

/** One more namespace on the same connection. */
export function besides({ socket }: RecordedSocket, endpoint: string, settings: Settings = {}): RecordedSocket {
  return new RecordedSocket(socket.io.socket(endpoint, settings))
}
