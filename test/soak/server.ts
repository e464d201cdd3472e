// Owns: the process that is soaked: an Express app with the middleware, which says how it is when it is asked.
// Elsewhere: its clients (soak.ts). It runs with --expose-gc.
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { Adapter } from 'socket.io-adapter'
import { BaseNamespace, RoomsMixin, socketioMiddleware, type Clock, type DisconnectReason } from '../../lib/index.js'
import { Numbers, numbering, tellAll } from './numbers.js'
import { Standstill } from './standstill.js'

/** What the process says of itself. */
export interface Condition {
  readonly sockets: number
  /** Clients that are away, and may come back. */
  readonly suspended: number
  readonly namespaces: number
  /** Rooms and their members, as the adapters hold them. */
  readonly rooms: number
  readonly members: number
  /** The middleware's timers: one for each distinct duration that is waited for. */
  readonly timers: number
  /** All other timers of the process, engine.io's among them. */
  readonly otherTimers: number
  readonly connections: number
  readonly listeners: number
  /** Bytes, after the garbage was collected. */
  readonly heap: number
  readonly rss: number
  /** For how long it stood still, at most, since it was last asked; in milliseconds. */
  readonly stoodStill: number
  /** How many namespaces have begun and ended, and what came from their clients out of its order. */
  readonly begun: number
  readonly ended: number
  readonly misheard: number
  /** Who is there, when they are few: to know who has stayed. */
  readonly present: readonly string[]
  /** What errorHandler heard. */
  readonly errors: readonly string[]
}

export interface Question {
  /** Whether to take the time to collect all garbage, which nobody waits for. */
  readonly isAtRest: boolean
}

// Short, so that all ends within a run. How long silence may last is told by the run: a machine that is busy needs more.
const silenceMs = Number(process.argv[2])
// Clients that come back are those of another run.
const isRecovering = process.argv[3] === 'recovery'
const durations = {
  heartbeatInterval: 8_000,
  heartbeatTimeout: silenceMs,
  closeTimeout: silenceMs,
  pollingDuration: 6_000,
  handshakeTimeout: silenceMs,
  pingInterval: 8_000,
  pingTimeout: silenceMs,
}

const running = new Set<NodeJS.Timeout>()
const clock: Clock = {
  now: () => performance.now(),
  setTimeout(run, ms) {
    const timer = setTimeout(() => {
      running.delete(timer)
      run()
    }, ms).unref()
    running.add(timer)
    return timer
  },
  clearTimeout(timer) {
    running.delete(timer as NodeJS.Timeout)
    clearTimeout(timer as NodeJS.Timeout)
  },
}

// The default adapters are nowhere to be had, and a subclass of theirs would not be what everybody runs.
const adapters = new Set<Adapter>()
const addAll = Reflect.get(Adapter.prototype, 'addAll') as (this: Adapter, ...args: unknown[]) => unknown
Reflect.set(Adapter.prototype, 'addAll', function (this: Adapter, ...args: unknown[]) {
  adapters.add(this)
  return addAll.apply(this, args)
})

let begun = 0
let ended = 0
let misheard = 0
const errors: string[] = []
// How many messages each room has been sent.
const said = new Map<string, number>()
const chats = new Set<Chat>()

class Lobby extends BaseNamespace {
  initialize(): void {
    begun++
  }

  override recv_disconnect(reason: DisconnectReason): void {
    ended++
    super.recv_disconnect(reason)
  }
}

class Chat extends RoomsMixin(BaseNamespace) {
  told = 0
  heard = 0

  initialize(): void {
    begun++
    chats.add(this)
  }

  override recv_disconnect(reason: DisconnectReason): void {
    ended++
    chats.delete(this)
    super.recv_disconnect(reason)
  }

  /** From which number on the client is certain to hear the room. */
  async on_join(room: string): Promise<number> {
    await this.join(room)
    return (said.get(room) ?? 0) + 1
  }

  /** Up to which number it was certain to. */
  async on_leave(room: string): Promise<number> {
    const last = said.get(room) ?? 0
    await this.leave(room)
    return last
  }

  on_say(number: number, room: string, text: string): number {
    if (number !== ++this.heard) misheard++
    this.heard = number
    sayTo(room, text)
    this.tell(text)
    return number
  }

  /** All that it was told, and all that was heard of it. */
  on_bye(): number[] {
    return [this.told, this.heard]
  }

  tell(text: string): void {
    this.emit('told', ++this.told, text)
  }
}

function sayTo(room: string, text: string): void {
  const number = (said.get(room) ?? 0) + 1
  said.set(room, number)
  io.of('/chat').to(room).emit('said', room, number, text)
}

const standstill = new Standstill()
const io = socketioMiddleware(
  { '': Lobby, '/chat': Chat, '/feed': Numbers, '/other': Numbers },
  {
    ...durations,
    ...(isRecovering && { recovery: { duration: silenceMs, maxBytes: 5_000_000 }, maxBufferedPackets: 100_000 }),
    clock,
    errorHandler: (_socket, name, message) => {
      errors.push(`${name}: ${message}`)
    },
  },
)
const server = http.createServer(express().use(io))
// Longer than any client keeps a connection for its next request: else one would be closed under a request.
server.keepAliveTimeout = 600_000
server.listen(0, '127.0.0.1', 4096)
await once(server, 'listening')

// What nobody has asked for: to some, one after the other, and between two polls as well.
setInterval(() => {
  let count = 0
  for (const chat of chats) {
    if (++count > 20) break
    // The next time it is the turn of others.
    chats.delete(chat)
    chats.add(chat)
    chat.tell(`unasked ${'é😀'.repeat(count)}`)
  }
}, 200)

if (isRecovering) setInterval(tellAll, 20)

// At rest again and again, until there is nothing more to be had: finalizers let go of more, and V8 gives up code that is not
// used any more only after some rounds.
async function collect(isAtRest: boolean): Promise<void> {
  let before = Infinity
  for (let round = 1; round <= (isAtRest ? 10 : 1); round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
    const { heapUsed } = process.memoryUsage()
    if (round > 4 && heapUsed > before * 0.999) return
    before = heapUsed
  }
}

async function condition(isAtRest: boolean): Promise<Condition> {
  const stoodStill = standstill.takeLongestMs()
  await collect(isAtRest)
  const { heapUsed, rss } = process.memoryUsage()
  const connections = await new Promise<number>((resolve) => {
    server.getConnections((_error, count) => {
      resolve(count)
    })
  })
  const sizes = [...adapters].map(({ rooms, sids }) => ({ rooms: rooms.size, members: sids.size }))
  const emitters = [server, process]
  return {
    sockets: (await io.of('').local.fetchSockets()).length,
    suspended: io.stats().suspended,
    namespaces: begun - ended + numbering.size,
    rooms: sizes.reduce((sum, size) => sum + size.rooms, 0),
    members: sizes.reduce((sum, size) => sum + size.members, 0),
    timers: running.size,
    otherTimers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
    connections,
    listeners: emitters
      .flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name as never)))
      .reduce((sum, count) => sum + count, 0),
    heap: heapUsed,
    rss,
    stoodStill,
    begun,
    ended,
    misheard,
    present: [...chats].slice(0, 5).map(({ socket }) => `${socket.protocol} on ${socket.transport}`),
    errors: errors.slice(0, 10),
  }
}

process.on('message', ({ isAtRest }: Question) => {
  void condition(isAtRest).then((answer) => process.send?.(answer))
})
// The parent is gone.
process.on('disconnect', () => process.exit(1))
process.send?.({ port: (server.address() as AddressInfo).port })
