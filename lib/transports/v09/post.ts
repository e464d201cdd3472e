// Owns: the client's direction of the HTTP transports: the body of a POST, from bytes to packets.
// Elsewhere: what a packet does (socket/virtual-socket.ts).
import type { IncomingMessage } from 'node:http'
import { ProtocolError, UsageError } from '../../support/errors.js'
import { decodePacket, type JsonCodec } from '../../wire/v09/packet.js'
import { splitPayload } from '../../wire/v09/payload.js'
import type { Exchange } from '../exchange.js'
import type { TransportName, TransportOwner } from '../transport.js'
import { payloadOfForm } from './jsonp-polling.js'

/**
 * Reads the payload that a POST carries, or takes what a body parser in front of us has read.
 * @param maxBytes the most that is read; what passes it is refused before the rest has come.
 * @throws ProtocolError SIO_PROTOCOL_LIMIT past `maxBytes`, SIO_PROTOCOL_PAYLOAD for a form without a JSON string in `d`;
 *   UsageError SIO_USAGE_BODY when a parser has read the body and kept nothing of use.
 */
export async function readPayload(exchange: Exchange, transport: TransportName, maxBytes: number): Promise<string> {
  const { request, parsedBody } = exchange
  const isForm = transport === 'jsonp-polling'
  if (isForm && typeof parsedBody === 'object' && parsedBody !== null && !Buffer.isBuffer(parsedBody)) {
    return payloadOfForm(Object.hasOwn(parsedBody, 'd') ? Reflect.get(parsedBody, 'd') : undefined)
  }
  const text = await readText(request, parsedBody, maxBytes)
  return isForm ? payloadOfForm(new URLSearchParams(text).get('d') ?? undefined) : text
}

/** Decodes a payload and hands its packets over one by one; a bad packet is told once for each payload. */
export function receivePayload(payload: string, owner: TransportOwner, json: JsonCodec, maxPackets: number): void {
  let firstFault: Error | undefined
  try {
    for (const frame of splitPayload(payload, maxPackets)) {
      try {
        owner.receive(decodePacket(frame, json))
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        firstFault ??= error
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    // A passed bound closes the socket, whatever else was wrong.
    firstFault = error.code === 'SIO_PROTOCOL_LIMIT' ? error : (firstFault ?? error)
  }
  if (firstFault !== undefined) owner.reject(firstFault)
}

async function readText(request: IncomingMessage, parsedBody: unknown, maxBytes: number): Promise<string> {
  if (typeof parsedBody === 'string') return within(Buffer.byteLength(parsedBody), maxBytes, parsedBody)
  if (Buffer.isBuffer(parsedBody)) return within(parsedBody.length, maxBytes, parsedBody.toString())
  if (request.readableEnded) {
    throw new UsageError(
      'SIO_USAGE_BODY',
      'expected an unread body, got one that a body parser read: mount the parser behind socketioMiddleware()',
    )
  }
  within(Number(request.headers['content-length'] ?? 0), maxBytes)
  const chunks: Buffer[] = []
  let bytes = 0
  // Decoded as a whole: a character may be cut anywhere between two chunks.
  // Not destroyed when a bound is passed: the 413 has yet to go out on this connection.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    within(bytes, maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes).toString()
}

function within(bytes: number, maxBytes: number, text = ''): string {
  if (bytes > maxBytes) throw new ProtocolError('SIO_PROTOCOL_LIMIT', `expected at most ${maxBytes} bytes`)
  return text
}
