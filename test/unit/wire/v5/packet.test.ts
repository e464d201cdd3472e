// Owns: every spelling of a packet for Socket.IO 2 to 4, written and read, in both revisions.
// Elsewhere: whole transcripts (test/conformance/modern).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ProtocolError } from '../../../../lib/support/errors.js'
import type { Packet } from '../../../../lib/wire/packet.js'
import { encodePacket, PacketDecoder, type Revision } from '../../../../lib/wire/v5/packet.js'

type Parts = readonly (string | Buffer)[]

const bytes = Buffer.from([1, 2, 3])
const bounds = { maxJsonDepth: 20, maxAttachments: 10 }
const placeholder = '{"_placeholder":true,"num":0}'

interface Written {
  readonly rule: string
  readonly packet: Packet
  readonly 4: Parts
  readonly 5: Parts
}

const both = (rule: string, packet: Packet, ...parts: Parts): Written => ({ rule, packet, 4: parts, 5: parts })

const written: readonly Written[] = [
  {
    rule: 'the confirmation of a connect to the global namespace',
    packet: { type: 'connect', endpoint: '', qs: '', sid: 'ID' },
    4: ['0'],
    5: ['0{"sid":"ID"}'],
  },
  {
    rule: 'the confirmation of another connect',
    packet: { type: 'connect', endpoint: '/chat', qs: '', sid: 'ID' },
    4: ['0/chat,'],
    5: ['0/chat,{"sid":"ID"}'],
  },
  both('the end of the global namespace', { type: 'disconnect', endpoint: '' }, '1'),
  both('the end of another namespace', { type: 'disconnect', endpoint: '/chat' }, '1/chat,'),
  both('an event', { type: 'event', endpoint: '', name: 'say', args: [1, 'a'] }, '2["say",1,"a"]'),
  both('an event without arguments', { type: 'event', endpoint: '/chat', name: 'say', args: [] }, '2/chat,["say"]'),
  both(
    'an event that wants an ack',
    { type: 'event', endpoint: '/chat', id: '7', ack: 'data', name: 'say', args: [1] },
    '2/chat,7["say",1]',
  ),
  both(
    'an event with an attachment',
    { type: 'event', endpoint: '', name: 'say', args: [bytes] },
    `51-["say",${placeholder}]`,
    bytes,
  ),
  both(
    'an event with an attachment that wants an ack',
    { type: 'event', endpoint: '/chat', id: '7', ack: 'data', name: 'say', args: [{ deep: [bytes] }] },
    `51-/chat,7["say",{"deep":[${placeholder}]}]`,
    bytes,
  ),
  both('a message, which is an event', { type: 'message', endpoint: '', data: 'hi' }, '2["message","hi"]'),
  both('a message as JSON, which is one too', { type: 'json', endpoint: '', data: { a: 1 } }, '2["message",{"a":1}]'),
  both('an ack', { type: 'ack', endpoint: '', ackId: '7', args: ['a', 1] }, '37["a",1]'),
  both('an ack without arguments', { type: 'ack', endpoint: '/chat', ackId: '0', args: [] }, '3/chat,0[]'),
  both(
    'an ack with an attachment',
    { type: 'ack', endpoint: '', ackId: '7', args: [bytes] },
    `61-7[${placeholder}]`,
    bytes,
  ),
  {
    rule: 'a refusal that says nothing',
    packet: { type: 'error', endpoint: '/chat', reason: 'unauthorized', advice: '' },
    4: ['4/chat,"unauthorized"'],
    5: ['4/chat,{"message":"unauthorized"}'],
  },
  {
    rule: 'a refusal with a message',
    packet: { type: 'error', endpoint: '/chat', reason: 'unauthorized', advice: '', message: 'not you' },
    4: ['4/chat,"not you"'],
    5: ['4/chat,{"message":"not you"}'],
  },
  {
    rule: 'a refusal with a message and data',
    packet: { type: 'error', endpoint: '', reason: 'unauthorized', advice: '', message: 'not you', data: { code: 7 } },
    4: ['4{"code":7}'],
    5: ['4{"message":"not you","data":{"code":7}}'],
  },
]

