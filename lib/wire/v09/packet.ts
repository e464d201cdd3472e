// Owns: how a packet is spelled in Socket.IO 0.9 ("protocol version 1"): type ":" [id ["+"]] ":" [endpoint]
// [":" data].
// Elsewhere: several packets in one body (payload.ts).
import { isA, ProtocolError, quote } from '../../support/errors.js'
import {
  errorAdvice,
  errorReasons,
  type AckPacket,
  type ErrorPacket,
  type EventPacket,
  type Packet,
  type PacketType,
} from '../packet.js'

/** How JSON is read and written: `JSON`, or what the application put in its place. */
export interface JsonCodec {
  readonly parse: (text: string) => unknown
  readonly stringify: (value: unknown) => string | undefined
}

const types = [
  'disconnect',
  'connect',
  'heartbeat',
  'message',
  'json',
  'event',
  'ack',
  'error',
  'noop',
] as const satisfies readonly PacketType[]

const typeNumbers = Object.fromEntries(types.map((type, number) => [type, number])) as Record<PacketType, number>
const ackData = /^(\d+)(?:\+([\s\S]*))?$/
const noArgs: readonly unknown[] = Object.freeze([])
const heartbeat: Packet = Object.freeze({ type: 'heartbeat', endpoint: '' })

const zero = 0x30
const nine = 0x39
const colon = 0x3a
const plus = 0x2b

/**
 * Reads one packet.
 *
 * The four-part spelling of empty packets (`2:::`, `1::/chat:`) is accepted, as Python and Android clients
 * send it.
 * @throws ProtocolError SIO_PROTOCOL_PACKET when the text is no packet; whatever ProtocolError `json.parse`
 *   throws.
 */
export function decodePacket(text: string, json: JsonCodec = JSON): Packet {
  // Answers to heartbeats are most of what idle clients send (bench: heartbeat).
  if (text === '2::') return heartbeat
  // The real decoder is one unanchored expression and takes "03:::x" for a packet of no type. This one is
  // anchored, and reads by characters (bench: decode).
  const type = types[text.charCodeAt(0) - zero]
  if (type === undefined || text.charCodeAt(1) !== colon) throw notAPacket(text)
  let at = 2
  let code = text.charCodeAt(at)
  while (code >= zero && code <= nine) code = text.charCodeAt(++at)
  const id = at === 2 ? undefined : text.slice(2, at)
  const isDataAck = id !== undefined && code === plus
  if (isDataAck) at++
  if (text.charCodeAt(at) !== colon) throw notAPacket(text)
  const stop = text.indexOf(':', at + 1)
  const endpoint = stop < 0 ? text.slice(at + 1) : text.slice(at + 1, stop)
  const data = stop < 0 ? '' : text.slice(stop + 1)
  const address: Addressing = id === undefined ? { endpoint } : { endpoint, id, ack: isDataAck ? 'data' : true }
  switch (type) {
    case 'connect':
      return { type, ...address, qs: data }
    case 'message':
      return { type, ...address, data }
    case 'json':
      return { type, ...address, data: parse(data, text, json) }
    case 'event':
      return decodeEvent(address, parse(data, text, json), text)
    case 'ack':
      return decodeAck(address, data, text, json)
    case 'error':
      return decodeError(address, data)
    default:
      return { type, ...address }
  }
}

/** Writes one packet; `:data` is left out when there is none, as in `3::` or `6:::4`. */
export function encodePacket(packet: Packet, json: JsonCodec = JSON): string {
  const id = packet.id === undefined ? '' : packet.ack === 'data' ? `${packet.id}+` : packet.id
  const data = encodeData(packet, json)
  const text = `${typeNumbers[packet.type]}:${id}:${packet.endpoint}`
  return data === '' ? text : `${text}:${data}`
}

interface Addressing {
  readonly endpoint: string
  readonly id?: string
  readonly ack?: true | 'data'
}

// [S] 4.2: falsy args are none, and args that are not an array are one argument.
function decodeEvent(address: Addressing, value: unknown, text: string): EventPacket {
  if (typeof value !== 'object' || value === null) throw notAPacket(text)
  let name = ''
  let args = noArgs
  try {
    const event = value as { name?: unknown; args?: unknown }
    if (typeof event.name === 'string') name = event.name
    const given = event.args
    if (given) args = Array.isArray(given) ? (given as unknown[]) : [given]
  } catch (cause) {
    // Of an application's own parser, a value may have getters, which may throw.
    throw notAPacket(text, cause)
  }
  // Spelt out: a spread of the address costs more than all the rest (bench: pipe).
  const { endpoint, id, ack } = address
  return id === undefined
    ? { type: 'event', endpoint, name, args }
    : { type: 'event', endpoint, id, ack: ack as true | 'data', name, args }
}

function decodeAck(address: Addressing, data: string, text: string, json: JsonCodec): AckPacket {
  const match = ackData.exec(data)
  if (match === null) throw notAPacket(text)
  const [, ackId = '', list] = match
  if (!list) return { type: 'ack', ...address, ackId, args: noArgs }
  const args = parse(list, text, json)
  if (!Array.isArray(args)) throw notAPacket(text)
  return { type: 'ack', ...address, ackId, args }
}

function decodeError(address: Addressing, data: string): ErrorPacket {
  const [reason = '', advice = ''] = data.split('+', 2)
  return {
    type: 'error',
    ...address,
    reason: (/^\d$/.test(reason) && errorReasons[Number(reason)]) || '',
    advice: (/^\d$/.test(advice) && errorAdvice[Number(advice)]) || '',
  }
}

function encodeData(packet: Packet, json: JsonCodec): string {
  switch (packet.type) {
    case 'connect':
      return packet.qs
    case 'message':
      return packet.data
    case 'json':
      return stringify(packet.data, json)
    case 'event':
      // Order and absence of keys as the real server's: name first, no empty args.
      return stringify(packet.args.length > 0 ? { name: packet.name, args: packet.args } : { name: packet.name }, json)
    case 'ack':
      return packet.args.length > 0 ? `${packet.ackId}+${onOneLine(stringify(packet.args, json))}` : packet.ackId
    case 'error':
      return encodeError(packet)
    default:
      return ''
  }
}

function encodeError({ reason, advice }: ErrorPacket): string {
  const left = reason === '' ? '' : String(errorReasons.indexOf(reason))
  return advice === '' ? left : `${left}+${errorAdvice.indexOf(advice)}`
}

function parse(data: string, text: string, json: JsonCodec): unknown {
  try {
    return json.parse(data)
  } catch (cause) {
    // What parses may have a bound of its own.
    if (isA(cause, ProtocolError)) throw cause
    throw notAPacket(text, cause)
  }
}

// The client reads an ack's list up to the end of a line, as which it takes these two as well.
const lineEnds = /[\u2028\u2029]/

function onOneLine(list: string): string {
  if (!lineEnds.test(list)) return list
  return list.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

// JSON.stringify() answers undefined for undefined, functions and symbols, which no JSON value is.
function stringify(value: unknown, json: JsonCodec): string {
  return json.stringify(value) ?? 'null'
}

function notAPacket(text: string, cause?: unknown): ProtocolError {
  return new ProtocolError('SIO_PROTOCOL_PACKET', `expected a packet, got ${quote(text)}`, { cause })
}
