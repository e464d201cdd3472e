// Owns: a 0.9 client on a websocket: every text frame is one packet.
// Elsewhere: the upgrade (server/upgrades.ts).
import type { WebSocket } from 'ws'
import { ProtocolError } from '../../support/errors.js'
import { decodePacket, type JsonCodec } from '../../wire/v09/packet.js'
import { isTooLarge, tooLarge } from '../message-bound.js'
import type { Transport, TransportOwner } from '../transport.js'

export class WebsocketTransport implements Transport<string> {
  readonly name: 'websocket' | 'flashsocket'
  readonly kind = 'stream'
  readonly #websocket: WebSocket

  constructor(name: 'websocket' | 'flashsocket', websocket: WebSocket, json: JsonCodec, owner: TransportOwner) {
    this.name = name
    this.#websocket = websocket
    websocket.on('message', (data: Buffer, isBinary: boolean) => {
      let packet
      try {
        if (isBinary) throw new ProtocolError('SIO_PROTOCOL_PACKET', 'expected a text frame, got a binary one')
        packet = decodePacket(data.toString(), json)
      } catch (error) {
        owner.reject(error as Error)
        return
      }
      owner.receive(packet)
    })
    // ws closes by itself after an error: 1009 past the bound, 1002 or 1007 for bytes that are no websocket.
    websocket.on('error', (error) => {
      if (isTooLarge(error)) owner.reject(tooLarge())
    })
    websocket.on('close', () => {
      owner.released(this)
    })
  }

  send(frames: readonly string[]): void {
    for (const frame of frames) this.#websocket.send(frame, ignoreLoss)
  }

  close(): void {
    this.#websocket.close(1000)
  }

  pause(): void {
    this.#websocket.pause()
  }

  resume(): void {
    this.#websocket.resume()
  }
}

// Without a callback, ws reports a write to a connection that is just being lost as an 'error'; 'close' follows anyway.
function ignoreLoss(): void {}
