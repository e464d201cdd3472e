// Owns: socket.io-client 2, 3 and 4 in the terms of the 0.9.17 client, so that one suite drives all of them.
// Elsewhere: what tests do with it (client-09.ts), what the generations say differently (interop/suite/words.ts).
import type { ClientConnection, ClientLibrary, ClientSocket } from './client-09.js'

type Listener = (...args: never[]) => void

interface ModernEmitter {
  on(event: string, listener: (...args: unknown[]) => void): void
  off(event: string, listener?: (...args: unknown[]) => void): void
}

interface ModernEngine extends ModernEmitter {
  readonly readyState: string
  readonly transport: { readonly name: string }
  emit(event: string): void
}

interface ModernManager extends ModernEmitter {
  readonly engine: ModernEngine
  readonly _reconnecting?: boolean
  readonly reconnecting?: boolean
  reconnection(isWanted: boolean): void
  socket(endpoint: string, options: object): ModernSocket
}

interface ModernSocket extends ModernEmitter {
  readonly io: ModernManager
  readonly nsp: string
  emit(event: string, ...args: unknown[]): void
  send(...args: unknown[]): void
  disconnect(): void
  connect(): void
}

export type ModernLibrary = (url: string, options: object) => ModernSocket

/** Wraps the newer library; sent to pages as source text as well, so that it may use nothing but its parameters. */
export function adaptModern(io: ModernLibrary): ClientLibrary {
  // What the newer clients pass to a listener, as the 0.9 client would: a refusal is its message and its data.
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- it has to travel with the rest.
  function plain(event: string, args: readonly unknown[]): unknown[] {
    if (event === 'connect') return []
    if (event === 'disconnect') return args.slice(0, 1)
    return args.flatMap((arg) => {
      if (!(arg instanceof Error)) return [arg]
      const data: unknown = Reflect.get(arg, 'data')
      return data === undefined ? [arg.message] : [arg.message, data]
    })
  }

  function facadeOf(first: ModernSocket, connectOptions: object, isUpgrading: boolean): ClientSocket {
    const manager = first.io
    const facades = new Map<string, ClientSocket>()
    const sockets = new Set<ModernSocket>()
    const all = (): void => {
      for (const socket of sockets) socket.disconnect()
    }
    const connection: ClientConnection = {
      get connected() {
        return manager.engine.readyState === 'open'
      },
      doBuffer: false,
      options: {},
      get transport() {
        return manager.engine.transport
      },
      get reconnecting() {
        return manager._reconnecting ?? manager.reconnecting ?? false
      },
      disconnect: all,
      disconnectSync: all,
      async settled() {
        const { engine } = manager
        if (!isUpgrading || engine.transport.name === 'websocket') return
        await new Promise<void>((resolve) => {
          engine.on('upgrade', () => {
            resolve()
          })
        })
      },
      fallSilent() {
        const { engine } = manager
        const name = '_sendPacket' in engine ? '_sendPacket' : 'sendPacket'
        const send = Reflect.get(engine, name) as (type: string, ...rest: unknown[]) => void
        Reflect.set(engine, name, (type: string, ...rest: unknown[]) => {
          if (type !== 'ping' && type !== 'pong') send.call(engine, type, ...rest)
        })
        // A client of version 2 pings by itself, and would notice the silence as soon as the server does.
        Reflect.set(engine, 'pingTimeout', 60_000)
        engine.emit('heartbeat')
      },
      destroy() {
        manager.reconnection(false)
        all()
      },
    }

    function facade(socket: ModernSocket): ClientSocket {
      const known = facades.get(socket.nsp)
      if (known !== undefined) return known
      const heard = new WeakMap<Listener, (...args: unknown[]) => void>()
      const made: ClientSocket = {
        socket: connection,
        json: {
          send: (data, ack) => {
            if (ack === undefined) socket.send(data)
            else socket.send(data, ack)
          },
        },
        of: (endpoint) =>
          facades.get(endpoint === '' ? '/' : endpoint) ?? facade(manager.socket(endpoint || '/', connectOptions)),
        on(event, listener) {
          const isOfManager = event === 'reconnect' || event === 'reconnecting'
          const wrapped = (...args: unknown[]): void => {
            const list = isOfManager ? [manager.engine.transport.name] : plain(event, args)
            listener(...(list as never[]))
          }
          heard.set(listener, wrapped)
          if (isOfManager) manager.on(event === 'reconnect' ? event : 'reconnect_attempt', wrapped)
          else socket.on(event, wrapped)
        },
        removeListener(event, listener) {
          socket.off(event, heard.get(listener))
        },
        send: (data, ack) => {
          made.json.send(data, ack)
        },
        emit: (event, ...args) => {
          socket.emit(event, ...args)
        },
        disconnect: () => {
          socket.disconnect()
        },
        connect: () => {
          socket.connect()
        },
      }
      facades.set(socket.nsp, made)
      sockets.add(socket)
      return made
    }
    return facade(first)
  }

  const library: ClientLibrary = {
    version: 'modern',
    transports: [],
    connect(url, { 'force new connection': forceNew, 'reconnection delay': reconnectionDelay, ...others }) {
      const [wanted] = library.transports
      const isUpgrading = wanted === 'upgrade'
      const socket = io(url, {
        forceNew,
        reconnectionDelay,
        reconnectionDelayMax: reconnectionDelay,
        transports: isUpgrading ? ['polling', 'websocket'] : [wanted],
        ...others,
      })
      return facadeOf(socket, others, isUpgrading)
    },
  }
  return library
}
