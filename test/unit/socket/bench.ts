// Owns: a virtual socket alone: its wire is the real one, its application, clock and transports are the test's.
import { Counts } from '../../../lib/socket/counts.js'
import type { DisconnectReason } from '../../../lib/socket/lifecycle.js'
import type { LinkSettings } from '../../../lib/socket/link.js'
import type { SocketOwner, SocketSettings } from '../../../lib/socket/owner.js'
import { VirtualSocket } from '../../../lib/socket/virtual-socket.js'
import { Deadlines } from '../../../lib/support/timers.js'
import type { Packet } from '../../../lib/wire/packet.js'
import { encodePacket } from '../../../lib/wire/v09/packet.js'
import { FakeClock } from '../../support/clock.js'

export interface Bench {
  readonly clock: FakeClock
  readonly socket: VirtualSocket
  /** What its application and its registry have heard, in order. */
  readonly heard: string[]
  /** What is left to do before a client that leaves may go. */
  readonly finish: () => void
  readonly message: (data: string) => Packet
}

const settings: SocketSettings = {
  counts: new Counts(),
  wire: { encode: (packet: Packet) => encodePacket(packet), sizeOf: (frame) => String(frame).length },
  heartbeatInterval: 25_000,
  heartbeatTimeout: 60_000,
  closeTimeout: 60_000,
  handshakeTimeout: 30_000,
  maxBufferedPackets: 10,
  maxBufferedBytes: 10_000,
  maxPendingAcks: 10,
}

/** Bounds of what may wait for a client, whose frames are texts or numbers. */
export function boundsOf(maxBufferedPackets: number, maxBufferedBytes = Infinity): LinkSettings {
  return { wire: settings.wire, counts: settings.counts, maxBufferedPackets, maxBufferedBytes }
}

const packetOf = (data: string): Packet => ({ type: 'message', endpoint: '', data })

/** A socket that was handshaken; `also` is called with whatever its application hears. */
export function bench(also: (heard: string, socket: VirtualSocket) => void = () => {}): Bench {
  const clock = new FakeClock()
  const heard: string[] = []
  let done: (() => void) | undefined
  const hear = (what: string): void => {
    heard.push(what)
    also(what, socket)
  }
  const owner: SocketOwner = {
    id: 'id',
    opened: () => {
      hear('opened')
    },
    isOverloaded: false,
    left: () => {},
    receive: (packet) => {
      hear(`received ${encodePacket(packet)}`)
    },
    reject: (error) => {
      hear(`rejected ${error.message}`)
    },
    finish: (callback) => {
      done = callback
      hear('finish')
    },
    closed: (reason: DisconnectReason) => {
      hear(`closed: ${reason}`)
    },
  }
  const registry = {
    opened: (sid: string) => heard.push(`${sid} in use`),
    remove: (sid: string) => heard.push(`${sid} removed`),
  }
  const socket = new VirtualSocket('SID', settings, new Deadlines(clock), registry)
  socket.belongTo(owner)
  return {
    clock,
    socket,
    heard,
    finish: () => {
      done?.()
    },
    message: packetOf,
  }
}
