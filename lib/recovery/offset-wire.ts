// Owns: the wire of clients of Socket.IO 3 and 4 where connections are resumed: every event ends in an
// offset.
// Elsewhere: the offsets themselves (wire/v5/offsets.ts), what is kept of a frame (keeping-wire.ts).
import type { Wire } from '../transports/transport.js'
import type { Packet } from '../wire/packet.js'
import type { Offsets } from '../wire/v5/offsets.js'
import { Frame } from '../wire/v5/packet.js'
import { KeepingWire } from './keeping-wire.js'
import type { KeptFrame } from './kept-frame.js'

/**
 * A broadcast is encoded once for all clients of this wire, and so has one offset. An event that asks for an
 * ack has none: its last argument is a function at the client, which keeps no offset of it.
 */
export class OffsetWire extends KeepingWire<Frame> {
  readonly #offsetsOf: (endpoint: string) => Offsets | undefined

  /** @param offsetsOf the offsets of an endpoint, if there is one of that name. */
  constructor(wire: Wire<Frame>, offsetsOf: (endpoint: string) => Offsets | undefined) {
    super(wire)
    this.#offsetsOf = offsetsOf
  }

  protected override make(packet: Packet, isVolatile: boolean): KeptFrame {
    const frame = this.wire.encode(packet)
    const { endpoint, type, id } = packet
    const isCounted = id === undefined && (type === 'event' || type === 'message' || type === 'json')
    const offsets = isCounted ? this.#offsetsOf(endpoint) : undefined
    if (offsets === undefined) return this.keep(packet, frame, isVolatile)
    // Counted when nothing of the application's runs any more: its toJSON() may send an event of its own,
    // which goes out first.
    const number = offsets.next()
    return this.keep(packet, withOffset(frame, offsets.write(number)), isVolatile, number)
  }
}

// The text ends in the bracket of the arguments.
function withOffset({ parts: [text, ...attachments] }: Frame, offset: string): Frame {
  return new Frame([`${String(text).slice(0, -1)},"${offset}"]`, ...attachments])
}
