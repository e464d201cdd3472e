// Owns: a client on a websocket, raw: a socket, an upgrade, and frames that all clients share.
import net, { type Socket } from 'node:net'
import { Client } from './client.js'
import { HttpConnection } from './http-connection.js'
import { clientFrame, readFrames } from './websocket-frame.js'

const frames = new Map<string, Buffer>()
const bursts = new WeakMap<readonly string[], Buffer>()

function frameOf(packet: string): Buffer {
  const made = frames.get(packet)
  if (made !== undefined) return made
  const frame = clientFrame(packet)
  frames.set(packet, frame)
  return frame
}

export class WebSocketClient extends Client {
  #socket: Socket | undefined
  #rest: Buffer | undefined
  #isOpen = false

  send(packet: string): void {
    this.#socket?.write(frameOf(packet))
  }

  sendAll(packets: readonly string[]): void {
    let burst = bursts.get(packets)
    if (burst === undefined) bursts.set(packets, (burst = Buffer.concat(packets.map(frameOf))))
    this.#socket?.write(burst)
  }

  protected connect(): void {
    if (!this.wire.hasHandshake) {
      this.#upgrade('')
      return
    }
    const handshake = new HttpConnection(this.port, (error) => {
      this.fail(error)
    })
    handshake.get(this.wire.pollingPath(), (body) => {
      handshake.destroy()
      this.#upgrade(this.wire.readSid(body))
    })
  }

  protected cut(): void {
    this.#socket?.resetAndDestroy()
  }

  #upgrade(sid: string): void {
    const socket = net.connect({ port: this.port, host: '127.0.0.1', noDelay: true })
    this.#socket = socket
    socket.on('data', (bytes: Buffer) => {
      try {
        this.#read(bytes)
      } catch (error) {
        this.fail(error as Error)
      }
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.fail(new Error('the server closed a websocket'))
    })
    socket.write(
      `GET ${this.wire.websocketPath(sid)} HTTP/1.1\r\nHost: 127.0.0.1:${this.port}\r\nUpgrade: websocket\r\n` +
        'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    )
  }

  #read(chunk: Buffer): void {
    let bytes = this.#rest === undefined ? chunk : Buffer.concat([this.#rest, chunk])
    if (!this.#isOpen) {
      const end = bytes.indexOf('\r\n\r\n')
      if (end >= 0 && bytes.toString('latin1', 9, 12) !== '101') {
        this.fail(new Error(`expected an upgrade, got ${bytes.toString('latin1', 0, end)}`))
        return
      }
      this.#isOpen = end >= 0
      if (this.#isOpen) bytes = bytes.subarray(end + 4)
      if (this.#isOpen && !this.wire.greets) this.send(this.wire.enter)
    }
    if (this.#isOpen) {
      bytes = readFrames(bytes, (packet) => {
        this.hear(packet)
      })
    }
    this.#rest = bytes.length === 0 ? undefined : bytes
  }
}
