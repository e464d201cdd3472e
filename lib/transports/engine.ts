// Owns: a client of Socket.IO 2 to 4 on an engine.io socket, which polls, upgrades and pings by itself.
// Elsewhere: the engine that made it (server/engine), the spelling of packets (wire/v5), its websocket
// (websocket-line.ts).
import type { Socket as EngineSocket } from 'engine.io'
import { Deadline, type DeadlineOwner, type Deadlines } from '../support/timers.js'
import { hasInsides, isWritable, stopWaiting, websocketOf, type Insides } from './engine-internals.js'
import { listenTo, listenToHeartbeats, type EngineListener } from './engine-events.js'
import { boundPayloads, UpgradeWatch, type EngineSettings } from './engine-polling.js'
import { isTooLarge, tooLarge } from './message-bound.js'
import { PacketDecoder, type Frame } from '../wire/v5/packet.js'
import { tellOfOtherParser } from './other-parser.js'
import { tooMuchWaits, type Transport, type TransportName, type TransportOwner } from './transport.js'
import { WebsocketLine, type LineOwner } from './websocket-line.js'

const message = 0x34 // "4", with which engine.io begins one
const pong = Object.freeze({ type: 'pong' })

export class EngineTransport implements Transport<Frame>, DeadlineOwner, LineOwner, EngineListener {
  declare readonly kind: 'stream'
  declare readonly watchesItself: true
  protected readonly engineSocket: EngineSocket
  /** There where messages and pongs need not go through engine.io. */
  readonly #insides: Insides | undefined
  protected owner: TransportOwner
  readonly #deadlines: Deadlines
  readonly #settings: EngineSettings
  readonly #decoder: PacketDecoder
  #deadline: Deadline | undefined
  #watch: UpgradeWatch | undefined
  /** Its websocket, if it has one that we can speak on. */
  protected line: WebsocketLine | undefined
  // What engine.io keeps until it has a poll, or until its websocket has drained.
  #keptBytes = 0
  #keptPackets = 0
  #isOverfull = false
  #isLost = false
  // Of a packet whose attachments are still due.
  #receivedBytes = 0

  constructor(engineSocket: EngineSocket, owner: TransportOwner, deadlines: Deadlines, settings: EngineSettings) {
    this.engineSocket = engineSocket
    this.#insides = hasInsides(engineSocket) ? (engineSocket as unknown as Insides) : undefined
    this.owner = owner
    this.#deadlines = deadlines
    this.#settings = settings
    this.#decoder = new PacketDecoder(settings)
    listenTo(engineSocket, this)
    if (engineSocket.transport.name === 'websocket') this.#takeWebsocket()
    else boundPayloads(engineSocket, this, settings.maxPacketsPerPayload)
  }

  get name(): TransportName {
    return this.engineSocket.transport.name as TransportName
  }

  /** Between two polls nothing leaves, nor while a websocket's peer is slow. */
  get isWritable(): boolean {
    return this.line === undefined ? isWritable(this.engineSocket) : this.line.unreadBytes === 0
  }

  serve(owner: TransportOwner): void {
    this.owner = owner
  }

  // What engine.io reports.

  reject(error: Error): void {
    this.owner.reject(error)
  }

  receive(frame: string | Buffer): void {
    let packet
    try {
      packet = this.#decoder.add(frame)
    } catch (error) {
      tellOfOtherParser(frame)
      this.owner.reject(error as Error)
      return
    }
    const bytes = this.#receivedBytes + frame.length
    this.#receivedBytes = packet === undefined ? bytes : 0
    if (packet !== undefined) this.owner.receive(packet, bytes)
  }

  /** engine.io keeps one packet more, of ours or of its own. */
  created(_packet: { readonly type: string }): void {
    this.#keptPackets++
  }

  flushed(): void {
    this.#keptBytes = 0
    this.#keptPackets = 0
  }

