// Owns: how several packets share one HTTP body.
// Elsewhere: how each packet is spelled (packet.ts).
import { ProtocolError } from '../../support/errors.js'

const mark = '\ufffd'

/**
 * Joins packet texts into one polling body.
 *
 * One packet travels bare; two or more are each written U+FFFD, length, U+FFFD, text. The length counts
 * UTF-16 units, as a browser's `String.length` does: bytes or code points would cut wrongly at the first
 * emoji.
 */
export function joinPayload(frames: readonly string[]): string {
  if (frames.length === 1) return frames[0] as string
  let body = ''
  for (const frame of frames) body += mark + frame.length + mark + frame
  return body
}

/**
 * Splits a polling body into the packet texts it carries, one at a time: what stands before a break in the
 * framing has been given out when the break is thrown.
 * @throws ProtocolError SIO_PROTOCOL_PAYLOAD when a length is missing or overruns the body;
 *   SIO_PROTOCOL_LIMIT when there are more than `maxPackets`.
 */
export function* splitPayload(body: string, maxPackets = Infinity): Generator<string, void, undefined> {
  if (!body.startsWith(mark)) {
    yield body
    return
  }
  let at = 0
  for (let count = 1; at < body.length; count++) {
    if (count > maxPackets) {
      throw new ProtocolError(
        'SIO_PROTOCOL_LIMIT',
        `expected at most ${maxPackets} packets in a payload (maxPacketsPerPayload)`,
      )
    }
    const end = frameEnd(body, at)
    yield body.slice(end.start, end.stop)
    at = end.stop
  }
}

function frameEnd(body: string, at: number): { start: number; stop: number } {
  const close = body[at] === mark ? body.indexOf(mark, at + 1) : -1
  const digits = close < 0 ? '' : body.slice(at + 1, Math.min(close, at + 11))
  if (!/^\d{1,9}$/.test(digits)) throw broken(at)
  const start = close + 1
  const stop = start + Number(digits)
  if (stop > body.length) throw broken(at)
  return { start, stop }
}

function broken(at: number): ProtocolError {
  return new ProtocolError('SIO_PROTOCOL_PAYLOAD', `expected U+FFFD, a length, U+FFFD and that much text at ${at}`)
}
