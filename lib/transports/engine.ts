// Owns: a client of Socket.IO 2 to 4 on an engine.io socket, which polls, upgrades and pings by itself.
// Elsewhere: the engine that made it (server/engine-door.ts), the spelling of packets (wire/v5/packet.ts), what is
// written when (frame-writer.ts).
import type { Socket as EngineSocket } from 'engine.io'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { isTooLarge, tooLarge } from './message-bound.js'
import { PacketDecoder, type Frame, type PacketBounds } from '../wire/v5/packet.js'
import { boundPayloads, stopWaiting, watchOverUpgrade } from './engine-polling.js'
import { readDirectly, type TextOwner } from './frame-reader.js'
import { FrameWriter } from './frame-writer.js'
import { tellOfOtherParser } from './other-parser.js'
import { tooMuchWaits, type Transport, type TransportName, type TransportOwner } from './transport.js'
import { textFrame } from './websocket-frame.js'

/** What all sockets of one middleware share. */
export interface EngineSettings extends PacketBounds {
  readonly maxPacketsPerPayload: number
  readonly maxBufferedPackets: number
  readonly maxBufferedBytes: number
  /** How long reading may be paused, in milliseconds: the client's pongs are not read meanwhile. */
  readonly pausePatience: number
}

/** What of an engine.io socket its types keep to themselves. */
type OpenEngineSocket = Omit<
  EngineSocket,
  'writeBuffer' | 'pingTimeoutTimer' | 'hasRefreshedPingTimeout' | 'onPacket'
> & {
  readonly writeBuffer: readonly unknown[]
  /** There while a client of 3 or 4 owes a pong. Until then the first packet of any kind puts it off, once. */
  readonly pingTimeoutTimer: object | null
  readonly hasRefreshedPingTimeout: boolean
  /** What it does with a packet that its transport has read. */
  onPacket(packet: { readonly type: string }): void
  [key]: EngineTransport
}

// A socket of engine.io knows its transport here: its listeners are the same functions for all.
const key = Symbol('transport')
type OwnedWebSocket = WebSocket & { [key]: EngineTransport }

/** "4", with which engine.io begins a message. */
const message = 0x34
const pong = Object.freeze({ type: 'pong' })

export class EngineTransport implements Transport<Frame>, DeadlineOwner, TextOwner {
  readonly kind = 'stream'
  readonly watchesItself = true
  readonly #engineSocket: OpenEngineSocket
  readonly #owner: TransportOwner
  readonly #deadlines: Deadlines
  readonly #settings: EngineSettings
  readonly #decoder: PacketDecoder
  #deadline: Deadline | undefined
  #websocket: WebSocket | undefined
  /** There while frames can go to the websocket without engine.io's detour. */
  #writer: FrameWriter | undefined
  // What engine.io keeps until it has a poll, or until its websocket has drained.
  #keptBytes = 0
  #isOverfull = false
  // Of a packet whose attachments are still due.
  #receivedBytes = 0

  constructor(engineSocket: EngineSocket, owner: TransportOwner, deadlines: Deadlines, settings: EngineSettings) {
    const open = engineSocket as unknown as OpenEngineSocket
    this.#engineSocket = open
    this.#owner = owner
    this.#deadlines = deadlines
    this.#settings = settings
    this.#decoder = new PacketDecoder(settings)
    open[key] = this
    open.on('data', onData)
    open.on('flush', onFlush)
    open.on('heartbeat', onHeartbeat)
    open.on('upgrade', onUpgrade)
    open.on('close', onClose)
    if (engineSocket.transport.name === 'websocket') this.#takeWebsocket()
    else {
      boundPayloads(engineSocket, owner, settings.maxPacketsPerPayload)
      watchOverUpgrade(engineSocket)
    }
  }

  get name(): TransportName {
    return this.#engineSocket.transport.name as TransportName
  }

  /** Between two polls nothing leaves, nor while a websocket's peer is slow. */
  get isWritable(): boolean {
    return this.#websocket === undefined ? this.#engineSocket.transport.writable : !(this.#websocket.bufferedAmount > 0)
  }

  // What engine.io reports.

  receive(frame: string | Buffer): void {
    let packet
    try {
      packet = this.#decoder.add(frame)
    } catch (error) {
      tellOfOtherParser(frame)
      this.#owner.reject(error as Error)
      return
    }
    const bytes = this.#receivedBytes + frame.length
    this.#receivedBytes = packet === undefined ? bytes : 0
    if (packet !== undefined) this.#owner.receive(packet, bytes)
  }

