// Owns: the bytes of one text message as RFC 6455 frames it: a server's, whole and unmasked; the mask of a
// client's.
// Elsewhere: when they are written and read (websocket-line.ts).

// A text frame of less than 126 bytes has its length in its second byte: those heads are made once.
const heads: string[] = Array.from({ length: 126 }, (_, length) => String.fromCharCode(0x81, length))

/**
 * A text message as a string of bytes, to be written as `latin1` (bench: echo, broadcast).
 *
 * Where the text is ASCII, that is the text itself behind a head: no buffer is made, and strings of one
 * connection are put together without being copied.
 */
export function textFrame(text: string): string {
  const length = Buffer.byteLength(text)
  const bytes = length === text.length ? text : Buffer.from(text).toString('latin1')
  return (heads[length] ?? longHead(length)) + bytes
}

function longHead(length: number): string {
  if (length < 0x1_00_00) return String.fromCharCode(0x81, 126, length >>> 8, length & 0xff)
  // The length is one of JavaScript's strings: four of its eight bytes are enough.
  const bytes = [length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff]
  return String.fromCharCode(0x81, 127, 0, 0, 0, 0, ...bytes)
}

/**
 * Takes the mask of four bytes at `mask` off what follows it up to `end`, or puts it on: whether that is
 * ASCII now.
 */
export function unmask(bytes: Buffer, mask: number, end: number): boolean {
  const begin = mask + 4
  let all = 0
  for (let at = begin; at < end; at++) {
    const byte = (bytes[at] as number) ^ (bytes[mask + ((at - begin) & 3)] as number)
    bytes[at] = byte
    all |= byte
  }
  return all < 0x80
}
