// Owns: what must hold at the decoders and encoders of both wires for any value, each as a sentence and its check.
// Elsewhere: the values (arbitraries.ts), who runs it and how often (decoders.test.ts, long.ts).
import assert from 'node:assert/strict'
import { runInThisContext } from 'node:vm'
import * as fc from 'fast-check'
import { payloadOfForm } from '../../lib/transports/v09/jsonp-polling.js'
import { decodePacket, encodePacket as encode09 } from '../../lib/wire/v09/packet.js'
import { joinPayload, splitPayload } from '../../lib/wire/v09/payload.js'
import { htmlfileString, jsonpCall, scriptString } from '../../lib/wire/v09/script.js'
import { encodePacket as encode5, type Revision } from '../../lib/wire/v5/packet.js'
import type { Packet } from '../../lib/wire/packet.js'
import {
  almostFrames5,
  almostPacket09,
  almostPayload09,
  anyText,
  json,
  packet09,
  packet5,
  wellFormedText,
} from './arbitraries.js'
import {
  assertSameJson,
  checkForm,
  checkFrames5,
  checkPacket09,
  checkPayload09,
  packetOrError,
  read5,
} from './decoders.js'

/** Seed and number of runs. */
export interface Runs {
  readonly seed: number
  readonly numRuns: number
}

type Check = (runs: Runs) => void | Promise<void>

function property<Value>(values: fc.Arbitrary<Value>, check: (value: Value) => void): Check {
  return (runs) => {
    fc.assert(fc.property(values, check), runs)
  }
}

const frames = fc.array(
  fc.oneof(
    anyText,
    packet09.map((packet) => encode09(packet)),
  ),
  { minLength: 1, maxLength: 6 },
)
// One alone travels bare, and no packet begins with the mark of a payload.
const joinable = frames.filter((list) => list.length > 1 || list[0]?.startsWith('\ufffd') === false)

const bodies = fc.oneof(
  almostPayload09.map((body) => Buffer.from(body)),
  fc.uint8Array().map((bytes) => Buffer.from(bytes)),
)
const places = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 })

const slashes = fc.array(fc.constantFrom('\\', '/', '</script>', '"', 'a')).map((parts) => parts.join(''))
const asJson = json.map((value) => JSON.stringify(value))

function assertRoundTrip5(packet: Packet, revision: Revision): void {
  assertSameJson(sorted(read5(encode5(packet, revision).parts)), sorted(packet))
}

export const properties: readonly (readonly [sentence: string, check: Check])[] = [
  [
    'any text is a 0.9 packet or a ProtocolError, and a packet can be written again',
    property(fc.oneof(anyText, almostPacket09), checkPacket09),
  ],
  [
    'every packet that the 0.9 wire can spell survives the round trip',
    property(packet09, (packet) => {
      assertSameJson(sorted(decodePacket(encode09(packet))), sorted(packet))
    }),
  ],
  [
    'packets that are joined into a payload are split into the same',
    property(joinable, (list) => {
      assert.deepEqual([...splitPayload(joinPayload(list))], list)
    }),
  ],
  [
    'any text is a payload or a ProtocolError',
    property(fc.oneof(anyText, almostPayload09), (body) => {
      packetOrError(() => [...splitPayload(body, 100)])
    }),
  ],
  [
    'a body is the same payload wherever it was cut',
    async (runs) => {
      const whole = fc.asyncProperty(bodies, places, fc.boolean(), async (body, cuts, isForm) => {
        const ends = [...cuts.map((place) => Math.floor(place * body.length)), body.length]
        const inOrder = ends.toSorted((one, other) => one - other)
        await checkPayload09(
          inOrder.map((end, index) => body.subarray(inOrder[index - 1] ?? 0, end)),
          isForm,
        )
      })
      await fc.assert(whole, runs)
    },
  ],
  [
    'a payload survives the form of a JSONP client',
    property(wellFormedText, (payload) => {
      const form = `d=${encodeURIComponent(JSON.stringify(payload))}`
      assert.equal(payloadOfForm(new URLSearchParams(form).get('d')), payload)
    }),
  ],
  [
    'any field of a form is a payload or a ProtocolError',
    property(fc.oneof(anyText, json, asJson, fc.constant(undefined)), checkForm),
  ],
  [
    'a script of JSONP calls back with the payload, and holds nothing that could end it',
    property(fc.oneof(anyText, slashes), (payload) => {
      const script = jsonpCall('7', scriptString(payload))
      assert.doesNotMatch(script, /[<\u2028\u2029\n\r]/)
      const call = runInThisContext(`(io) => ${script.replace(/;$/, '')}`) as (io: object) => unknown
      assert.equal(call({ j: { 7: (text: string) => text } }), payload)
    }),
  ],
  [
    'a script block of htmlfile gives the client the payload, and holds nothing that could end it',
    property(fc.oneof(anyText, slashes), (payload) => {
      const literal = htmlfileString(payload)
      assert.doesNotMatch(literal, /[<\u2028\u2029\n\r]|(?<!\\)\//)
      // [6.4] The replacement is the client's own last step.
      assert.equal((runInThisContext(literal) as string).replaceAll('\\/', '/'), payload)
      assert.equal(runInThisContext(scriptString(payload)), payload)
    }),
  ],
  [
    'any frames are packets of Socket.IO 2 to 4 or a ProtocolError, and a packet can be written again',
    property(almostFrames5, checkFrames5),
  ],
  [
    'packets of Socket.IO 2 survive the round trip, attachments included',
    property(packet5, (packet) => {
      assertRoundTrip5(packet, 4)
    }),
  ],
  [
    'packets of Socket.IO 3 and 4 survive the round trip, attachments included',
    property(packet5, (packet) => {
      assertRoundTrip5(packet, 5)
    }),
  ],
]

/** With its properties in one order. */
function sorted(packet: object | undefined): object {
  return Object.fromEntries(Object.entries(packet ?? {}).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
