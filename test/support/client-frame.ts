// Owns: websocket frames as a client writes them, and as it should not: raw bytes (RFC 6455, 5.2).

interface FrameOptions {
  readonly opcode?: number
  readonly isFinal?: boolean
  readonly isMasked?: boolean
  /** The three reserved bits. */
  readonly reserved?: number
  /** The length that the header names, if another than the payload's. */
  readonly announced?: number | bigint
}

const usualMask = Buffer.from([0x12, 0x34, 0x56, 0x78])
// Under this one a text stays as it is, and the number of an ack can be filled in later.
const clearMask = Buffer.alloc(4)

/** One frame: by default a text, whole and masked. */
export function clientFrame(
  payload: string | Uint8Array,
  { opcode = 1, isFinal = true, isMasked = true, reserved = 0, announced }: FrameOptions = {},
): Buffer {
  const bytes = Buffer.from(payload as string)
  const first = (isFinal ? 0x80 : 0) | (reserved << 4) | opcode
  const header = Buffer.concat([Buffer.from([first]), lengthOf(announced ?? bytes.length, isMasked ? 0x80 : 0)])
  if (!isMasked) return Buffer.concat([header, bytes])
  const mask = bytes.includes('%ACK%') ? clearMask : usualMask
  return Buffer.concat([header, mask, bytes.map((byte, at) => byte ^ (mask[at % 4] as number))])
}

function lengthOf(length: number | bigint, maskBit: number): Buffer {
  if (length < 126) return Buffer.from([maskBit | Number(length)])
  if (length < 0x1_0000) return Buffer.from([maskBit | 126, Number(length) >> 8, Number(length) & 0xff])
  const field = Buffer.alloc(9)
  field[0] = maskBit | 127
  field.writeBigUInt64BE(BigInt(length), 1)
  return field
}