  /** A message or a pong, straight from engine.io's websocket; what else it has to know of is left to it. */
  readText(text: string): boolean {
    const { readyState, protocol, pingTimeoutTimer, hasRefreshedPingTimeout } = this.#engineSocket
    if (readyState !== 'open') return false
    if (text === '3') {
      this.#engineSocket.onPacket(pong)
      return true
    }
    if (text.charCodeAt(0) !== message) return false
    if (protocol !== 3 && pingTimeoutTimer !== null && !hasRefreshedPingTimeout) return false
    this.receive(text.slice(1))
    return true
  }

  fail(error: Error): void {
    if (isTooLarge(error)) this.#owner.reject(tooLarge())
  }

  flushed(): void {
    this.#keptBytes = 0
  }

  /** It answers the pings of a client of 2 by itself, whether that reads the answers or not. */
  answered(): void {
    if (this.#engineSocket.writeBuffer.length <= this.#settings.maxBufferedPackets) return
    this.#isOverfull = true
    this.#owner.reject(tooMuchWaits(this.#settings.maxBufferedBytes))
  }

  upgraded(): void {
    this.#takeWebsocket()
  }

  closed(reason: string): void {
    this.#decoder.destroy()
    stopWaiting(this.#engineSocket.transport)
    if (this.#deadline !== undefined) this.#deadlines.disarm(this.#deadline)
    this.#owner.released(this, reason === 'ping timeout' ? 'heartbeat timeout' : 'transport close')
  }

  // Compressed frames are ws's business, and another websocket engine's are its own.
  #takeWebsocket(): void {
    const websocket = Reflect.get(this.#engineSocket.transport, 'socket') as WebSocket
    this.#websocket = websocket
    // ws closes with 1009 by itself. What engine.io makes of its error tells no reason, so it is heard first.
    const owned = websocket as OwnedWebSocket
    owned[key] = this
    owned.prependListener('error', onError)
    const connection: unknown = Reflect.get(websocket, '_socket')
    if (connection instanceof Object && websocket.extensions === '')
      this.#writer = new FrameWriter(connection as Duplex)
    readDirectly(websocket, this)
  }

  // Out.

  send(frames: readonly Frame[]): boolean {
    for (const frame of frames) {
      const [text] = frame.parts
      if (typeof text === 'string' && frame.parts.length === 1 && this.#isDirect) {
        if (this.#isTooMuch(this.#writer?.waitingBytes)) return false
        // "4" is engine.io's message.
        this.#writer?.write((frame.websocket ??= textFrame(`4${text}`)))
      } else if (!this.#writeSlowly(frame)) return false
    }
    return true
  }

  // engine.io keeps nothing that would have to go first.
  get #isDirect(): boolean {
    const { readyState, writeBuffer } = this.#engineSocket
    return this.#writer !== undefined && readyState === 'open' && writeBuffer.length === 0
  }

  #writeSlowly(frame: Frame): boolean {
    this.#writer?.flush()
    const isLong = this.#engineSocket.writeBuffer.length >= this.#settings.maxBufferedPackets
    if (this.#isTooMuch(isLong ? Infinity : this.#keptBytes + (this.#websocket?.bufferedAmount ?? 0))) return false
    this.#keptBytes += frame.size
    for (const part of frame.parts) this.#engineSocket.write(part)
    return true
  }

  #isTooMuch(waitingBytes = 0): boolean {
    return waitingBytes > this.#settings.maxBufferedBytes && (this.#isOverfull = true)
  }

  close(): void {
    if (this.#isOverfull) {
      // In order it would wait for the client to read the rest.
      this.#websocket?.terminate()
      this.#engineSocket.close(true)
      return
    }
    if (this.#engineSocket.readyState === 'open') this.#writer?.flush()
    this.#engineSocket.close()
    // Paused, it would not read the client's answer.
    this.resume()
  }

  // Only a websocket can be paused, and not for longer than its pongs may be late.
  pause(): void {
    this.#websocket?.pause()
    this.#deadline ??= new Deadline(this)
    this.#deadlines.arm(this.#deadline, this.#settings.pausePatience)
  }

  resume(): void {
    if (this.#deadline !== undefined) this.#deadlines.disarm(this.#deadline)
    this.#websocket?.resume()
  }

  deadlinePassed(): void {
    this.#websocket?.resume()
  }
}

function onData(this: OpenEngineSocket, frame: string | Buffer): void {
  this[key].receive(frame)
}

function onError(this: OwnedWebSocket, error: Error): void {
  this[key].fail(error)
}

function onFlush(this: OpenEngineSocket): void {
  this[key].flushed()
}

function onHeartbeat(this: OpenEngineSocket): void {
  this[key].answered()
}

function onUpgrade(this: OpenEngineSocket): void {
  this[key].upgraded()
}

function onClose(this: OpenEngineSocket, reason: string): void {
  this[key].closed(reason)
}
