// Owns: one packet on its way to many sockets, and the frames made of it.
// Elsewhere: who receives it (endpoint.ts and the adapter behind it).
import { quote } from '../support/errors.js'
import { logFailure } from '../support/log.js'
import { isReserved } from './event-names.js'
import type { SharedPacket, Wire } from '../transports/transport.js'
import type { EventPacket } from '../wire/packet.js'

/** What is made of a packet here, while somebody wants to know; nobody sends it to other processes. */
export const madeOf = Symbol('made of')

/**
 * What adapters send each other: a packet of socket.io-parser. They assign `nsp` and `id`, so it is made anew
 * each time.
 */
export interface AdapterPacket {
  [madeOf]?: { readonly receivers: number } | null
  type: number
  data: unknown[]
  nsp: string
  id?: number
}

/** How a broadcast is sent; adapters read these. */
export interface BroadcastFlags {
  readonly volatile?: boolean
  readonly local?: boolean
  readonly timeout?: number
}

/** Whom a broadcast is for, as adapters take it. */
export interface BroadcastOptions {
  readonly rooms: Set<string>
  readonly except: Set<string>
  readonly flags: BroadcastFlags
}

/** The number of an event in socket.io-parser. */
export const adapterEvent = 2
const adapterBinaryEvent = 5

/**
 * One event for many receivers. The adapter hands each of them this same object; each wire's frame is made at
 * most once.
 */
export class Broadcast implements SharedPacket {
  readonly type = 'shared'
  /** How many it has been made ready for. */
  receivers = 0
  readonly packet: EventPacket
  readonly #frames = new Map<Wire, unknown>()
  // There when it could not be made for a wire, which is tried once as well.
  #failures: Map<Wire, unknown> | undefined

  constructor(packet: EventPacket) {
    this.packet = packet
  }

  /** Whether it could not be encoded for some wire. */
  get hasFailed(): boolean {
    return this.#failures !== undefined
  }

  frame<Frame>(wire: Wire<Frame>): Frame {
    let frame = this.#frames.get(wire) as Frame | undefined
    if (frame === undefined) {
      if (this.#failures?.has(wire)) throw this.#failures.get(wire)
      try {
        frame = wire.encode(this.packet)
      } catch (error) {
        this.#failures ??= new Map()
        this.#failures.set(wire, error)
        throw error
      }
      this.#frames.set(wire, frame)
    }
    this.receivers++
    return frame
  }
}

/**
 * What adapters call the encoder: turns their packet into one Broadcast, which nothing has encoded yet. What
 * another process has sent may be anything: it comes to nothing unless it is an event whose name a client may
 * be sent.
 */
export const broadcastEncoder = {
  encode(packet: Partial<AdapterPacket>): [Broadcast] | [] {
    const { type, data, nsp, id } = packet
    const [name, ...args] = Array.isArray(data) ? data : []
    const isEvent = type === adapterEvent || type === adapterBinaryEvent
    if (!isEvent || typeof nsp !== 'string' || (typeof name !== 'string' && typeof name !== 'number')) return []
    if (isReserved(name)) return []
    const event = { type: 'event', endpoint: endpointName(nsp), name: String(name), args } as const
    const broadcast = new Broadcast(id === undefined ? event : { ...event, id: String(id), ack: 'data' })
    if (packet[madeOf] !== undefined) packet[madeOf] = broadcast
    return [broadcast]
  },
}

/** Adapters and newer clients call our endpoint `''` `/`. */
export function adapterName(endpoint: string): string {
  return endpoint === '' ? '/' : endpoint
}

export function endpointName(name: string): string {
  return name === '/' ? '' : name
}

const reported = new WeakSet<Broadcast>()

/** Reports, once, a broadcast that some get and others cannot be sent. */
export function reportUnsent(broadcast: Broadcast, error: unknown): void {
  if (reported.has(broadcast)) return
  reported.add(broadcast)
  logFailure(`the event ${quote(broadcast.packet.name)} could not be encoded for some of its receivers`, error)
}
