// Owns: what fast-check makes up: JSON values, packets that each wire can spell, texts that look like packets.
// Elsewhere: what must hold for them (decoders.test.ts).
import * as fc from 'fast-check'
import { errorAdvice, errorReasons, type Packet } from '../../lib/wire/packet.js'

/** Any text, half surrogates included. */
export const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
    ),
  )
  .map((parts) => parts.join(''))

/** Any text that survives UTF-8. */
export const wellFormedText = fc.string({ unit: 'binary' })

/** Any value that JSON can spell. */
export const json = fc.jsonValue({ stringUnit: 'binary' })

const digits = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String), fc.constantFrom('0', '007'))

// The separators of each wire cannot stand in a namespace's name.
const endpoint09 = fc.oneof(
  fc.constantFrom('', '/chat'),
  wellFormedText.map((name) => `/${name.replaceAll(':', '')}`),
)
const endpoint5 = fc.oneof(
  fc.constantFrom('', '/chat'),
  wellFormedText.map((name) => `/x${name.replaceAll(/[,?]/g, '')}`),
)

const address09 = fc.oneof(
  endpoint09.map((endpoint) => ({ endpoint })),
  fc.record({ endpoint: endpoint09, id: digits, ack: fc.constantFrom(true, 'data') }),
)

/** Every packet that the 0.9 wire can spell. */
export const packet09 = fc.oneof(
  fc
    .tuple(address09, fc.constantFrom('disconnect', 'heartbeat', 'noop'))
    .map(([address, type]) => ({ ...address, type })),
  fc.tuple(address09, wellFormedText).map(([address, qs]) => ({ ...address, type: 'connect', qs })),
  fc.tuple(address09, wellFormedText).map(([address, data]) => ({ ...address, type: 'message', data })),
  fc.tuple(address09, json).map(([address, data]) => ({ ...address, type: 'json', data })),
  fc
    .tuple(address09, wellFormedText, fc.array(json))
    .map(([address, name, args]) => ({ ...address, type: 'event', name, args })),
  fc
    .tuple(address09, digits, fc.array(json))
    .map(([address, ackId, args]) => ({ ...address, type: 'ack', ackId, args })),
  fc
    .tuple(address09, fc.constantFrom('', ...errorReasons), fc.constantFrom('', ...errorAdvice))
    .map(([address, reason, advice]) => ({ ...address, type: 'error', reason, advice })),
) as fc.Arbitrary<Packet>

const hex = '0123456789abcdef'
const bytes = fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array))
// An own property of that name is lost to socket.io-parser where it makes copies: in packets with attachments.
const keys = wellFormedText.filter((key) => key !== '__proto__')
const { withBytes } = fc.letrec((tie) => ({
  withBytes: fc.oneof(
    { maxDepth: 4 },
    fc.oneof(bytes, wellFormedText, fc.integer(), fc.constantFrom(null, true, hex)),
    fc.array(tie('withBytes'), { maxLength: 3 }),
    fc.dictionary(keys, tie('withBytes'), { maxKeys: 3 }),
  ),
}))
const few = (list: readonly unknown[]): boolean => countBytes(list) <= 10
const args5 = fc.oneof(fc.array(json), fc.array(withBytes, { maxLength: 4 }).filter(few))
const id5 = fc.nat().map(String)
// What clients of Socket.IO keep for themselves is no event to their decoder.
const name5 = wellFormedText.filter(
  (name) => !/^(?:connect|connect_error|disconnect|disconnecting|newListener|removeListener)$/.test(name),
)

/** Packets that both ends of Socket.IO 2 to 4 send each other. */
export const packet5 = fc.oneof(
  endpoint5.map((endpoint) => ({ type: 'disconnect', endpoint })),
  fc.tuple(endpoint5, name5, args5).map(([endpoint, name, args]) => ({ type: 'event', endpoint, name, args })),
  fc
    .tuple(endpoint5, id5, name5, args5)
    .map(([endpoint, id, name, args]) => ({ type: 'event', endpoint, id, ack: 'data', name, args })),
  fc.tuple(endpoint5, id5, args5).map(([endpoint, ackId, args]) => ({ type: 'ack', endpoint, ackId, args })),
) as fc.Arbitrary<Packet>

/** How many attachments a value comes to. Decoders take ten. */
function countBytes(value: unknown): number {
  if (Buffer.isBuffer(value)) return 1
  if (typeof value !== 'object' || value === null) return 0
  return Object.values(value).reduce((sum: number, one) => sum + countBytes(one), 0)
}

const almostJson = fc.oneof(
  json.map((value) => JSON.stringify(value)),
  json.map((value) => JSON.stringify(value).slice(1)),
  anyText,
)

/** Texts that have the shape of a 0.9 packet, and may be none. */
export const almostPacket09 = fc
  .tuple(
    fc.oneof(fc.nat({ max: 9 }).map(String), anyText),
    fc.oneof(digits, fc.constant(''), anyText),
    fc.constantFrom('', '+', '++'),
    fc.oneof(endpoint09, anyText),
    fc.oneof(
      almostJson,
      almostJson.map((data) => `1+${data}`),
      almostJson.map((data) => `{"name":"a","args":${data}}`),
    ),
  )
  .map(([type, id, plus, endpoint, data]) => `${type}:${id}${plus}:${endpoint}:${data}`)

/** Texts that have the shape of a 0.9 payload, and may be none. */
export const almostPayload09 = fc
  .array(fc.tuple(almostPacket09, fc.oneof(fc.constant(0), fc.integer({ min: -3, max: 3 }))))
  .map((packets) => packets.map(([text, wrong]) => `\ufffd${text.length + wrong}\ufffd${text}`).join(''))

const almostPacket5 = fc
  .tuple(
    fc.oneof(fc.nat({ max: 9 }).map(String), fc.constantFrom('51-', '52-', '61-', '5-', '511-')),
    fc.oneof(
      endpoint5.map((name) => (name === '' ? '' : `${name},`)),
      anyText,
    ),
    fc.oneof(fc.constant(''), fc.nat().map(String), digits),
    fc.oneof(
      almostJson,
      almostJson.map((data) => `["a",${data}]`),
      fc.nat({ max: 2 }).map((num) => `["a",{"_placeholder":true,"num":${num}}]`),
    ),
  )
  .map((parts) => parts.join(''))

/** Frames as clients of Socket.IO 2 to 4 send them, and almost. */
export const almostFrames5 = fc.array(fc.oneof(almostPacket5, bytes), { maxLength: 6 })
