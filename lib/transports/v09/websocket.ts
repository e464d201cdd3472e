// Owns: a 0.9 client on a websocket: every text frame is one packet.
// Elsewhere: the upgrade (http/upgrade.ts), how frames are read and written (websocket-line.ts).
import type { WebSocket } from 'ws'
import { ProtocolError } from '../../support/errors.js'
import { decodePacket, type JsonCodec } from '../../wire/v09/packet.js'
import type { Frame } from '../../wire/v09/frame.js'
import { isTooLarge, tooLarge } from '../message-bound.js'
import { type Transport, type TransportOwner } from '../transport.js'
import { open, WebsocketLine, type WholeOwner } from '../websocket-line.js'

/** What all websockets of one middleware share. */
export interface WebsocketSettings {
  readonly json: JsonCodec
  readonly maxBufferedBytes: number
}

export class WebsocketTransport implements Transport<Frame>, WholeOwner {
  declare readonly kind: 'stream'
  readonly name: 'websocket' | 'flashsocket'
  protected readonly line: WebsocketLine
  readonly #settings: WebsocketSettings
  protected owner: TransportOwner

  constructor(
    name: 'websocket' | 'flashsocket',
    websocket: WebSocket,
    settings: WebsocketSettings,
    owner: TransportOwner,
  ) {
    this.name = name
    this.#settings = settings
    this.owner = owner
    this.line = new WebsocketLine(websocket, this)
    this.line.listen()
  }

  serve(owner: TransportOwner): void {
    this.owner = owner
  }

  // What the line reads.

  readText(text: string): true {
    let packet
    try {
      packet = decodePacket(text, this.#settings.json)
    } catch (error) {
      this.owner.reject(error as Error)
      return true
    }
    this.owner.receive(packet, text.length)
    return true
  }

  readBinary(): void {
    this.owner.reject(new ProtocolError('SIO_PROTOCOL_PACKET', 'expected a text frame, got a binary one'))
  }

  // ws closes by itself after an error: 1009 past the bound, 1002 or 1007 for bytes that are not a
  // websocket's.
  fail(error: Error): void {
    if (isTooLarge(error)) this.owner.reject(tooLarge())
  }

  released(): void {
    this.owner.released(this)
  }

  // Out.

  send(frames: readonly Frame[]): boolean {
    const line = this.line
    // Nothing follows a close frame, be it ours or the answer to the client's.
    if (line.websocket.readyState !== open) {
      line.discard()
      return true
    }
    if (line.waitingBytes > this.#settings.maxBufferedBytes) {
      // A close frame would wait behind all the rest.
      line.terminate()
      return false
    }
    for (const frame of frames) line.send(frame, frame.text)
    return true
  }

  close(): void {
    this.line.close()
  }

  pause(): void {
    this.line.pause()
  }

  resume(): void {
    this.line.resume()
  }
}

// Asked for each packet and each client: neither a field of all of them nor a call (bench: broadcast, memory).
Object.assign(WebsocketTransport.prototype, { kind: 'stream' })