interface Read {
  readonly rule: string
  readonly parts: Parts
  readonly packet: Packet
}

const address = { id: '7', ack: 'data' } as const

const read: readonly Read[] = [
  { rule: 'a connect', parts: ['0'], packet: { type: 'connect', endpoint: '', qs: '', auth: undefined } },
  {
    rule: 'a connect with auth',
    parts: ['0{"token":"a"}'],
    packet: { type: 'connect', endpoint: '', qs: '', auth: { token: 'a' } },
  },
  {
    rule: 'a connect to another namespace',
    parts: ['0/chat,{"token":"a"}'],
    packet: { type: 'connect', endpoint: '/chat', qs: '', auth: { token: 'a' } },
  },
  {
    rule: 'a connect without a comma',
    parts: ['0/chat'],
    packet: { type: 'connect', endpoint: '/chat', qs: '', auth: undefined },
  },
  {
    rule: 'a connect with a query',
    parts: ['0/chat?token=1&x=?,'],
    packet: { type: 'connect', endpoint: '/chat', qs: '?token=1&x=?', auth: undefined },
  },
  { rule: 'a disconnect', parts: ['1'], packet: { type: 'disconnect', endpoint: '' } },
  { rule: 'a disconnect of another namespace', parts: ['1/chat,'], packet: { type: 'disconnect', endpoint: '/chat' } },
  {
    rule: 'an event',
    parts: ['2["say",1,"a"]'],
    packet: { type: 'event', endpoint: '', name: 'say', args: [1, 'a'] },
  },
  {
    rule: 'an event that wants an ack',
    parts: ['2/chat,7["say"]'],
    packet: { type: 'event', endpoint: '/chat', ...address, name: 'say', args: [] },
  },
  {
    rule: 'an event whose name is a number',
    parts: ['2[1,"a"]'],
    packet: { type: 'event', endpoint: '', name: '', args: ['a'] },
  },
  {
    rule: 'an event whose name every object has',
    parts: ['2["__proto__"]'],
    packet: { type: 'event', endpoint: '', name: '__proto__', args: [] },
  },
  {
    rule: 'an event with an attachment',
    parts: [`51-7["say",${placeholder}]`, bytes],
    packet: { type: 'event', endpoint: '', ...address, name: 'say', args: [bytes] },
  },
  {
    rule: 'an event with the greatest id',
    parts: ['29007199254740991["say"]'],
    packet: { type: 'event', endpoint: '', id: '9007199254740991', ack: 'data', name: 'say', args: [] },
  },
  { rule: 'an ack', parts: ['37["a",1]'], packet: { type: 'ack', endpoint: '', ackId: '7', args: ['a', 1] } },
  { rule: 'an ack with id 0', parts: ['3/chat,0[]'], packet: { type: 'ack', endpoint: '/chat', ackId: '0', args: [] } },
  {
    rule: 'an ack with an attachment',
    parts: [`61-7[${placeholder}]`, bytes],
    packet: { type: 'ack', endpoint: '', ackId: '7', args: [bytes] },
  },
]

const wrong: readonly (readonly [rule: string, parts: Parts])[] = [
  ['an unknown type', ['7']],
  ['a type that is no digit', ['abc']],
  ['a connect whose payload is a text', ['0"a"']],
  ['a disconnect with a payload', ['1["a"]']],
  ['an event without a payload', ['2']],
  ['an event with an id alone', ['21']],
  ['an event whose payload is an object', ['2{}']],
  ['an event without a name', ['2[]']],
  ['an event with a reserved name', ['2["connect"]']],
  ['an event that is no JSON', ['2["say"']],
  ['an event with an id that no number is exact for', ['29007199254740992["say"]']],
  ['an event with an id that is written in another way', [`2${'9'.repeat(22)}["say"]`]],
  ['an ack with an id past every number', [`3${'9'.repeat(400)}["a"]`]],
  ['an ack without an id', ['3["a"]']],
  ['an ack whose payload is an object', ['37{}']],
  ['an error, which only servers send', ['4"a"']],
  ['attachments without their number', ['5["say"]']],
  ['bytes where none are due', [bytes]],
  ['a text where bytes are due', [`51-["say",${placeholder}]`, '2["say"]']],
  ['a placeholder of nothing', ['51-["say",{"_placeholder":true,"num":1}]', bytes]],
]

