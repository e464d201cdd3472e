// Owns: how a packet is spelled for Socket.IO 2 (protocol revision 4) and for 3 and 4 (revision 5).
// Elsewhere: the spelling itself (socket.io-parser), what carries it (transports/engine.ts).
import { Decoder, Encoder, PacketType, type Packet as ParserPacket } from 'socket.io-parser'
import { ProtocolError } from '../../support/errors.js'
import type { ErrorPacket, Packet } from '../packet.js'

/** The revision of the Socket.IO protocol: 4 is spoken by clients of version 2, 5 by those of 3 and 4. */
export type Revision = 4 | 5

/** One encoded packet: a text, and one buffer for each of its attachments. The same object for every receiver. */
export interface Frame {
  readonly parts: readonly (string | Buffer)[]
  /** How often it has been sent; what is sent to many is worth being prepared. */
  sends: number
  /** The bytes of the websocket frame, once prepared; the transport's business. */
  prepared?: readonly Buffer[]
}

const encoder = new Encoder()
const noArgs: readonly unknown[] = Object.freeze([])

/** Writes one packet. What `send()` sends in 0.9 is the event `message` here. Heartbeats are engine.io's. */
export function encodePacket(packet: Packet, revision: Revision): Frame {
  return { parts: encoder.encode(parserPacket(packet, revision)) as (string | Buffer)[], sends: 0 }
}

function parserPacket(packet: Packet, revision: Revision): ParserPacket {
  const nsp = packet.endpoint === '' ? '/' : packet.endpoint
  const id = packet.id === undefined ? {} : { id: Number(packet.id) }
  switch (packet.type) {
    case 'connect':
      return { type: PacketType.CONNECT, nsp, data: revision === 5 ? { sid: packet.sid } : undefined }
    case 'disconnect':
      return { type: PacketType.DISCONNECT, nsp }
    case 'message':
    case 'json':
      return { type: PacketType.EVENT, nsp, ...id, data: ['message', packet.data] }
    case 'event':
      return { type: PacketType.EVENT, nsp, ...id, data: [packet.name, ...packet.args] }
    case 'ack':
      return { type: PacketType.ACK, nsp, id: Number(packet.ackId), data: [...packet.args] }
    case 'error':
      return { type: PacketType.CONNECT_ERROR, nsp, data: refusal(packet, revision) }
    case 'heartbeat':
    case 'noop':
      throw new ProtocolError('SIO_PROTOCOL_PACKET', `expected a packet of Socket.IO 2 to 4, got a ${packet.type}`)
  }
}

// Revision 4 has one value here, a text or whatever the application gave.
function refusal({ message = 'unauthorized', data }: ErrorPacket, revision: Revision): unknown {
  if (revision === 4) return data ?? message
  return data === undefined ? { message } : { message, data }
}

/** Reads packets from frames: a text, followed by its attachments. */
export class PacketDecoder {
  readonly #decoder = new Decoder()
  #decoded: ParserPacket | undefined

  constructor() {
    this.#decoder.on('decoded', (packet: ParserPacket) => {
      this.#decoded = packet
    })
  }

  /**
   * Takes one frame: the packet that it completes, or undefined while attachments are due.
   * @throws ProtocolError SIO_PROTOCOL_PACKET when it is no packet, or no attachment where one is due.
   */
  add(frame: string | Buffer): Packet | undefined {
    this.#decoded = undefined
    try {
      this.#decoder.add(frame)
    } catch (cause) {
      throw new ProtocolError('SIO_PROTOCOL_PACKET', `expected a packet: ${(cause as Error).message}`, { cause })
    }
    // Set by the listener, which the decoder calls while it adds.
    const decoded = this.#decoded as ParserPacket | undefined
    return decoded && packetOf(decoded)
  }

  destroy(): void {
    this.#decoder.destroy()
  }
}

function packetOf({ type, nsp, id, data }: ParserPacket): Packet {
  // The parser makes a number of whatever digits came: past this, the ack would go out under another id.
  if (id !== undefined && !Number.isSafeInteger(id)) {
    throw new ProtocolError('SIO_PROTOCOL_PACKET', `expected an id up to ${Number.MAX_SAFE_INTEGER}, got ${id}`)
  }
  // Clients of version 2 put the query of a namespace behind its name.
  const at = nsp.indexOf('?')
  const name = at < 0 ? nsp : nsp.slice(0, at)
  const endpoint = name === '/' ? '' : name
  const address = id === undefined ? { endpoint } : ({ endpoint, id: String(id), ack: 'data' } as const)
  const list: readonly unknown[] = Array.isArray(data) ? data : noArgs
  switch (type) {
    case PacketType.CONNECT:
      return { type: 'connect', endpoint, qs: at < 0 ? '' : nsp.slice(at), auth: data as unknown }
    case PacketType.DISCONNECT:
      return { type: 'disconnect', endpoint }
    case PacketType.EVENT:
      // The parser looks at the payload only when there is one.
      if (list === noArgs) throw new ProtocolError('SIO_PROTOCOL_PACKET', 'expected an event with a payload, got none')
      return { type: 'event', ...address, name: typeof list[0] === 'string' ? list[0] : '', args: list.slice(1) }
    case PacketType.ACK:
      if (id === undefined) throw new ProtocolError('SIO_PROTOCOL_PACKET', 'expected an ack with an id, got none')
      return { type: 'ack', endpoint, ackId: String(id), args: list }
    default:
      throw new ProtocolError('SIO_PROTOCOL_PACKET', `expected a packet that clients send, got type ${type}`)
  }
}
