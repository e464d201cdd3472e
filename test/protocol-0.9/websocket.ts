// Owns: a websocket, byte by byte (RFC 6455): the upgrade, frames in both directions.
import { createHash, randomBytes } from 'node:crypto'
import net from 'node:net'
import { Queue, within } from './queue.js'

/** One frame of the server's. */
export interface Frame {
  readonly opcode: number
  readonly isFinal: boolean
  readonly isMasked: boolean
  readonly payload: Buffer
}

/** A frame as a client writes it: masked. */
export function clientFrame(payload: string | Buffer, opcode = 1, isFinal = true): Buffer {
  const bytes = Buffer.from(payload as string)
  const mask = randomBytes(4)
  const length = bytes.length < 126 ? 6 : bytes.length < 0x1_0000 ? 8 : 14
  const head = Buffer.alloc(length)
  head[0] = (isFinal ? 0x80 : 0) | opcode
  if (length === 6) head[1] = 0x80 | bytes.length
  else if (length === 8) {
    head[1] = 0x80 | 126
    head.writeUInt16BE(bytes.length, 2)
  } else {
    head[1] = 0x80 | 127
    head.writeBigUInt64BE(BigInt(bytes.length), 2)
  }
  mask.copy(head, length - 4)
  return Buffer.concat([head, bytes.map((byte, at) => byte ^ (mask[at % 4] as number))])
}

/** What a server has to answer to a key. */
export function acceptanceOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
}

/** A connection on which an upgrade was asked for. */
export class RawWebsocket {
  readonly key = randomBytes(16).toString('base64')
  /** Everything until the blank line. */
  readonly head: Promise<string>
  readonly frames = new Queue<Frame>('a frame')
  readonly connection: net.Socket
  #bytes: Buffer = Buffer.alloc(0)
  #isOpen = false

  constructor(url: URL, path: string, headers: Readonly<Record<string, string>> = {}, early: Buffer = Buffer.alloc(0)) {
    this.connection = net.connect(Number(url.port || 80), url.hostname)
    this.connection.setNoDelay()
    const lines = Object.entries({
      Host: url.host,
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Key': this.key,
      'Sec-WebSocket-Version': '13',
      ...headers,
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    this.connection.write(Buffer.concat([Buffer.from(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`), early]))
    this.connection.on('error', () => {})
    const head = new Promise<string>((resolve, reject) => {
      this.connection.on('data', (chunk) => {
        this.#bytes = Buffer.concat([this.#bytes, chunk])
        const end = this.#isOpen ? -1 : this.#bytes.indexOf('\r\n\r\n')
        if (end >= 0) {
          this.#isOpen = true
          resolve(this.#bytes.toString('latin1', 0, end))
          this.#bytes = this.#bytes.subarray(end + 4)
        }
        if (this.#isOpen) this.#readFrames()
      })
      this.connection.on('close', () => {
        this.frames.end()
        reject(new Error('expected an answer to an upgrade, got the end of the connection'))
      })
    })
    this.head = within('an answer to an upgrade', head)
    this.head.catch(() => {})
  }

  write(bytes: Buffer): void {
    this.connection.write(bytes)
  }

  /** The next frame; those that are pings are answered with the pong that they ask for. */
  async next(patience?: number): Promise<Frame> {
    for (;;) {
      const frame = await this.frames.next(patience)
      if (frame.opcode !== 9) return frame
      this.write(clientFrame(frame.payload, 10))
    }
  }

  #readFrames(): void {
    for (;;) {
      const bytes = this.#bytes
      if (bytes.length < 2) return
      const [first, second] = bytes as unknown as [number, number]
      let at = 2
      let length = second & 0x7f
      if (length === 126) {
        if (bytes.length < 4) return
        length = bytes.readUInt16BE(2)
        at = 4
      } else if (length === 127) {
        if (bytes.length < 10) return
        length = Number(bytes.readBigUInt64BE(2))
        at = 10
      }
      const isMasked = (second & 0x80) !== 0
      if (isMasked) at += 4
      if (bytes.length < at + length) return
      this.#bytes = bytes.subarray(at + length)
      const payload = Buffer.from(bytes.subarray(at, at + length))
      this.frames.push({ opcode: first & 0x0f, isFinal: (first & 0x80) !== 0, isMasked, payload })
    }
  }
}
