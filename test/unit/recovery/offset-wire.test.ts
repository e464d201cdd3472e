// Owns: which frames carry an offset where connections are resumed, and what else those frames tell.
// Elsewhere: every other spelling (packet.test.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KeptFrame } from '../../../lib/recovery/kept-frame.js'
import { Broadcast } from '../../../lib/rooms/broadcast.js'
import type { EventPacket, Packet } from '../../../lib/wire/packet.js'
import { OffsetWire } from '../../../lib/recovery/offset-wire.js'
import { Offsets } from '../../../lib/wire/v5/offsets.js'
import { encodePacket, type Frame } from '../../../lib/wire/v5/packet.js'

function makeWire() {
  const offsets = new Offsets()
  const bare = { encode: (packet: Packet) => encodePacket(packet, 5), sizeOf: ({ size }: Frame) => size }
  const wire = new OffsetWire(bare, (endpoint) => (endpoint === '/nowhere' ? undefined : offsets))
  return { wire, offsets }
}

const partsOf = ({ frame }: KeptFrame): readonly unknown[] => (frame as Frame).parts

const event = (name: string, args: readonly unknown[], endpoint = '/chat'): EventPacket => ({
  type: 'event',
  endpoint,
  name,
  args,
})
const placeholder = (num: number): string => `{"_placeholder":true,"num":${num}}`
const bytes = Buffer.from([1, 2, 3])

describe('an event ends in its offset', () => {
  const rows: Readonly<Record<string, { packet: Packet; begin: string; attachments?: readonly Buffer[] }>> = {
    'with arguments': { packet: event('said', ['ada', 1]), begin: '2/chat,["said","ada",1' },
    'without arguments': { packet: event('said', []), begin: '2/chat,["said"' },
    'in the global namespace': { packet: event('said', [null], ''), begin: '2["said",null' },
    'with an argument that is no JSON': { packet: event('said', [undefined]), begin: '2/chat,["said",null' },
    'with a text that ends in brackets': { packet: event('said', [']"]']), begin: String.raw`2/chat,["said","]\"]"` },
    'with an attachment': {
      packet: event('file', [bytes, 'a']),
      begin: `51-/chat,["file",${placeholder(0)},"a"`,
      attachments: [bytes],
    },
    'with attachments at the end': {
      packet: event('file', [{ a: bytes, b: [bytes] }]),
      begin: `52-/chat,["file",{"a":${placeholder(0)},"b":[${placeholder(1)}]}`,
      attachments: [bytes, bytes],
    },
    'that send() sends': {
      packet: { type: 'message', endpoint: '/chat', data: 'hi' },
      begin: '2/chat,["message","hi"',
    },
    'that send() sends as JSON': {
      packet: { type: 'json', endpoint: '/chat', data: { a: 1 } },
      begin: '2/chat,["message",{"a":1}',
    },
  }
  for (const [name, { packet, begin, attachments = [] }] of Object.entries(rows)) {
    test(name, () => {
      const { wire, offsets } = makeWire()
      for (const [number, each] of [wire, wire.volatile].entries()) {
        const kept = each.encode(packet)
        const text = `${begin},"${offsets.write(number + 1)}"]`
        assert.deepEqual(partsOf(kept), [text, ...attachments])
        assert.equal(each.sizeOf(kept), text.length + attachments.length * 3)
        assert.deepEqual([kept.endpoint, kept.n, offsets.last], [packet.endpoint, number + 1, number + 1])
        assert.deepEqual([kept.asks, kept.isVolatile], [false, each === wire.volatile])
      }
    })
  }
})

describe('without an offset, and not counted:', () => {
  const rows: Readonly<Record<string, Packet>> = {
    'an event that asks for an ack': { ...event('ask', [1]), id: '7', ack: 'data' },
    'a message that asks for one': { type: 'message', endpoint: '/chat', id: '7', ack: true, data: 'hi' },
    'an event of an endpoint that nobody is in': event('said', [1], '/nowhere'),
    'an ack': { type: 'ack', endpoint: '/chat', ackId: '7', args: ['a'] },
    'an ack of a text that looks like one': { type: 'ack', endpoint: '/chat', ackId: '7', args: ['abcdefgh.1'] },
    'the confirmation of a connect': { type: 'connect', endpoint: '/chat', qs: '', sid: 'ID' },
    'a refusal': { type: 'error', endpoint: '/chat', reason: 'unauthorized', advice: '', message: 'no' },
    'the end of a namespace': { type: 'disconnect', endpoint: '/chat' },
  }
  for (const [name, packet] of Object.entries(rows)) {
    test(name, () => {
      const { wire, offsets } = makeWire()
      const kept = wire.encode(packet)
      assert.deepEqual(partsOf(kept), encodePacket(packet, 5).parts)
      assert.equal(offsets.last, 0)
      assert.equal(kept.n, undefined)
      assert.equal(kept.asks, name.includes('asks for'))
    })
  }
})

test('an event that a toJSON() sends is counted before the one that it is called for', () => {
  const { wire, offsets } = makeWire()
  const frames: KeptFrame[] = []
  const nosy = {
    toJSON() {
      frames.push(wire.encode(event('inner', [])))
      return 'outer'
    },
  }
  frames.push(wire.encode(event('outer', [nosy])))
  // However often it is called for one event.
  assert.ok(frames.length > 1)
  for (const [index, frame] of frames.entries()) {
    assert.equal(frame.n, index + 1)
    assert.ok(String(partsOf(frame)[0]).endsWith(`,"${offsets.write(index + 1)}"]`))
  }
})

test('what cannot be encoded is not counted', () => {
  const { wire, offsets } = makeWire()
  assert.throws(() => wire.encode(event('said', [5n])), TypeError)
  assert.equal(offsets.last, 0)
})

test('a broadcast has one offset for all clients of the wire', () => {
  const { wire, offsets } = makeWire()
  const broadcast = new Broadcast(event('said', [1]))
  const frames = Array.from({ length: 1_000 }, () => broadcast.frame(wire))
  assert.equal(new Set(frames).size, 1)
  assert.equal(offsets.last, 1)
})
