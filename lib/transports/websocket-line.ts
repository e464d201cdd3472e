// Owns: one websocket, of either wire: text that comes in is read off the connection's own bytes, text that
// goes out is written to it, one write a turn. All that we know of the insides of ws is here.
// Elsewhere: a text frame's bytes (websocket-frame.ts), what texts mean (v09/websocket.ts, engine.ts).
import { Writable } from 'node:stream'
import type { WebSocket } from 'ws'
import { setImmediate, usesShortcuts } from '../support/environment.js'
import { textFrame, unmask } from './websocket-frame.js'

/** The user of a websocket. */
export interface LineOwner {
  /** Takes the text of a message. False leaves it to ws, and with it to ws's listeners. */
  readText(text: string): boolean
  /** A message was larger than it may be, or was no websocket message; ws closes by itself. */
  fail(error: Error): void
}

/** Its only user. */
export interface WholeOwner extends LineOwner {
  readBinary(): void
  released(): void
}

// A websocket knows its line: its listeners are the same functions for all.
const key = Symbol('line')
type LinedWebSocket = WebSocket & { [key]: WebsocketLine }

/** The state of a websocket that has begun, and has not begun to close. */
export const open = 1

export class WebsocketLine {
  readonly owner: LineOwner
  readonly websocket: WebSocket
  /** There if frames can go past ws. */
  readonly connection: Writable | undefined
  // Frames of this turn, as a string of bytes. None for good, once some were not written: nothing will be.
  #bytes: string | undefined = ''

  constructor(websocket: WebSocket, owner: LineOwner) {
    this.owner = owner
    this.websocket = websocket
    this.connection = connectionOf(websocket)
    const lined = websocket as LinedWebSocket
    lined[key] = this
    // Before others, who make something else of it.
    lined.prependListener('error', onError)
    readDirectly(websocket, owner)
  }

  /** Listens to what is not read off the connection, too. */
  listen(): void {
    this.websocket.on('message', onMessage)
    this.websocket.on('close', onClose)
  }

