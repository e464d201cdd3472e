// Owns: how packets become frames that can be kept, for clients that may come back.
// Elsewhere: the wires themselves (wire/), what is kept (ring.ts).
import type { SharedPacket, Wire } from '../transports/transport.js'
import type { Packet, PacketType } from '../wire/packet.js'
import type { KeptFrame, KeptKind } from './kept-frame.js'

const kinds: Readonly<Record<PacketType, KeptKind>> = {
  event: 'counted',
  message: 'counted',
  json: 'counted',
  ack: 'counted',
  disconnect: 'control',
  connect: 'passing',
  error: 'passing',
  noop: 'passing',
  heartbeat: 'heartbeat',
}

/** The wire for clients that may come back, or the wire itself where they may not. */
export function keeping(recovery: object | undefined, wire: Wire): Wire {
  return recovery === undefined ? wire : new KeepingWire(wire)
}

/** Dresses a wire: a virtual socket uses it as any other, and a broadcast is encoded once for it as well. */
export class KeepingWire<Frame = unknown> implements Wire<KeptFrame> {
  /** The same for what is sent volatile. It is a wire of its own, so that a broadcast keeps both apart. */
  readonly volatile: Wire<KeptFrame>
  protected readonly wire: Wire<Frame>

  constructor(wire: Wire<Frame>) {
    this.wire = wire
    const sizeOf = ({ size }: KeptFrame): number => size
    this.volatile = { encode: (packet) => this.make(packet, true), sizeOf }
  }

  encode(packet: Packet): KeptFrame {
    return this.make(packet, false)
  }

  sizeOf({ size }: KeptFrame): number {
    return size
  }

  /** @throws whatever the wire throws. */
  protected make(packet: Packet, isVolatile: boolean): KeptFrame {
    return this.keep(packet, this.wire.encode(packet), isVolatile)
  }

  protected keep(packet: Packet, frame: Frame, isVolatile: boolean, n?: number): KeptFrame {
    const { type, endpoint } = packet
    const asks = type !== 'ack' && packet.id !== undefined
    return { frame, kind: kinds[type], endpoint, size: this.wire.sizeOf(frame), asks, isVolatile, n }
  }
}

/** A frame that is made, as a packet that can be sent. */
export function ready(kept: KeptFrame): SharedPacket {
  return { type: 'shared', frame: () => kept as never }
}
