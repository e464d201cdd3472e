// Owns: a client as tests drive it, in the terms of the 0.9.17 client, the same in this process and in a page.
// Elsewhere: where it runs (node-client.ts, chromium.ts), newer clients in these terms (modern-library.ts).

/** A namespace of the client. */
export interface ClientSocket {
  readonly socket: ClientConnection
  readonly json: { send(data: unknown, ack?: () => void): void }
  of(endpoint: string): ClientSocket
  on(event: string, listener: (...args: never[]) => void): void
  removeListener(event: string, listener: (...args: never[]) => void): void
  send(data: string, ack?: () => void): void
  emit(event: string, ...args: unknown[]): void
  disconnect(): void
  /** Newer clients: enters again. */
  connect?(): void
}

/** The client's connection, which all its namespaces share. */
export interface ClientConnection {
  readonly connected: boolean
  /** Whether packets wait in the client, as they do while a POST is on its way. */
  readonly doBuffer: boolean
  readonly options: Record<string, unknown>
  readonly transport: { readonly name: string } | undefined
  reconnecting: boolean
  reconnectionTimer?: unknown
  disconnect(): void
  disconnectSync(): void
  /** Newer clients begin by polling: resolves when the upgrade that was asked for is done. */
  settled?(): Promise<void>
  /** Newer clients: answers and sends no more pings. */
  fallSilent?(): void
  /** Newer clients: ends it for good, whatever it is doing. */
  destroy?(): void
}

export interface ClientLibrary {
  version: string
  transports: string[]
  connect(url: string, options: Record<string, unknown>): ClientSocket
}

/** What a step of a test has at hand, wherever the client runs. */
export interface Kit {
  /** The socket connected last. */
  readonly socket: ClientSocket
  /** What `listen` heard, in order. */
  readonly heard: unknown[][]
  /** A new connection, over the one transport of this client. */
  readonly connect: (path?: string, options?: Record<string, unknown>) => ClientSocket
  /** The arguments of the next event of that name. */
  readonly next: (socket: ClientSocket, event: string) => Promise<unknown[]>
  /** The first arguments of the next `count` events of that name. */
  readonly collect: (socket: ClientSocket, event: string, count: number) => Promise<unknown[]>
  /** Emits an event and resolves with the arguments of its ack. */
  readonly ask: (socket: ClientSocket, event: string, ...args: unknown[]) => Promise<unknown[]>
  /** Keeps these events, with their names, in `heard`. */
  readonly listen: (socket: ClientSocket, ...events: string[]) => void
  /** Resolves when `listen` has heard an event of that name, with its arguments. */
  readonly hear: (event: string) => Promise<unknown[]>
  /** Resolves when no POST is on its way: what is said during one waits in the client, and is lost if that disconnects. */
  readonly idle: (socket: ClientSocket) => Promise<void>
  /** Ends all connections, those too that are being restored. */
  readonly close: () => void
}

/** A client somewhere. Its steps are sent there as source text: they may use nothing but their parameters. */
export interface Client {
  run<Result>(step: (kit: Kit) => Result | Promise<Result>): Promise<Result>
  run<Result, Arg>(step: (kit: Kit, arg: Arg) => Result | Promise<Result>, arg: Arg): Promise<Result>
}

/** Makes a kit; sent to pages as source text as well, so that it may use nothing but its parameters. */
export function makeKit(io: ClientLibrary, url: string, transport: string): Kit {
  const sockets: ClientSocket[] = []
  const heard: unknown[][] = []
  const ears = new Set<() => void>()
  const patience = 15_000

  function collect(socket: ClientSocket, event: string, count: number): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      const events: unknown[][] = []
      const timer = setTimeout(() => {
        socket.removeListener(event, listener)
        reject(new Error(`got ${events.length} of ${count} events ${event} within ${patience} ms`))
      }, patience)
      const listener = (...args: unknown[]): void => {
        events.push(args)
        if (events.length < count) return
        clearTimeout(timer)
        socket.removeListener(event, listener)
        resolve(events)
      }
      socket.on(event, listener)
    })
  }

  return {
    heard,
    get socket() {
      const last = sockets.at(-1)
      if (last === undefined) throw new Error('nothing is connected yet')
      return last
    },
    connect(path = '', options = {}) {
      // The client reads this when it connects. Its option `transports` is merged by index into the defaults, for good.
      io.transports = [transport]
      const socket = io.connect(url + path, { 'force new connection': true, 'reconnection delay': 50, ...options })
      sockets.push(socket)
      return socket
    },
    next: async (socket, event) => (await collect(socket, event, 1))[0] ?? [],
    collect: async (socket, event, count) => (await collect(socket, event, count)).map(([first]) => first),
    ask: (socket, event, ...args) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`no ack of ${event} within ${patience} ms`))
        }, patience)
        socket.emit(event, ...args, (...answer: unknown[]) => {
          clearTimeout(timer)
          resolve(answer)
        })
      }),
    listen(socket, ...events) {
      for (const event of events) {
        socket.on(event, (...args: unknown[]) => {
          heard.push([event, ...args])
          for (const look of ears) look()
        })
      }
    },
    hear: (event) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = heard.find(([name]) => name === event)
          if (found === undefined) return
          clearTimeout(timer)
          ears.delete(look)
          resolve(found.slice(1))
        }
        const timer = setTimeout(() => {
          ears.delete(look)
          reject(new Error(`no ${event} within ${patience} ms`))
        }, patience)
        ears.add(look)
        look()
      }),
    async idle({ socket }) {
      while (socket.doBuffer) await new Promise((resolve) => setTimeout(resolve, 1))
    },
    close() {
      for (const { socket } of sockets) {
        if (socket.destroy !== undefined) {
          socket.destroy()
          continue
        }
        socket.options.reconnect = false
        socket.reconnecting = false
        clearTimeout(socket.reconnectionTimer as number | undefined)
        // A client that was refused at the handshake stumbles over the transport that it does not have.
        if (socket.transport !== undefined) socket.disconnect()
      }
    },
  }
}
