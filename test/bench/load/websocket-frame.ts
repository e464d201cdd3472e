// Owns: the client's side of RFC 6455, as far as a load needs it: frames that are made once, and finding those that come.

// Not zero: ws spares itself the work for a mask of zeros, which no real client sends.
const mask = Buffer.from([0x37, 0xfa, 0x21, 0x3d])
const textFrame = 0x81

/** A masked text frame; of less than 65,536 bytes. */
export function clientFrame(text: string): Buffer {
  const body = Buffer.from(text)
  const head =
    body.length < 126 ? [textFrame, 0x80 | body.length] : [textFrame, 0xfe, body.length >> 8, body.length & 255]
  for (let at = 0; at < body.length; at++) body[at] = (body[at] as number) ^ (mask[at & 3] as number)
  return Buffer.concat([Buffer.from(head), mask, body])
}

/** Hands out the text frames of `bytes`, all of them ASCII, and returns what is left of an unfinished one. */
export function readFrames(bytes: Buffer, heard: (text: string) => void): Buffer {
  let at = 0
  while (bytes.length - at >= 2) {
    let length = (bytes[at + 1] as number) & 0x7f
    let start = at + 2
    if (length === 126) {
      if (bytes.length - at < 4) break
      length = bytes.readUInt16BE(at + 2)
      start = at + 4
    } else if (length === 127) throw new Error('expected frames of less than 65,536 bytes')
    if (bytes.length < start + length) break
    const first = bytes[at] as number
    if (first === textFrame) heard(bytes.toString('latin1', start, start + length))
    else throw new Error(`expected a whole text frame, got one that begins with ${first}`)
    at = start + length
  }
  return bytes.subarray(at)
}
