// Owns: the real client of 2, with the lines that let it come back.
import { createRequire } from 'node:module'
import type { TestContext } from 'node:test'
import { withoutWebSocket } from '../../support/node-client.js'
import type { CountingClient } from './v09-counting.js'

const require = createRequire(import.meta.url)

interface Manager {
  opts: { query?: object }
  readonly engine: { readonly id: string }
  on(event: string, listener: () => void): void
  reconnection(isWanted: boolean): void
  close(): void
  ondecoded(packet: { type: number }): void
}

interface Socket2 {
  readonly io: Manager
  readonly nsp: string
  on(event: string, listener: (...args: never[]) => void): void
  once(event: string, listener: (...args: never[]) => void): void
  emit(event: string, ...args: unknown[]): void
  disconnect(): void
}

/** EVENT, ACK, BINARY_EVENT and BINARY_ACK. */
const counted = new Set([2, 3, 5, 6])

/** @param isCounting whether it says how much it has heard. */
export function countingClient2(
  t: TestContext,
  url: string,
  transports: readonly string[],
  isCounting: boolean,
): Omit<CountingClient, 'page'> & { readonly manager: Manager } {
  const library = withoutWebSocket(() => require('socket.io-client-2') as (at: string, options: object) => Socket2)
  const socket = library(url, {
    transports,
    forceNew: true,
    reconnectionDelay: 20,
    reconnectionDelayMax: 50,
    // For so long it waits when a websocket breaks between its 101 and its first frame: nobody tells its manager.
    timeout: 500,
  })
  const manager = socket.io
  let seen = 0
  let id = ''
  const heard: (packet: { type: number }) => void = Reflect.get(manager, 'ondecoded')
  manager.ondecoded = (packet) => {
    if (counted.has(packet.type)) seen++
    heard.call(manager, packet)
  }
  manager.on('open', () => {
    ;({ id } = manager.engine)
  })
  manager.on('reconnect_attempt', () => {
    manager.opts.query = { resume: id, ...(isCounting && { seen }) }
  })
  t.after(() => {
    manager.reconnection(false)
    socket.disconnect()
    manager.close()
  })
  return {
    manager,
    on: (event, listener) => {
      socket.on(event, listener)
    },
    emit: (event, ...args) => {
      socket.emit(event, ...args)
    },
    next: (event) =>
      new Promise((resolve) => {
        socket.once(event, resolve)
      }),
  }
}
