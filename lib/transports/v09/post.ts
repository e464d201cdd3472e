// Owns: the client's direction of the HTTP transports: the body of a POST, from bytes to packets.
// Elsewhere: what a packet does (socket/virtual-socket.ts).
import type { IncomingMessage } from 'node:http'
import { isA, ProtocolError, UsageError } from '../../support/errors.js'
import { whenDone } from '../../support/promises.js'
import { decodePacket, type JsonCodec } from '../../wire/v09/packet.js'
import { splitPayload } from '../../wire/v09/payload.js'
import type { Exchange } from '../exchange.js'
import type { TransportName, TransportOwner } from '../transport.js'
import { payloadOfForm } from './jsonp-polling.js'

/**
 * Reads the payload that a POST carries, or takes what a body parser in front of us has read.
 * @param maxBytes the most that is read; what passes it is refused before the rest has come.
 * @throws ProtocolError SIO_PROTOCOL_LIMIT past `maxBytes`, SIO_PROTOCOL_PAYLOAD for a form without a JSON
 *   string in `d`; UsageError SIO_USAGE_BODY when a parser has read the body and kept nothing of use.
 */
export function readPayload(exchange: Exchange, transport: TransportName, maxBytes: number): string | Promise<string> {
  const { request, parsedBody } = exchange
  if (transport !== 'jsonp-polling') return readText(request, parsedBody, maxBytes)
  if (typeof parsedBody === 'object' && parsedBody !== null && !Buffer.isBuffer(parsedBody)) {
    return payloadOfForm(Object.hasOwn(parsedBody, 'd') ? Reflect.get(parsedBody, 'd') : undefined)
  }
  return whenDone(readText(request, parsedBody, maxBytes), (text) =>
    payloadOfForm(new URLSearchParams(text).get('d') ?? undefined),
  )
}

/** Decodes a payload and hands its packets over one by one; a bad packet is told once for each payload. */
export function receivePayload(payload: string, owner: TransportOwner, json: JsonCodec, maxPackets: number): void {
  let firstFault: Error | undefined
  try {
    for (const frame of splitPayload(payload, maxPackets)) {
      try {
        owner.receive(decodePacket(frame, json), frame.length)
      } catch (error) {
        if (!isA(error, ProtocolError) || error.code === 'SIO_PROTOCOL_LIMIT') throw error
        firstFault ??= error
      }
    }
  } catch (error) {
    if (!isA(error, ProtocolError)) throw error
    // A passed bound closes the socket, whatever else was wrong.
    firstFault = error.code === 'SIO_PROTOCOL_LIMIT' ? error : (firstFault ?? error)
  }
  if (firstFault !== undefined) owner.reject(firstFault)
}

function readText(request: IncomingMessage, parsedBody: unknown, maxBytes: number): string | Promise<string> {
  if (typeof parsedBody === 'string') return within(Buffer.byteLength(parsedBody), maxBytes, parsedBody)
  if (Buffer.isBuffer(parsedBody)) return within(parsedBody.length, maxBytes, parsedBody.toString())
  if (request.readableEnded) {
    throw new UsageError(
      'SIO_USAGE_BODY',
      'expected an unread body, got one that a body parser read: mount the parser behind socketioMiddleware()',
    )
  }
  within(Number(request.headers['content-length'] ?? 0), maxBytes)
  return readStream(request, maxBytes)
}

// By events, not as an async iterable: a POST is on the hot path of polling (bench: poll-echo). A request
// that passes the bound is not destroyed: the 413 has yet to go out on its connection.
function readStream(request: IncomingMessage, maxBytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    const read = (chunk: Buffer): void => {
      bytes += chunk.length
      if (bytes <= maxBytes) chunks.push(chunk)
      else {
        request.off('data', read).pause()
        reject(tooLarge(maxBytes))
      }
    }
    request.on('data', read)
    // Decoded as a whole: a character may be cut anywhere between two chunks.
    request.on('end', () => {
      resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString())
    })
    request.on('error', reject)
    const lost = (): void => {
      // An error that nobody needs costs more than all the rest of a POST.
      if (!request.readableEnded) reject(new Error('the connection was lost before the body had come'))
    }
    if (request.destroyed) lost()
    else request.on('close', lost)
  })
}

function within(bytes: number, maxBytes: number, text = ''): string {
  if (bytes > maxBytes) throw tooLarge(maxBytes)
  return text
}

function tooLarge(maxBytes: number): ProtocolError {
  return new ProtocolError('SIO_PROTOCOL_LIMIT', `expected at most ${maxBytes} bytes`)
}