for (const revision of [4, 5] as const satisfies readonly Revision[]) {
  describe(`in revision ${revision}`, () => {
    for (const row of written) {
      test(`${row.rule} is written ${String(row[revision][0])}`, () => {
        assert.deepEqual(encodePacket(row.packet, revision).parts, row[revision])
      })
    }

    for (const type of ['heartbeat', 'noop'] as const) {
      test(`a ${type} is not written`, () => {
        assert.throws(() => encodePacket({ type, endpoint: '' }, revision), ProtocolError)
      })
    }
  })
}

for (const { rule, parts, packet } of read) {
  test(`${rule} is read, and only with its last attachment`, () => {
    const decoder = new PacketDecoder(bounds)
    const packets = parts.map((part) => decoder.add(part))
    assert.deepEqual(packets, [...parts.slice(1).map(() => undefined), packet])
  })
}

for (const [rule, parts] of wrong) {
  test(`${rule} is no packet`, () => {
    const decoder = new PacketDecoder(bounds)
    assert.throws(() => {
      for (const part of parts) decoder.add(part)
    }, ProtocolError)
  })
}

test('packets are read one after the other', () => {
  const decoder = new PacketDecoder(bounds)
  const types = ['0', `51-["say",${placeholder}]`, bytes, '1'].map((part) => decoder.add(part)?.type)
  assert.deepEqual(types, ['connect', undefined, 'event', 'disconnect'])
})

test('a decoder that is destroyed waits for no attachment', () => {
  const decoder = new PacketDecoder(bounds)
  decoder.add(`51-["say",${placeholder}]`)
  decoder.destroy()
  assert.equal(decoder.add('1')?.type, 'disconnect')
})

test('a frame weighs what its parts are long', () => {
  const frame = encodePacket({ type: 'event', endpoint: '', name: 'say', args: [] }, 5)
  assert.deepEqual([frame.parts, frame.size], [['2["say"]'], 8])
  const file = encodePacket({ type: 'event', endpoint: '', name: 'f', args: [Buffer.alloc(100)] }, 5)
  assert.equal(file.size, '51-["f",{"_placeholder":true,"num":0}]'.length + 100)
})

// A namespace may hold any character, a quotation mark as well.
for (const start of [
  '2',
  '2/chat,',
  '212',
  '2/"chat,12',
  '2/[{"chat?a=[,',
  '51-',
  '51e0-/"chat,3',
  '3/"chat,7',
  '0/"chat,',
]) {
  test(`JSON behind ${start} may be as deep as maxJsonDepth, and no deeper`, () => {
    const deep = (depth: number): string => {
      const lists = (count: number): string => '['.repeat(count) + ']'.repeat(count)
      if (start.startsWith('0')) return `${start}{"a":${lists(depth - 1)}}`
      return start.startsWith('3') ? `${start}${lists(depth)}` : `${start}["say",${lists(depth - 1)}]`
    }
    const { maxJsonDepth } = bounds
    new PacketDecoder(bounds).add(deep(maxJsonDepth))
    assert.throws(() => new PacketDecoder(bounds).add(deep(maxJsonDepth + 1)), { code: 'SIO_PROTOCOL_LIMIT' })
  })
}

test('a packet has as many attachments as maxAttachments says, and no more', () => {
  const placeholders = Array.from({ length: 3 }, (_, num) => JSON.stringify({ _placeholder: true, num }))
  const decoder = new PacketDecoder({ ...bounds, maxAttachments: 2 })
  const [last] = [`52-["say",${placeholders.slice(0, 2).join()}]`, bytes, bytes]
    .map((part) => decoder.add(part))
    .slice(-1)
  assert.equal(last?.type, 'event')
  for (const type of [5, 6]) {
    assert.throws(() => decoder.add(`${type}3-["say",${placeholders.join()}]`), {
      code: 'SIO_PROTOCOL_LIMIT',
      message: 'expected at most 2 attachments (maxAttachments)',
    })
  }
})
