// Owns: a client of Socket.IO 2 to 4 on an engine.io socket, which polls, upgrades and pings by itself.
// Elsewhere: the engine that made it (server/engine-door.ts), the spelling of packets (wire/v5/packet.ts).
import type { EventEmitter } from 'node:events'
import type { Socket as EngineSocket } from 'engine.io'
import * as ws from 'ws'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { PacketDecoder, type Frame } from '../wire/v5/packet.js'
import type { Transport, TransportName, TransportOwner } from './transport.js'

/** ws has this, and its types do not: the bytes of one websocket frame. */
interface FrameMaker {
  frame(
    data: Buffer,
    options: { fin: boolean; rsv1: boolean; opcode: number; mask: boolean; readOnly: boolean },
  ): Buffer[]
}

const { Sender } = ws as unknown as { Sender: FrameMaker }
const textFrame = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: false }

/** Polling that is closed between two polls waits half a minute for one that it could tell. */
export function stopWaiting(transport: EngineSocket['transport']): void {
  const stop = Reflect.get(transport, 'shouldClose') as (() => void) | null | undefined
  stop?.()
}

// When a client changes its transport, engine.io forgets what it waits for: for the next ping of a client of version 2, for
// the pong that one of 3 or 4 still owes. A client that is lost just then would stay for good.
function watchOverUpgrade(engineSocket: EngineSocket): void {
  let isWaiting = false
  engineSocket.on('upgrading', (next: EventEmitter) => {
    // Before engine.io itself reads the packet behind the probe.
    next.prependOnceListener('packet', () => {
      isWaiting = Reflect.get(engineSocket, 'pingTimeoutTimer') !== null
    })
  })
  engineSocket.on('upgrade', () => {
    if (isWaiting) (Reflect.get(engineSocket, 'resetPingTimeout') as () => void).call(engineSocket)
  })
}

export class EngineTransport implements Transport<Frame>, DeadlineOwner {
  readonly kind = 'stream'
  readonly watchesItself = true
  readonly #engineSocket: EngineSocket
  readonly #deadlines: Deadlines
  readonly #patienceMs: number
  readonly #deadline = new Deadline(this)

  /** @param patienceMs how long reading may be paused: the client's pongs are not read meanwhile. */
  constructor(engineSocket: EngineSocket, owner: TransportOwner, deadlines: Deadlines, patienceMs: number) {
    this.#engineSocket = engineSocket
    this.#deadlines = deadlines
    this.#patienceMs = patienceMs
    const decoder = new PacketDecoder()
    engineSocket.on('data', (frame: string | Buffer) => {
      let packet
      try {
        packet = decoder.add(frame)
      } catch (error) {
        owner.reject(error as Error)
        return
      }
      if (packet !== undefined) owner.receive(packet)
    })
    watchOverUpgrade(engineSocket)
    engineSocket.on('close', (reason: string) => {
      decoder.destroy()
      stopWaiting(engineSocket.transport)
      deadlines.disarm(this.#deadline)
      owner.released(this, reason === 'ping timeout' ? 'heartbeat timeout' : 'transport close')
    })
  }

  get name(): TransportName {
    return this.#engineSocket.transport.name as TransportName
  }

  /** Between two polls nothing leaves, nor while a websocket's peer is slow. */
  get isWritable(): boolean {
    const websocket = this.#websocket
    return websocket === undefined ? this.#engineSocket.transport.writable : !(websocket.bufferedAmount > 0)
  }

  send(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const [text] = frame.parts
      if (frame.parts.length > 1 || typeof text !== 'string') {
        for (const part of frame.parts) this.#engineSocket.write(part)
      } else if (frame.sends++ === 0) this.#engineSocket.write(text)
      else {
        // Sent to many: the bytes are made once. "4" is engine.io's message; polling takes the text beside it.
        frame.prepared ??= Sender.frame(Buffer.from(`4${text}`), textFrame)
        this.#engineSocket.write(text, { wsPreEncodedFrame: frame.prepared } as object)
      }
    }
  }

  close(): void {
    this.#engineSocket.close()
  }

  // Only a websocket can be paused, and not for longer than its pongs may be late.
  pause(): void {
    this.#websocket?.pause()
    this.#deadlines.arm(this.#deadline, this.#patienceMs)
  }

  resume(): void {
    this.#deadlines.disarm(this.#deadline)
    this.#websocket?.resume()
  }

  deadlinePassed(): void {
    this.#websocket?.resume()
  }

  get #websocket(): ws.WebSocket | undefined {
    const { transport } = this.#engineSocket
    return transport.name === 'websocket' ? (Reflect.get(transport, 'socket') as ws.WebSocket) : undefined
  }
}
