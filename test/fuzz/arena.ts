// Owns: the server under attack: an app whose handlers send on what they get, and the counts that must return.
// Elsewhere: the attacks (assault.ts), the clients that must live through them (witnesses.ts).
import assert from 'node:assert/strict'
import type { Server, IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { BaseNamespace, BroadcastMixin, RoomsMixin, type ErrorHandler, type Options } from '../../lib/index.js'
import { systemClock, type Clock } from '../../lib/support/timers.js'
import type { EventPacket } from '../../lib/wire/packet.js'
import { patienceMs } from '../support/journal.js'
import { startServer, type Face, type TestServer } from '../support/server.js'

/** What the application throws on purpose; all else that a handler throws is a fault. */
class Intended extends Error {}

const own = new Set(['echo', 'tell', 'ask', 'slow', 'many', 'enter', 'kick', 'fail'])

/** Sends what comes to everyone in the room and back as the ack: strange values leave again, on every wire. */
class Echo extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
  async initialize() {
    await this.join('all')
  }

  processEvent(packet: EventPacket): unknown {
    if (packet.name === '' || own.has(packet.name)) return super.processEvent(packet)
    return this.on_echo(packet.name, ...packet.args)
  }

  on_echo(...args: unknown[]) {
    this.emitToRoom('all', 'echoed', ...args)
    return args
  }

  recv_message(data: string) {
    this.broadcastEvent('echoed', data)
    this.send(data)
  }

  recv_json(data: unknown) {
    this.broadcastEventNotMe('echoed', data)
    this.send(data, { json: true })
  }

  on_tell(text: string) {
    this.emitToRoom('all', 'said', text)
    this.emit('said', text)
    return text
  }

  on_ask(...args: unknown[]) {
    this.timeout(300).emit('asked', ...args, (_error: Error | null, ...answer: unknown[]) => {
      this.on_echo(...answer)
    })
  }

  async on_slow() {
    await sleep(10)
  }

  on_many(count: unknown) {
    for (let left = Math.min(Number(count) || 0, 30); left > 0; left--) this.emit('echoed', left)
  }

  async on_enter(room: unknown) {
    await this.join(String(room))
    this.emitToRoom(String(room), 'echoed', room)
  }

  on_kick() {
    this.disconnect()
  }

  on_fail() {
    throw new Intended('on purpose')
  }
}

/** Bounds that a small input passes, and times that a short run sees the end of. */
const options: Options = {
  maxHttpBufferSize: 20_000,
  maxPacketsPerPayload: 50,
  maxQueuedEvents: 8,
  maxRoomsPerSocket: 6,
  maxNamespacesPerSocket: 2,
  maxPendingAcks: 6,
  pollingDuration: 100,
  closeTimeout: 3_000,
  heartbeatInterval: 1_000,
  heartbeatTimeout: 3_000,
  handshakeTimeout: 2_000,
  pingInterval: 1_000,
  pingTimeout: 3_000,
  engine: { upgradeTimeout: 1_000 },
}

/** Under one framework the application answers at once, under the other it has to be waited for. */
const askings: Readonly<Record<Face, Options>> = {
  express: {},
  koa: {
    async authorize() {
      await sleep(1)
      return true
    },
    async origins() {
      await sleep(1)
      return true
    },
  },
}

/** The system's clock, and how many of its timers are set: none is while no deadline waits. */
class CountingClock implements Clock {
  readonly #timers = new Set<unknown>()
  readonly now = (): number => systemClock.now()

  setTimeout(run: () => void, ms: number): unknown {
    const timer = systemClock.setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer)
    systemClock.clearTimeout(timer)
  }

  get timers(): number {
    return this.#timers.size
  }
}

interface Connection {
  readonly socket: Socket
  /** Requests whose answers are not through. */
  readonly open: Map<ServerResponse, IncomingMessage>
}

export class Arena {
  readonly url: string
  readonly port: number
  /** What must not have happened. */
  readonly faults: unknown[]
  readonly #server: TestServer
  readonly #clock: CountingClock
  readonly #connections = new Map<number, Connection>()

  private constructor(server: TestServer, clock: CountingClock, faults: unknown[]) {
    this.#server = server
    this.faults = faults
    this.#clock = clock
    this.url = server.url
    this.port = server.port
    this.#watch(server.server)
  }

  static async open(t: TestContext, face: Face): Promise<Arena> {
    const clock = new CountingClock()
    const faults: unknown[] = []
    catchAll(t, faults)
    const errorHandler: ErrorHandler = (socket, name, message, endpoint, _msgId, quiet, error) => {
      if (!quiet) socket?.sendPacket({ type: 'event', endpoint, name: 'error', args: [name, message] })
      if (error !== undefined && !isExpected(error.cause)) faults.push(error)
    }
    const all = { ...options, ...askings[face], clock, errorHandler }
    const server = await startServer(t, { '': Echo, '/chat': Echo }, all, face)
    return new Arena(server, clock, faults)
  }

  #watch(server: Server): void {
    server.on('connection', (socket) => {
      const port = socket.remotePort as number
      // A request that was given back comes in by its connection again.
      if (this.#connections.get(port)?.socket === socket) return
      this.#connections.set(port, { socket, open: new Map() })
      socket.once('close', () => this.#connections.delete(port))
    })
    server.on('request', (request, response) => {
      const open = this.#connections.get(request.socket.remotePort as number)?.open
      open?.set(response, request)
      response.once('close', () => open?.delete(response))
    })
  }

  /** Whether all that came from a client's port is read, and every request that has come whole is answered. */
  isAtRest(port: number, sent: number): boolean {
    const connection = this.#connections.get(port)
    if (connection === undefined) return true
    return connection.socket.bytesRead >= sent && [...connection.open.values()].every(({ complete }) => !complete)
  }

  /** Waits until nothing is left of anybody: no connection, no deadline, no member. */
  async assertDeserted(): Promise<void> {
    const nobody = { connections: 0, timers: 0, members: 0 }
    const deadline = performance.now() + patienceMs
    let left = await this.#left()
    while (!isDeepStrictEqual(left, nobody) && performance.now() < deadline) {
      await sleep(20)
      left = await this.#left()
    }
    assert.deepEqual(left, nobody)
  }

  async #left(): Promise<object> {
    const { io } = this.#server
    const members = [...(await io.of('').fetchSockets()), ...(await io.of('/chat').fetchSockets())]
    return { connections: this.#connections.size, timers: this.#clock.timers, members: members.length }
  }
}

// Both are the end of a process that does not listen. The runner, which does, would end the test and its server at once,
// and whose fault it was could not be found any more.
function catchAll(t: TestContext, faults: unknown[]): void {
  const failed = (error: unknown): void => {
    faults.push(error)
  }
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    const others = process.rawListeners(event) as ((...args: unknown[]) => void)[]
    process.removeAllListeners(event).on(event, failed)
    t.after(() => {
      process.off(event, failed)
      for (const other of others) process.on(event, other)
    })
  }
}

// Values that no wire can write: too deep for the stack of JSON.stringify(). And the bounds, of which the handler is told.
function isExpected(cause: unknown): boolean {
  if (cause instanceof Intended || cause instanceof RangeError) return true
  return cause instanceof Error && ['SIO_USAGE_ROOMS', 'SIO_USAGE_ACKS'].includes(String(Reflect.get(cause, 'code')))
}
