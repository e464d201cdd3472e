// Owns: a 0.9 client on a websocket: every text frame is one packet.
// Elsewhere: the upgrade (server/upgrade.ts), what is written when (transports/frame-writer.ts).
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { ProtocolError } from '../../support/errors.js'
import { decodePacket, type JsonCodec } from '../../wire/v09/packet.js'
import type { Frame } from '../../wire/v09/frame.js'
import { readDirectly, type TextOwner } from '../frame-reader.js'
import { FrameWriter } from '../frame-writer.js'
import { isTooLarge, tooLarge } from '../message-bound.js'
import { type Transport, type TransportOwner } from '../transport.js'
import { textFrame } from '../websocket-frame.js'

/** What all websockets of one middleware share. */
export interface WebsocketSettings {
  readonly json: JsonCodec
  readonly maxBufferedBytes: number
}

// A websocket knows its transport: its listeners are the same functions for all.
const key = Symbol('transport')
type OwnedWebSocket = WebSocket & { [key]: WebsocketTransport }

const open = 1

export class WebsocketTransport implements Transport<Frame>, TextOwner {
  readonly name: 'websocket' | 'flashsocket'
  readonly kind = 'stream'
  readonly #websocket: WebSocket
  readonly #writer: FrameWriter
  readonly #settings: WebsocketSettings
  readonly #owner: TransportOwner

  /** @param connection what carries the websocket: frames are written to it without a detour through ws. */
  constructor(
    name: 'websocket' | 'flashsocket',
    websocket: WebSocket,
    connection: Duplex,
    settings: WebsocketSettings,
    owner: TransportOwner,
  ) {
    this.name = name
    this.#websocket = websocket
    this.#writer = new FrameWriter(connection)
    this.#settings = settings
    this.#owner = owner
    const owned = websocket as OwnedWebSocket
    owned[key] = this
    owned.on('message', onMessage)
    owned.on('error', onError)
    owned.on('close', onClose)
    readDirectly(websocket, this)
  }

  receive(data: Buffer, isBinary: boolean): void {
    if (isBinary) {
      this.#owner.reject(new ProtocolError('SIO_PROTOCOL_PACKET', 'expected a text frame, got a binary one'))
    } else this.readText(data.toString())
  }

  readText(text: string): true {
    let packet
    try {
      packet = decodePacket(text, this.#settings.json)
    } catch (error) {
      this.#owner.reject(error as Error)
      return true
    }
    this.#owner.receive(packet, text.length)
    return true
  }

  // ws closes by itself after an error: 1009 past the bound, 1002 or 1007 for bytes that are no websocket.
  fail(error: Error): void {
    if (isTooLarge(error)) this.#owner.reject(tooLarge())
  }

  released(): void {
    this.#owner.released(this)
  }

  send(frames: readonly Frame[]): boolean {
    // Nothing follows a close frame, be it ours or the answer to the client's.
    if (this.#websocket.readyState !== open) {
      this.#writer.discard()
      return true
    }
    if (this.#writer.waitingBytes > this.#settings.maxBufferedBytes) {
      // A close frame would wait behind all the rest.
      this.#websocket.terminate()
      return false
    }
    for (const frame of frames) this.#writer.write((frame.websocket ??= textFrame(frame.text)))
    return true
  }

  close(): void {
    if (this.#websocket.readyState === open) this.#writer.flush()
    this.#websocket.close(1000)
    // Paused, it would not read the client's answer.
    this.#websocket.resume()
  }

  pause(): void {
    this.#websocket.pause()
  }

  resume(): void {
    this.#websocket.resume()
  }
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  ;(this as OwnedWebSocket)[key].receive(data, isBinary)
}

function onError(this: WebSocket, error: Error): void {
  ;(this as OwnedWebSocket)[key].fail(error)
}

function onClose(this: WebSocket): void {
  ;(this as OwnedWebSocket)[key].released()
}
