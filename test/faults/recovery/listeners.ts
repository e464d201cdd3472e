// Owns: real clients that come back by themselves, and what they have received: of 0.9 and 2 with the counting script, and of 4.
// Elsewhere: the same without that script (without-counting.test.ts).
import http from 'node:http'
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { Journal, within } from '../../support/journal.js'
import { leave09 } from '../../support/leave-09.js'
import { withoutWebSocket } from '../../support/node-client.js'
import { openOldPage } from '../../support/old-page.js'
import { withSeen } from '../../support/seen.js'

const require = createRequire(import.meta.url)

// On a kept connection that fell silent the 0.9 client would ask for its handshake, and wait for good.
http.globalAgent = new http.Agent({ keepAlive: false })

/** A generation of clients and what carries it. */
export interface Way {
  readonly generation: '0.9' | '2' | '4'
  readonly transports: readonly string[]
  readonly name: string
}

const wayOf = (generation: Way['generation'], ...transports: string[]): Way => ({
  generation,
  transports,
  name: `a client of ${generation} on ${transports.join(', then ')}`,
})

/** Whether a client is away, to the server, only when it has not polled for the closeTimeout. */
export const isPollingOld = ({ generation, transports }: Way): boolean =>
  generation === '0.9' && /polling/.test(transports[0] as string)

export const ways: readonly Way[] = [
  wayOf('0.9', 'websocket'),
  wayOf('0.9', 'xhr-polling'),
  wayOf('0.9', 'jsonp-polling'),
  wayOf('0.9', 'htmlfile'),
  wayOf('2', 'websocket'),
  wayOf('2', 'polling'),
  wayOf('2', 'polling', 'websocket'),
  wayOf('4', 'websocket'),
  wayOf('4', 'polling'),
  wayOf('4', 'polling', 'websocket'),
]

type Receive = (...args: unknown[]) => void

interface ClientSocket {
  on(event: string, receive: Receive): void
  emit(event: string, ...args: unknown[]): void
}

interface OldSocket extends ClientSocket {
  readonly socket: {
    readonly options: Record<string, unknown>
    readonly connected: boolean
    readonly sessionid: string
    transport: { readonly name: string } | null
    reconnecting: boolean
    reconnectionTimer?: unknown
    of(endpoint: string): ClientSocket
    disconnect(): void
  }
}

interface NewSocket extends ClientSocket {
  readonly connected: boolean
  readonly recovered?: boolean
  readonly io: {
    readonly engine: { readonly id: string; readonly transport: { readonly name: string } }
    readonly opts: { query?: unknown }
    on(event: string, receive: Receive): void
    disconnect(): void
    socket(endpoint: string): ClientSocket
  }
  disconnect(): void
}

export interface Libraries {
  /** Whether those of 0.9 and 2 have the script. */
  readonly isCounting: boolean
  readonly '0.9': { transports: string[]; connect(url: string, options: object): OldSocket }
  readonly '2': (url: string, options: object) => NewSocket
  readonly '4': (url: string, options: object) => NewSocket
}

const isOfPages = (transports: readonly string[]): boolean => /jsonp|htmlfile/.test(transports[0] as string)

// A broken page of htmlfile is noticed by the heartbeats that it does not bring; here, soon.
function libraryOfPage(url: string, libraries: Libraries): Libraries['0.9'] {
  const library = openOldPage(url, (transport) => {
    setTimeout(() => {
      if (transport.isOpen) transport.onClose()
    }, 5)
  }) as Libraries['0.9']
  return libraries.isCounting ? withSeen(library) : library
}

export const plainLibraries: Libraries = {
  isCounting: false,
  '0.9': require('socket.io-client-09') as Libraries['0.9'],
  '2': withoutWebSocket(() => require('socket.io-client-2') as Libraries['2']),
  '4': require('socket.io-client-4') as Libraries['4'],
}

/** Those of 0.9 and 2 count from here on, in all of the process. */
export function countingLibraries(): Libraries {
  withSeen(plainLibraries['0.9'])
  withSeen(plainLibraries['2'])
  return { ...plainLibraries, isCounting: true }
}

