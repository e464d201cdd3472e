// Owns: what must hold for any bytes at the decoders: a packet comes out, which can be written again, or a ProtocolError.
// Elsewhere: the bytes (seeds.ts, mutator.ts, arbitraries.ts), the same against a server (assault.ts).
import assert from 'node:assert/strict'
import { ProtocolError } from '../../lib/support/errors.js'
import { receivePayload, readPayload } from '../../lib/transports/v09/post.js'
import { payloadOfForm } from '../../lib/transports/v09/jsonp-polling.js'
import type { TransportOwner } from '../../lib/transports/transport.js'
import type { Packet } from '../../lib/wire/packet.js'
import { decodePacket, encodePacket as encode09 } from '../../lib/wire/v09/packet.js'
import { encodePacket as encode5, PacketDecoder } from '../../lib/wire/v5/packet.js'
import { MemoryExchange } from '../support/memory-exchange.js'

/** What `read` gives, or the ProtocolError that it throws; any other error passes. */
export function packetOrError<Value>(read: () => Value): Value | ProtocolError {
  try {
    return read()
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

/** As JSON writes it: two values that a wire cannot tell apart are equal. */
export function assertSameJson(actual: unknown, expected: unknown): void {
  assert.equal(JSON.stringify(actual), JSON.stringify(expected))
}

/** One text as a 0.9 packet: whatever is read is written so that it is read again. */
export function checkPacket09(text: string): void {
  const packet = packetOrError(() => decodePacket(text))
  if (packet instanceof ProtocolError) return
  const written = tooDeep(() => encode09(packet))
  if (written !== undefined) assertSameJson(decodePacket(written), packet)
}

/** One body of a POST, come in pieces: what they were cut into makes no difference. */
export async function checkPayload09(pieces: readonly Buffer[], isForm: boolean): Promise<void> {
  const whole = await outcome([Buffer.concat(pieces)], isForm)
  assert.deepEqual(await outcome(pieces, isForm), whole)
}

async function outcome(pieces: readonly Buffer[], isForm: boolean): Promise<readonly string[]> {
  const heard: string[] = []
  const owner: TransportOwner = {
    receive: ({ type, endpoint }: Packet) => heard.push(`${type} ${endpoint}`),
    reject: (error) => {
      assert.ok(error instanceof ProtocolError, error)
      heard.push(error.message)
    },
    released: () => assert.fail('a POST carries nothing back'),
    renamed: () => assert.fail('a POST carries nothing back'),
    settled: () => assert.fail('a POST carries nothing back'),
  }
  const exchange = new MemoryExchange({ body: pieces })
  try {
    receivePayload(await readPayload(exchange, isForm ? 'jsonp-polling' : 'xhr-polling', 100_000), owner, JSON, 1_000)
  } catch (error) {
    // A form without its field; what is in a payload is told to the owner.
    if (!isForm || !(error instanceof ProtocolError)) throw error
    heard.push(error.message)
  }
  return heard
}

/** The field of a form, however it was parsed. */
// As by default.
const bounds = { maxJsonDepth: 1_000, maxAttachments: 10 }

export function checkForm(field: unknown): void {
  const payload = packetOrError(() => payloadOfForm(field))
  assert.ok(typeof payload === 'string' || payload instanceof ProtocolError)
}

/** Frames of a client of Socket.IO 2 to 4, up to the first that breaks the grammar, which ends its socket. */
export function checkFrames5(frames: readonly (string | Buffer)[]): void {
  const decoder = new PacketDecoder(bounds)
  for (const frame of frames) {
    const packet = packetOrError(() => decoder.add(frame))
    if (packet instanceof ProtocolError) break
    if (packet !== undefined) checkWritten5(packet)
  }
  decoder.destroy()
}

function checkWritten5(packet: Packet): void {
  // What it says of a connect, the server does not say again.
  if (packet.type === 'connect') return
  const parts = tooDeep(() => encode5(packet, 5).parts)
  if (parts === undefined) return
  assertSameJson(read5(parts), packet)
}

/** The one packet that frames carry. */
export function read5(parts: readonly (string | Buffer)[]): Packet | undefined {
  const decoder = new PacketDecoder(bounds)
  const packets = parts.map((part) => decoder.add(part))
  assert.ok(packets.slice(0, -1).every((packet) => packet === undefined))
  return packets.at(-1)
}

// JSON.parse() knows no depth that JSON.stringify() could not write for want of stack: who sends it gets nothing back.
function tooDeep<Value>(write: () => Value): Value | undefined {
  try {
    return write()
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Frames in one file of the corpus: U+001E between them, and a "b" before the bytes of one that is binary. */
export function framesOf(bytes: Buffer): (string | Buffer)[] {
  const frames: (string | Buffer)[] = []
  for (let at = 0; at <= bytes.length;) {
    const next = bytes.indexOf(0x1e, at)
    const end = next < 0 ? bytes.length : next
    const frame = bytes.subarray(at, end)
    frames.push(frame[0] === 0x62 ? frame.subarray(1) : frame.toString())
    at = end + 1
  }
  return frames
}