  /** Bytes that the peer has not taken yet. */
  get waitingBytes(): number {
    if (this.connection === undefined) return this.websocket.bufferedAmount
    return (this.#bytes?.length ?? 0) + this.connection.writableLength
  }

  /** The same of what ws has been given; another websocket engine's need not say. */
  get unreadBytes(): number {
    return this.websocket.bufferedAmount || 0
  }

  /**
   * Sends a text message. Its frame is made once, and kept by what is sent to many.
   *
   * Acks, emits, broadcasts and heartbeats of one turn leave in one write, a system call, which is by far the
   * dearest part of a small packet (bench: echo, pipe, chat).
   *
   * Known: without extensions ws writes a frame at once, and keeps none that ours would overtake. Whatever
   * else writes to the websocket must flush first.
   */
  send(made: { websocket?: string | undefined }, text: string, prefix = ''): void {
    if (this.connection === undefined) return this.websocket.send(prefix + text)
    if (this.#bytes === undefined) return
    const frame = (made.websocket ??= textFrame(prefix + text))
    if (this.#bytes === '') {
      // In this order: near the edge of the stack each call may throw, and what is held must be scheduled.
      if (waiting.length === 0) setImmediate(writeAll)
      waiting.push(this)
      this.#bytes = frame
      return
    }
    this.#bytes += frame
    if (this.#bytes.length > mostBytes) this.flush()
  }

  /** Whether its connection has broken, of which ws may be told later. Known: `_socket`. */
  get isBroken(): boolean {
    const connection = Reflect.get(this.websocket, '_socket') as Partial<Writable> | undefined
    return (this.websocket.readyState ?? open) !== open || connection?.destroyed === true
  }

  /** Whether the connection was handed all that there was to send. */
  get isWritten(): boolean {
    return this.#bytes === ''
  }

  /** Writes what there is, now. */
  flush(): void {
    const bytes = this.#bytes
    if (bytes === undefined || bytes === '') return
    if (this.connection?.writable !== true) return this.discard()
    this.#bytes = ''
    this.connection.write(bytes, 'latin1')
  }

  /** Forgets what there is, and all that comes: the peer reads no more. */
  discard(): void {
    this.#bytes = undefined
  }

  close(): void {
    if (this.websocket.readyState === open) this.flush()
    this.websocket.close(1000)
    // Paused, it would not read the client's answer.
    this.websocket.resume()
  }

  terminate(): void {
    this.websocket.terminate()
  }

  pause(): void {
    this.websocket.pause()
  }

  resume(): void {
    this.websocket.resume()
  }
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  const owner = (this as LinedWebSocket)[key].owner as WholeOwner
  if (isBinary) owner.readBinary()
  else owner.readText(data.toString())
}

function onError(this: WebSocket, error: Error): void {
  ;(this as LinedWebSocket)[key].owner.fail(error)
}

function onClose(this: WebSocket): void {
  ;((this as LinedWebSocket)[key].owner as WholeOwner).released()
}

/** What is put together at most before it is written: about what a connection takes at once. */
const mostBytes = 64 * 1024

// Those that have something to write at the end of this turn; one immediate for all of them.
let waiting: WebsocketLine[] = []

function writeAll(): void {
  const lines = waiting
  waiting = []
  for (const line of lines) line.flush()
}

/** Known: `_socket`. Compressed frames are ws's business, and another websocket engine's are its own. */
function connectionOf(websocket: WebSocket): Writable | undefined {
  if (!usesShortcuts || websocket.extensions !== '') return undefined
  const connection: unknown = Reflect.get(websocket, '_socket')
  return connection instanceof Writable ? connection : undefined
}

/** What of ws's Receiver is read: whether it stands between two messages, and may still get one. */
interface Receiver extends Writable {
  readonly _state: number
  readonly _bufferedBytes: number
  readonly _fragmented: number
  readonly _opcode: number
  readonly _errored: boolean
  readonly _maxPayload: number
  [owned]?: LineOwner
}

const owned = Symbol('owner')

const passOn = Reflect.get(Writable.prototype, 'write') as (this: Writable, chunk: Buffer) => boolean
const finalText = 0x81
const masked = 0x80
const closeOpcode = 8
// What is longer is rare, and left to ws.
const mostRead = 1024

/**
 * Gives text messages to `owner` without the detour over ws's stream, its buffers and its events (bench:
 * echo, pipe).
 *
 * Known: `_receiver`, and the fields of a Receiver above. Every chunk still comes to it: it takes what does
 * not begin and end in the chunk, what is not ASCII, and all that is no text. One of another shape is left as
 * it is.
 */
export function readDirectly(websocket: WebSocket, owner: LineOwner): void {
  const receiver: unknown = Reflect.get(websocket, '_receiver')
  if (!usesShortcuts || websocket.extensions !== '' || !isReceiver(receiver)) return
  receiver[owned] = owner
  receiver.write = write as Receiver['write']
}

function isReceiver(value: unknown): value is Receiver {
  if (!(value instanceof Writable)) return false
  const { _state, _bufferedBytes, _fragmented, _opcode, _errored, _maxPayload } = value as Receiver
  const numbers = [_state, _bufferedBytes, _fragmented, _opcode, _maxPayload]
  for (const number of numbers) if (typeof number !== 'number') return false
  return typeof _errored === 'boolean'
}

function write(this: Receiver, chunk: Buffer): boolean {
  let at = 0
  // What an owner does may bring about an error or a close.
  while (at < chunk.length && isBetweenMessages(this)) {
    const next = readFrame(this, chunk, at)
    if (next === at) break
    at = next
  }
  if (at === chunk.length) return true
  return passOn.call(this, at === 0 ? chunk : chunk.subarray(at))
}

function isBetweenMessages({ _state, _bufferedBytes, _fragmented, _opcode, _errored }: Receiver): boolean {
  return _state === 0 && _bufferedBytes === 0 && _fragmented === 0 && _opcode !== closeOpcode && !_errored
}

/** Reads the frame that begins at `at`: gives where the next one begins, or `at` if it is not for us. */
function readFrame(receiver: Receiver, chunk: Buffer, at: number): number {
  // Two bytes and the mask, at least.
  if (chunk.length < at + 6 || chunk[at] !== finalText) return at
  let length = (chunk[at + 1] as number) - masked
  let mask = at + 2
  if (length === 126) {
    length = chunk.readUInt16BE(at + 2)
    mask = at + 4
  }
  const begin = mask + 4
  const end = begin + length
  // Not masked, or of a length that is written in eight bytes.
  if (length < 0 || length === 127) return at
  if (length > mostRead || end > chunk.length) return at
  if (receiver._maxPayload > 0 && length > receiver._maxPayload) return at
  if (unmask(chunk, mask, end) && (receiver[owned] as LineOwner).readText(chunk.toString('latin1', begin, end)))
    return end
  // As it was: a mask taken twice is none.
  unmask(chunk, mask, end)
  return at
}
