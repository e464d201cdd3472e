// Owns: every spelling of a packet that encodes and decodes. Each row is read, written, and read again.
// Elsewhere: spellings that are only accepted, and texts that are no packet (packet-spellings.test.ts).
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodePacket, encodePacket } from '../../../../lib/wire/v09/packet.js'
import type { Packet } from '../../../../lib/wire/packet.js'

interface Row {
  readonly rule: string
  readonly text: string
  readonly packet: Packet
}

const longId = '99999999999999999999'

const rows: readonly Row[] = [
  { rule: 'the end of the session', text: '0::', packet: { type: 'disconnect', endpoint: '' } },
  { rule: 'the end of one namespace', text: '0::/chat', packet: { type: 'disconnect', endpoint: '/chat' } },

  { rule: 'the connect of the root', text: '1::', packet: { type: 'connect', endpoint: '', qs: '' } },
  { rule: 'the connect of a namespace', text: '1::/chat', packet: { type: 'connect', endpoint: '/chat', qs: '' } },
  {
    rule: 'a connect with the query of its endpoint',
    text: '1::/test:?test=1',
    packet: { type: 'connect', endpoint: '/test', qs: '?test=1' },
  },
  {
    rule: 'a question mark that is part of the endpoint',
    text: '1::/chat?x=1',
    packet: { type: 'connect', endpoint: '/chat?x=1', qs: '' },
  },

  { rule: 'a heartbeat', text: '2::', packet: { type: 'heartbeat', endpoint: '' } },

  { rule: 'a message', text: '3:::hello', packet: { type: 'message', endpoint: '', data: 'hello' } },
  { rule: 'an empty message', text: '3::', packet: { type: 'message', endpoint: '', data: '' } },
  {
    rule: 'a message with colons',
    text: '3::/chat:a:b',
    packet: { type: 'message', endpoint: '/chat', data: 'a:b' },
  },
  {
    rule: 'a message that begins with a colon',
    text: '3::::x',
    packet: { type: 'message', endpoint: '', data: ':x' },
  },
  {
    rule: 'a message with newlines and NUL',
    text: '3:::\na\r\nb\u0000\n',
    packet: { type: 'message', endpoint: '', data: '\na\r\nb\u0000\n' },
  },
  {
    rule: 'a message with U+FFFD, U+2028 and an emoji',
    text: '3:::\ufffd5\ufffd é😀\u2028',
    packet: { type: 'message', endpoint: '', data: '\ufffd5\ufffd é😀\u2028' },
  },
  {
    rule: 'a message that wants an automatic ack',
    text: '3:1::hello',
    packet: { type: 'message', endpoint: '', id: '1', ack: true, data: 'hello' },
  },
  {
    rule: 'a message that wants an ack with data',
    text: '3:1+::hello',
    packet: { type: 'message', endpoint: '', id: '1', ack: 'data', data: 'hello' },
  },
  {
    rule: 'the id 0',
    text: '3:0::x',
    packet: { type: 'message', endpoint: '', id: '0', ack: true, data: 'x' },
  },
  {
    rule: 'an id with leading zeros',
    text: '3:007+::x',
    packet: { type: 'message', endpoint: '', id: '007', ack: 'data', data: 'x' },
  },
  {
    rule: 'an id that no number can hold',
    text: `3:${longId}+::x`,
    packet: { type: 'message', endpoint: '', id: longId, ack: 'data', data: 'x' },
  },
  {
    rule: 'an endpoint without a slash',
    text: '3::chat:x',
    packet: { type: 'message', endpoint: 'chat', data: 'x' },
  },
  ...['constructor', '__proto__', 'toString', 'hasOwnProperty'].map((endpoint): Row => ({
    rule: `the prototype name ${endpoint} as endpoint`,
    text: `3::${endpoint}:x`,
    packet: { type: 'message', endpoint, data: 'x' },
  })),

  { rule: 'an object as JSON', text: '4:::{"a":"b"}', packet: { type: 'json', endpoint: '', data: { a: 'b' } } },
  { rule: 'null as JSON', text: '4:::null', packet: { type: 'json', endpoint: '', data: null } },
  { rule: '0 as JSON', text: '4:::0', packet: { type: 'json', endpoint: '', data: 0 } },
  { rule: 'false as JSON', text: '4:::false', packet: { type: 'json', endpoint: '', data: false } },
  { rule: 'the empty string as JSON', text: '4:::""', packet: { type: 'json', endpoint: '', data: '' } },
  {
    rule: 'JSON that wants an ack with data',
    text: '4:1+:/chat:["é😀",":"]',
    packet: { type: 'json', endpoint: '/chat', id: '1', ack: 'data', data: ['é😀', ':'] },
  },
  {
    rule: 'a lone surrogate as JSON',
    text: '4:::"\\ud83d"',
    packet: { type: 'json', endpoint: '', data: '\ud83d' },
  },

  {
    rule: 'an event with arguments',
    text: '5:::{"name":"woot","args":["x",1]}',
    packet: { type: 'event', endpoint: '', name: 'woot', args: ['x', 1] },
  },
  {
    rule: 'an event without arguments',
    text: '5:::{"name":"n"}',
    packet: { type: 'event', endpoint: '', name: 'n', args: [] },
  },
  {
    rule: 'an event that wants an automatic ack',
    text: '5:3::{"name":"n"}',
    packet: { type: 'event', endpoint: '', id: '3', ack: true, name: 'n', args: [] },
  },
  {
    rule: 'an event that wants an ack with data',
    text: '5:1+:/chat:{"name":"n","args":[1]}',
    packet: { type: 'event', endpoint: '/chat', id: '1', ack: 'data', name: 'n', args: [1] },
  },
  {
    rule: 'an event named as a prototype member',
    text: '5:::{"name":"__proto__","args":[{"constructor":1}]}',
    packet: { type: 'event', endpoint: '', name: '__proto__', args: [{ constructor: 1 }] },
  },

  { rule: 'an ack without data', text: '6:::4', packet: { type: 'ack', endpoint: '', ackId: '4', args: [] } },
  {
    rule: 'an ack with data',
    text: '6:::4+["A","B"]',
    packet: { type: 'ack', endpoint: '', ackId: '4', args: ['A', 'B'] },
  },
  {
    rule: 'the ack of a namespace',
    text: '6::/chat:4+[1]',
    packet: { type: 'ack', endpoint: '/chat', ackId: '4', args: [1] },
  },
  {
    rule: 'the ack of null',
    text: '6:::0+[null]',
    packet: { type: 'ack', endpoint: '', ackId: '0', args: [null] },
  },
  {
    rule: 'the ack of an id that no number can hold',
    text: `6:::${longId}`,
    packet: { type: 'ack', endpoint: '', ackId: longId, args: [] },
  },

  {
    rule: 'an error with reason and advice',
    text: '7:::1+0',
    packet: { type: 'error', endpoint: '', reason: 'client not handshaken', advice: 'reconnect' },
  },
  {
    rule: 'an error with a reason alone',
    text: '7::/private:2',
    packet: { type: 'error', endpoint: '/private', reason: 'unauthorized', advice: '' },
  },
  {
    rule: 'the reason with the number 0',
    text: '7:::0',
    packet: { type: 'error', endpoint: '', reason: 'transport not supported', advice: '' },
  },
  {
    rule: 'an error with an advice alone',
    text: '7:::+0',
    packet: { type: 'error', endpoint: '', reason: '', advice: 'reconnect' },
  },
  { rule: 'an error of nothing', text: '7::/x', packet: { type: 'error', endpoint: '/x', reason: '', advice: '' } },

  { rule: 'a noop', text: '8::', packet: { type: 'noop', endpoint: '' } },
]

for (const { rule, text, packet } of rows) {
  describe(`${rule}: ${JSON.stringify(text)}`, () => {
    test(`${rule} decodes`, () => {
      assert.deepEqual(decodePacket(text), packet)
    })
    test(`${rule} encodes`, () => {
      assert.equal(encodePacket(packet), text)
    })
    test(`${rule} survives the round trip`, () => {
      assert.deepEqual(decodePacket(encodePacket(packet)), packet)
    })
  })
}