  /**
   * A ping or a pong. Pings of a client of 2 are answered by engine.io, whether the client reads the answers
   * or not.
   */
  heard(): void {
    this.#watch?.heard()
    if (this.#keptPackets <= this.#settings.maxBufferedPackets) return
    this.#isOverfull = true
    this.owner.reject(tooMuchWaits(this.#settings.maxBufferedBytes))
  }

  upgraded(): void {
    if (this.engineSocket.protocol !== 3) listenToHeartbeats(this.engineSocket)
    this.#watch = new UpgradeWatch(this, this.#deadlines, this.engineSocket.protocol, this.#settings)
    this.owner.renamed(this)
    this.#takeWebsocket()
  }

  lost(): void {
    this.#isLost = true
    this.engineSocket.close(true)
  }

  closed(reason: string): void {
    this.#decoder.destroy()
    this.#watch?.end()
    stopWaiting(this.engineSocket.transport)
    if (this.#deadline !== undefined) this.#deadlines.disarm(this.#deadline)
    this.owner.released(this, this.#isLost || reason === 'ping timeout' ? 'heartbeat timeout' : 'transport close')
  }

  #takeWebsocket(): void {
    const websocket = websocketOf(this.engineSocket)
    // engine.io's own event for an error of its websocket has no reason: the line gets the error first.
    if (websocket !== undefined) this.line = new WebsocketLine(websocket, this)
  }

  // What the line reads, before engine.io.

  /** A message or a pong; what else engine.io has to know of is left to it. */
  readText(text: string): boolean {
    const insides = this.#insides
    const { readyState, protocol } = this.engineSocket
    if (insides === undefined || readyState !== 'open') return false
    if (text === '3') {
      insides.onPacket(pong)
      return true
    }
    if (text.charCodeAt(0) !== message) return false
    if (protocol !== 3 && insides.pingTimeoutTimer !== null && !insides.hasRefreshedPingTimeout) return false
    this.receive(text.slice(1))
    return true
  }

  fail(error: Error): void {
    if (isTooLarge(error)) this.owner.reject(tooLarge())
  }

  // Out.

  send(frames: readonly Frame[]): boolean {
    const line = this.line
    for (const frame of frames) {
      const [text] = frame.parts
      const isText = frame.parts.length === 1 && typeof text === 'string'
      // What engine.io keeps would have to go first.
      const isBehind = this.#keptPackets > 0 || this.engineSocket.readyState !== 'open'
      if (line?.connection === undefined || !isText || isBehind) {
        if (!this.#writeSlowly(frame)) return false
      } else if (line.waitingBytes > this.#settings.maxBufferedBytes) {
        this.#isOverfull = true
        return false
      } else {
        // "4" is engine.io's message.
        line.send(frame, text, '4')
      }
    }
    return true
  }

  #writeSlowly(frame: Frame): boolean {
    const line = this.line
    line?.flush()
    if (this.#keptPackets > 0 && line?.isBroken === true) {
      // engine.io would keep it until it closes: nothing follows what it keeps already.
      line.discard()
      return true
    }
    const isLong = this.#keptPackets >= this.#settings.maxBufferedPackets
    if (isLong || this.#keptBytes + (line?.unreadBytes ?? 0) > this.#settings.maxBufferedBytes) {
      this.#isOverfull = true
      return false
    }
    this.#keptBytes += frame.size
    for (const part of frame.parts) this.engineSocket.write(part)
    return true
  }

  close(): void {
    if (this.#isOverfull) {
      // In order it would wait for the client to read the rest.
      this.line?.terminate()
      this.engineSocket.close(true)
      return
    }
    if (this.engineSocket.readyState === 'open') this.line?.flush()
    this.engineSocket.close()
    // Paused, it would not read the client's answer.
    this.resume()
  }

  abandon(): void {
    this.engineSocket.close(true)
    this.resume()
  }

  // Only a websocket can be paused, and not for longer than its pongs may be late.
  pause(): void {
    this.line?.pause()
    this.#deadline ??= new Deadline(this)
    this.#deadlines.arm(this.#deadline, this.#settings.pausePatience)
  }

  resume(): void {
    if (this.#deadline !== undefined) this.#deadlines.disarm(this.#deadline)
    this.line?.resume()
  }

  deadlinePassed(): void {
    this.line?.resume()
  }
}

// Asked for each packet and each client: neither fields of all of them nor calls (bench: broadcast, memory).
Object.assign(EngineTransport.prototype, { kind: 'stream', watchesItself: true })
