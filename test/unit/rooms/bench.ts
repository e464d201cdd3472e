// Owns: members of one endpoint on streams in memory, and counts of what a broadcast costs.
import { stages, type State } from '../../../lib/clients/instance-life.js'
import { makeAdapter } from '../../../lib/rooms/adapter.js'
import { Backplane } from '../../../lib/rooms/backplane.js'
import { Endpoint, type AdapterFactory } from '../../../lib/rooms/endpoint.js'
import { Counts } from '../../../lib/socket/counts.js'
import { Member, type MemberOwner } from '../../../lib/rooms/member.js'
import { VirtualSocket } from '../../../lib/socket/virtual-socket.js'
import { Deadlines } from '../../../lib/support/timers.js'
import type { Wire } from '../../../lib/transports/transport.js'
import type { Packet } from '../../../lib/wire/packet.js'
import { encodePacket } from '../../../lib/wire/v09/packet.js'
import { FakeClock } from '../../support/clock.js'
import { MemoryStream } from '../../support/memory-transport.js'

export interface Client {
  readonly member: Member
  readonly socket: VirtualSocket
  /** What it was sent. */
  readonly sent: readonly string[]
  /** What its owner was asked for. */
  readonly asked: string[]
  /** Puts its owner at a stage of its life, where it has a namespace if it is open. */
  readonly be: (state: State) => void
  /** Opens it, and sends what was held behind a confirmation, if there is one. */
  readonly open: (confirmation?: Packet) => void
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

export interface Hall {
  readonly endpoint: Endpoint
  readonly clock: FakeClock
  /** Failures of the adapter that were reported. */
  readonly failures: unknown[]
  /** Failures of the application that were reported. */
  readonly reports: string[]
  /** How many packets the wire has encoded. */
  readonly encoded: () => number
  /** Brings one in, not yet confirmed. */
  readonly bring: (id: string) => Client
  /** Brings one in for good. */
  readonly seat: (id: string) => Client
}

const handshake = { url: '/socket.io/1/', query: {}, headers: {} } as MemberOwner['handshake']

interface HallOptions {
  readonly maxRoomsPerSocket?: number
  readonly maxHeldPackets?: number
  readonly adapter?: AdapterFactory
}

export function hall(
  name = '/hall',
  { maxRoomsPerSocket = 1000, maxHeldPackets = 1000, adapter }: HallOptions = {},
): Hall {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  const failures: unknown[] = []
  const reports: string[] = []
  let encoded = 0
  const wire: Wire = {
    encode: (packet: Packet) => {
      encoded++
      return encodePacket(packet)
    },
    sizeOf: (frame) => String(frame).length,
  }
  const settings = {
    wire,
    counts: new Counts(),
    heartbeatInterval: 25_000,
    heartbeatTimeout: 60_000,
    closeTimeout: 60_000,
    handshakeTimeout: 30_000,
    maxBufferedPackets: 1000,
    maxBufferedBytes: 100_000,
    maxPendingAcks: 1000,
  }
  const backplane = new Backplane(deadlines, (error) => failures.push(error))
  const endpoint = new Endpoint(name, {
    maxRoomsPerSocket,
    maxHeldPackets,
    ackTimeout: 60_000,
    deadlines,
    countsOf: (declared) => settings.counts.ofNamespace(declared),
    makeAdapter: (made) => makeAdapter(made, adapter, backplane),
    backplane,
  })
  const bring = (id: string): Client => {
    const socket = new VirtualSocket(id, settings, deadlines, { opened() {}, remove() {} })
    const asked: string[] = []
    socket.belongTo({
      id: 'id',
      opened() {},
      receive() {},
      reject() {},
      left() {},
      isOverloaded: false,
      finish() {},
      closed: (reason) => asked.push(reason),
    })
    const stream = new MemoryStream(socket)
    socket.attach(stream)
    const owner: Mutable<MemberOwner> = {
      handshake,
      socket: {},
      standing: stages.connecting,
      namespace: undefined,
      calls: { report: (reported, message) => void reports.push(`${reported}: ${message}`) },
      activity: () => undefined,
      holds: () => true,
      kick: (closeSocket) => asked.push(`disconnect, socket too: ${closeSocket}`),
    }
    const member = new Member(id, socket, endpoint, owner)
    const be = (state: State): void => {
      owner.standing = stages[state]
      if (state === 'open') owner.namespace = { of: id }
      if (state === 'ending') member.forget()
    }
    const open = (confirmation?: Packet): void => {
      be('open')
      member.confirm(confirmation)
    }
    return { member, socket, sent: stream.sent, asked, be, open }
  }
  return {
    endpoint,
    clock,
    failures,
    reports,
    encoded: () => encoded,
    bring,
    seat: (id) => {
      const client = bring(id)
      client.open()
      return client
    },
  }
}
