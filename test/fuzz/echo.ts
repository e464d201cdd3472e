// Owns: the application under attack: handlers that send on what they get, bounds that are soon passed.
// Elsewhere: its server (arena.ts).
import { setTimeout as sleep } from 'node:timers/promises'
import { BaseNamespace, BroadcastMixin, RoomsMixin, type Options } from '../../lib/index.js'
import type { EventPacket } from '../../lib/wire/packet.js'
import type { Face } from '../support/server.js'

/** What the application throws on purpose; all else that a handler throws is a fault. */
class Intended extends Error {}

const own = new Set(['echo', 'tell', 'ask', 'slow', 'many', 'enter', 'kick', 'fail'])

/** Sends what comes to everyone in the room and back as the ack: strange values leave again, on every wire. */
export class Echo extends RoomsMixin(BroadcastMixin(BaseNamespace)) {
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

/**
 * Bounds that a small input passes, and times that a short run sees the end of; long enough for a client on a machine that
 * has much else to do.
 */
const bounds: Options = {
  maxHttpBufferSize: 20_000,
  maxPacketsPerPayload: 50,
  maxQueuedEvents: 8,
  maxRoomsPerSocket: 6,
  maxNamespacesPerSocket: 2,
  maxPendingAcks: 6,
  pollingDuration: 100,
  closeTimeout: 6_000,
  heartbeatInterval: 1_000,
  heartbeatTimeout: 6_000,
  handshakeTimeout: 2_000,
  pingInterval: 1_000,
  pingTimeout: 6_000,
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

export function optionsOf(face: Face): Options {
  return { ...bounds, ...askings[face] }
}

/**
 * Whether a handler may have thrown this: for a value too deep for the stack of JSON.stringify(), which no wire can write,
 * or at a bound, of which it is told so.
 */
export function isExpected(cause: unknown): boolean {
  if (cause instanceof Intended || cause instanceof RangeError) return true
  return cause instanceof Error && ['SIO_USAGE_ROOMS', 'SIO_USAGE_ACKS'].includes(String(Reflect.get(cause, 'code')))
}
