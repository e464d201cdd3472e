// Owns: what a client sends and receives, on either wire.
// Elsewhere: what carries it (carriers.ts), the server's own reading and writing (wire/).
import { Decoder, Encoder, PacketType, type Packet as ParserPacket } from 'socket.io-parser'
import { decodePacket, encodePacket } from '../wire/v09/packet.js'

/** A packet, or one of the parts of a packet with bytes in it. */
export type Frame = string | Buffer

/** What a client receives. */
export type Told =
  | { readonly kind: 'connected' | 'left'; readonly endpoint: string }
  | { readonly kind: 'refused'; readonly endpoint: string; readonly message: string; readonly data: unknown }
  | { readonly kind: 'ack'; readonly id: number; readonly args: readonly unknown[] }
  | {
      readonly kind: 'event'
      readonly endpoint: string
      readonly name: string
      readonly args: readonly unknown[]
      /** There when the server asks for an ack. */
      readonly id: string | undefined
    }

/** One client's way to spell. */
export interface Speech {
  connect(endpoint: string, auth: unknown): readonly Frame[]
  leave(endpoint: string): readonly Frame[]
  event(endpoint: string, name: string, args: readonly unknown[], id?: number): readonly Frame[]
  /** What a client's `send()` says. */
  message(endpoint: string, data: unknown): readonly Frame[]
  ack(endpoint: string, id: string, args: readonly unknown[]): readonly Frame[]
  /** What a frame says; nothing where it is none of our business, or more of it is to come. */
  read(frame: Frame): Told | undefined
}

export class V09Speech implements Speech {
  connect(endpoint: string): readonly Frame[] {
    return [encodePacket({ type: 'connect', endpoint, qs: '' })]
  }

  leave(endpoint: string): readonly Frame[] {
    return [encodePacket({ type: 'disconnect', endpoint })]
  }

  event(endpoint: string, name: string, args: readonly unknown[], id?: number): readonly Frame[] {
    const asks = id === undefined ? {} : ({ id: String(id), ack: 'data' } as const)
    return [encodePacket({ type: 'event', endpoint, name, args, ...asks })]
  }

  message(endpoint: string, data: unknown): readonly Frame[] {
    if (typeof data === 'string') return [encodePacket({ type: 'message', endpoint, data })]
    return [encodePacket({ type: 'json', endpoint, data })]
  }

  ack(endpoint: string, ackId: string, args: readonly unknown[]): readonly Frame[] {
    return [encodePacket({ type: 'ack', endpoint, ackId, args })]
  }

  read(frame: Frame): Told | undefined {
    const packet = decodePacket(String(frame))
    const { endpoint, id } = packet
    switch (packet.type) {
      case 'connect':
        return { kind: 'connected', endpoint }
      case 'disconnect':
        return { kind: 'left', endpoint }
      case 'message':
      case 'json':
        return { kind: 'event', endpoint, name: 'message', args: [packet.data], id }
      case 'event':
        return { kind: 'event', endpoint, name: packet.name, args: packet.args, id }
      case 'ack':
        return { kind: 'ack', id: Number(packet.ackId), args: packet.args }
      case 'error':
        return { kind: 'refused', endpoint, message: packet.reason, data: undefined }
      default:
        return undefined
    }
  }
}

const encoder = new Encoder()

export class V4Speech implements Speech {
  readonly #decoder = new Decoder()
  #packet: ParserPacket | undefined

  constructor() {
    this.#decoder.on('decoded', (packet: ParserPacket) => {
      this.#packet = packet
    })
  }

  connect(endpoint: string, auth: unknown): readonly Frame[] {
    return this.#encode(PacketType.CONNECT, endpoint, auth)
  }

  leave(endpoint: string): readonly Frame[] {
    return this.#encode(PacketType.DISCONNECT, endpoint)
  }

  event(endpoint: string, name: string, args: readonly unknown[], id?: number): readonly Frame[] {
    return this.#encode(PacketType.EVENT, endpoint, [name, ...args], id)
  }

  message(endpoint: string, data: unknown): readonly Frame[] {
    return this.event(endpoint, 'message', [data])
  }

  ack(endpoint: string, id: string, args: readonly unknown[]): readonly Frame[] {
    return this.#encode(PacketType.ACK, endpoint, [...args], Number(id))
  }

  #encode(type: PacketType, endpoint: string, data?: unknown, id?: number): readonly Frame[] {
    const packet = { type, nsp: endpoint === '' ? '/' : endpoint, data, ...(id === undefined ? {} : { id }) }
    return encoder.encode(packet) as Frame[]
  }

  read(frame: Frame): Told | undefined {
    this.#packet = undefined
    this.#decoder.add(frame)
    // Set by the listener, within that call.
    const packet = this.#packet as ParserPacket | undefined
    return packet && toldBy(packet)
  }
}

function toldBy({ type, nsp, data, id }: ParserPacket): Told {
  const endpoint = nsp === '/' ? '' : nsp
  switch (type) {
    case PacketType.CONNECT:
      return { kind: 'connected', endpoint }
    case PacketType.DISCONNECT:
      return { kind: 'left', endpoint }
    case PacketType.CONNECT_ERROR: {
      const { message, data: more } = data as { message: string; data?: unknown }
      return { kind: 'refused', endpoint, message, data: more }
    }
    case PacketType.ACK:
    case PacketType.BINARY_ACK:
      return { kind: 'ack', id: Number(id), args: data as unknown[] }
    default: {
      const [name, ...args] = data as [string, ...unknown[]]
      return { kind: 'event', endpoint, name, args, id: id === undefined ? undefined : String(id) }
    }
  }
}