export class Listener {
  /** The numbers of /feed and of /other, in the order of their coming. */
  readonly numbers = new Journal()
  readonly others = new Journal()
  /** One entry for each time that it is back: whether the client says that it was recovered; undefined where it cannot tell. */
  readonly back = new Journal<boolean | undefined>()
  readonly #connected: Promise<void>
  readonly #feed: ClientSocket
  readonly #isConnected: () => boolean
  readonly #transport: () => string | undefined
  readonly #leave: () => void

  constructor(t: Pick<TestContext, 'after'>, url: string, { generation, transports }: Way, libraries: Libraries) {
    const connects = new Journal<undefined>()
    if (generation === '0.9') {
      const io = isOfPages(transports) ? libraryOfPage(url, libraries) : libraries['0.9']
      io.transports = [...transports]
      const feed = io.connect(`${url}/feed`, {
        'force new connection': true,
        'reconnection delay': 10,
        'reconnection limit': 20,
        'max reconnection attempts': 100_000,
      })
      const connection = feed.socket
      this.#leave = () => {
        leave09(connection)
      }
      this.#feed = feed
      this.#isConnected = () => connection.connected
      this.#transport = () => connection.transport?.name
      feed.on('reconnect', () => {
        this.back.note(undefined)
      })
      this.#listen(feed, connection.of('/other'), connects)
    } else {
      const feed = libraries[generation](`${url}/feed`, {
        forceNew: true,
        transports,
        reconnectionDelay: 10,
        reconnectionDelayMax: 20,
        // For so long they wait when a websocket breaks between its 101 and its first frame: nobody tells their managers.
        timeout: 500,
      })
      this.#leave = () => {
        feed.disconnect()
        // A manager of 2 that is reconnecting goes on without end, whatever its option says.
        feed.io.disconnect()
      }
      this.#feed = feed
      this.#isConnected = () => feed.connected
      this.#transport = () => feed.io.engine.transport.name
      // It is back with its namespace: the connection is, before.
      let isFirst = true
      feed.on('connect', () => {
        if (!isFirst) this.back.note(generation === '4' ? feed.recovered === true : undefined)
        isFirst = false
      })
      this.#listen(feed, feed.io.socket('/other'), connects)
    }
    this.#connected = connects.until(2).then(() => {})
    t.after(this.#leave)
  }

  get socket(): unknown {
    return this.#feed
  }

  get isConnected(): boolean {
    return this.#isConnected()
  }

  /** What carries it at the moment. */
  get isOnWebsocket(): boolean {
    return this.#transport() === 'websocket'
  }

  /** Waits until it is in both namespaces for the first time. */
  connected(): Promise<void> {
    return this.#connected
  }

  /** Waits until it is told, or finds out, that it is not in /feed any more. */
  disconnected(): Promise<void> {
    return new Promise((resolve) => {
      this.#feed.on('disconnect', () => {
        resolve()
      })
    })
  }

  /** Leaves for good. */
  leave(): void {
    this.#leave()
  }

  readonly emit = (event: string, ...args: unknown[]): void => {
    this.#feed.emit(event, ...args)
  }

  /** Waits until that number has come in /feed. */
  async until(number: number): Promise<void> {
    for (let count = 1; !this.numbers.entries.includes(number); count = this.numbers.entries.length + 1) {
      await within(
        `number ${number}`,
        this.numbers.until(count).then(() => {}),
        20_000,
      )
    }
  }

  #listen(feed: ClientSocket, other: ClientSocket, connects: Journal<undefined>): void {
    for (const [socket, journal] of [
      [feed, this.numbers],
      [other, this.others],
    ] as const) {
      socket.on('number', (number, ...rest) => {
        journal.note(number)
        const answer = rest.at(-1)
        if (typeof answer === 'function') (answer as () => void)()
      })
      socket.on('connect', () => {
        connects.note(undefined)
      })
    }
  }
}

/** All numbers below that one. */
export const below = (end: number): number[] => Array.from({ length: end }, (_, number) => number)
