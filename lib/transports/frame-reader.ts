// Owns: the short way of what clients send most: whole text frames in ASCII, read off the connection's own bytes.
// Elsewhere: all other frames, which are ws's, and their bounds (ws's Receiver); the way out (frame-writer.ts).
import { Writable } from 'node:stream'
import type { WebSocket } from 'ws'

/** Whoever gets the text of a message. False leaves the frame to ws, and with it to whoever listens there. */
export interface TextOwner {
  readText(text: string): boolean
}

/** What of ws's Receiver is read: whether it stands between two messages, and may still get one. */
interface Receiver extends Writable {
  readonly _state: number
  readonly _bufferedBytes: number
  readonly _fragmented: number
  readonly _opcode: number
  readonly _errored: boolean
  readonly _maxPayload: number
  [owned]?: TextOwner
}

const owned = Symbol('owner')

const passOn = Reflect.get(Writable.prototype, 'write') as (this: Writable, chunk: Buffer) => boolean
const finalText = 0x81
const masked = 0x80
const closeOpcode = 8
// What is longer is rare, and left to ws.
const mostBytes = 1024

/**
 * Gives text messages to `owner` without the detour over ws's stream, its buffers and its events (bench: echo, pipe).
 *
 * Every chunk still comes to ws's Receiver, which takes what does not begin and end in it, what is not ASCII, and all that
 * is no text. A Receiver of another shape than ws 8 has is left as it is.
 */
export function readDirectly(websocket: WebSocket, owner: TextOwner): void {
  const receiver: unknown = Reflect.get(websocket, '_receiver')
  if (websocket.extensions !== '' || !isReceiver(receiver)) return
  receiver[owned] = owner
  receiver.write = write as Receiver['write']
}

function isReceiver(value: unknown): value is Receiver {
  if (!(value instanceof Writable)) return false
  const { _state, _bufferedBytes, _fragmented, _opcode, _errored, _maxPayload } = value as Receiver
  const numbers = [_state, _bufferedBytes, _fragmented, _opcode, _maxPayload]
  return numbers.every((number) => typeof number === 'number') && typeof _errored === 'boolean'
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
  if (length > mostBytes || end > chunk.length) return at
  if (receiver._maxPayload > 0 && length > receiver._maxPayload) return at
  if (unmask(chunk, mask, end) && (receiver[owned] as TextOwner).readText(chunk.toString('latin1', begin, end)))
    return end
  // As it was: a mask taken twice is none.
  unmask(chunk, mask, end)
  return at
}

/** Takes the mask off, or puts it on again: whether what is there now is ASCII. */
function unmask(bytes: Buffer, mask: number, end: number): boolean {
  const begin = mask + 4
  let all = 0
  for (let at = begin; at < end; at++) {
    const byte = (bytes[at] as number) ^ (bytes[mask + ((at - begin) & 3)] as number)
    bytes[at] = byte
    all |= byte
  }
  return all < 0x80
}
