// Owns: how a packet is spelled for Socket.IO 2 (protocol revision 4) and for 3 and 4 (revision 5).
// Elsewhere: the spelling itself (socket.io-parser), what carries it (transports/engine.ts).
import { Decoder, Encoder, PacketType, type Packet as ParserPacket } from 'socket.io-parser'
import { ProtocolError } from '../../support/errors.js'
import { checkJsonDepth, levelLength } from '../json-depth.js'
import type { ConnectPacket, ErrorPacket, Packet } from '../packet.js'

/** The revision of the Socket.IO protocol: 4 is spoken by clients of version 2, 5 by those of 3 and 4. */
export type Revision = 4 | 5

/**
 * One encoded packet: a text, and one buffer for each of its attachments. The same object for every receiver.
 */
export class Frame {
  // Declared, and set by the constructor: fields would cost a call more for each frame (bench: echo).
  declare readonly parts: readonly (string | Buffer)[]
  /** As the bytes of a websocket frame, once a transport has made them (bench: broadcast). */
  declare websocket: string | undefined
  /** What it weighs while it waits, in bytes; a character of text counts as one. Read for each receiver. */
  declare readonly size: number

  constructor(parts: readonly (string | Buffer)[]) {
    this.parts = parts
    this.websocket = undefined
    let size = 0
    for (const { length } of parts) size += length
    this.size = size
  }
}

const encoder = new Encoder()
const noArgs: readonly unknown[] = Object.freeze([])

/** Writes one packet. What `send()` sends in 0.9 is the event `message` here. Heartbeats are engine.io's. */
export function encodePacket(packet: Packet, revision: Revision): Frame {
  const parts: unknown[] = encoder.encode(parserPacket(packet, revision))
  // The first one is the text, and most often alone (bench: echo).
  return new Frame(parts.length === 1 ? (parts as [string]) : parts.map(taken))
}

// Attachments are whatever the application has put into its arguments: buffers, other views, ArrayBuffers.
// What is sent is what was there when it was sent: the application may change a buffer afterwards, or give it
// to a worker.
function taken(part: unknown): string | Buffer {
  if (typeof part === 'string') return part
  if (part instanceof Blob)
    throw new TypeError('expected buffers or views, got a Blob: send what its arrayBuffer() resolves to')
  if (ArrayBuffer.isView(part)) return Buffer.from(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  return Buffer.from(new Uint8Array(part as ArrayBuffer))
}

function parserPacket(packet: Packet, revision: Revision): ParserPacket {
  const nsp = packet.endpoint === '' ? '/' : packet.endpoint
  const id = packet.id === undefined ? {} : { id: Number(packet.id) }
  switch (packet.type) {
    case 'connect':
      return { type: PacketType.CONNECT, nsp, data: revision === 5 ? confirmation(packet) : undefined }
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

function confirmation({ sid, pid }: ConnectPacket): object {
  return pid === undefined ? { sid } : { sid, pid }
}

// Revision 4 has one value here, a text or whatever the application gave.
function refusal({ message = 'unauthorized', data }: ErrorPacket, revision: Revision): unknown {
  // JSON has no word for these.
  const isSent = data !== undefined && typeof data !== 'function' && typeof data !== 'symbol'
  if (revision === 4) return isSent ? (data ?? message) : message
  return isSent ? { message, data } : { message }
}

// A decoder emits a packet while it reads the frame that completes it.
let decoded: ParserPacket | undefined

function newDecoder(maxAttachments: number): Decoder {
  const decoder = new Decoder({ maxAttachments })
  decoder.on('decoded', (packet: ParserPacket) => {
    decoded = packet
  })
  return decoder
}

// A packet without attachments leaves nothing behind: one decoder reads those of all clients.
const plainDecoder = newDecoder(0)
const binaryEvent = String(PacketType.BINARY_EVENT)
const binaryAck = String(PacketType.BINARY_ACK)

/** What one packet may be at most. */
export interface PacketBounds {
  readonly maxJsonDepth: number
  readonly maxAttachments: number
}

// Type, number of attachments, namespace, id: what stands before the JSON, where a namespace may hold any
// character.
const head = /^(?:[56][^-]*-|\d)(?:\/[^,]*,?)?\d*/
const attachments = /^.(\d+)-/

/** Reads packets from frames: a text, followed by its attachments. */
export class PacketDecoder {
  readonly #bounds: PacketBounds
  // Made for the first packet with attachments.
  #decoder: Decoder | undefined
  #isCollecting = false

  constructor(bounds: PacketBounds) {
    this.#bounds = bounds
  }

  /**
   * Takes one frame: the packet that it completes, or undefined while attachments are due.
   * @throws ProtocolError SIO_PROTOCOL_PACKET when it is not a packet, or not an attachment where one is due;
   *   SIO_PROTOCOL_LIMIT past a bound.
   */
  add(frame: string | Buffer): Packet | undefined {
    decoded = undefined
    const isText = typeof frame === 'string'
    const hasAttachments = isText && (frame[0] === binaryEvent || frame[0] === binaryAck)
    if (isText && frame.length > levelLength * this.#bounds.maxJsonDepth) this.#checkDepth(frame)
    if (hasAttachments) this.#checkAttachments(frame)
    const isPlain = isText && !hasAttachments && !this.#isCollecting
    const decoder = isPlain ? plainDecoder : (this.#decoder ??= newDecoder(this.#bounds.maxAttachments))
    try {
      decoder.add(frame)
    } catch (cause) {
      throw new ProtocolError('SIO_PROTOCOL_PACKET', `expected a packet: ${(cause as Error).message}`, { cause })
    }
    // Set by the listener, which the decoder calls while it adds.
    const packet = decoded as ParserPacket | undefined
    this.#isCollecting = packet === undefined
    return packet && packetOf(packet)
  }

  #checkDepth(frame: string): void {
    checkJsonDepth(frame, this.#bounds.maxJsonDepth, head.exec(frame)?.[0].length)
  }

  #checkAttachments(frame: string): void {
    const { maxAttachments } = this.#bounds
    if (Number(attachments.exec(frame)?.[1] ?? 0) > maxAttachments) {
      throw new ProtocolError('SIO_PROTOCOL_LIMIT', `expected at most ${maxAttachments} attachments (maxAttachments)`)
    }
  }

  destroy(): void {
    this.#decoder?.destroy()
    this.#isCollecting = false
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
