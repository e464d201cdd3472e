// Owns: spellings of packets that are accepted beside our own, values that JSON has none for, and texts that are no packet.
// Elsewhere: the spellings that we write (packet.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodePacket, encodePacket } from '../../../../lib/wire/v09/packet.js'
import type { Packet } from '../../../../lib/wire/packet.js'

const accepted: readonly { rule: string; text: string; packet: Packet }[] = [
  { rule: 'a disconnect in four parts', text: '0::/chat:', packet: { type: 'disconnect', endpoint: '/chat' } },
  { rule: 'a connect in four parts', text: '1::/chat:', packet: { type: 'connect', endpoint: '/chat', qs: '' } },
  { rule: 'a heartbeat in four parts', text: '2:::', packet: { type: 'heartbeat', endpoint: '' } },
  { rule: 'an empty message in four parts', text: '3:::', packet: { type: 'message', endpoint: '', data: '' } },
  { rule: 'a noop in four parts', text: '8:::', packet: { type: 'noop', endpoint: '' } },
  { rule: 'an ack with a plus and nothing behind it', text: '6:::4+', packet: ack('4', []) },
  { rule: 'an ack with an empty list', text: '6:::4+[]', packet: ack('4', []) },
  { rule: 'an ack whose list has a raw newline in it', text: '6:::4+[1,\n2]', packet: ack('4', [1, 2]) },
  { rule: 'args that are a text', text: '5:::{"name":"n","args":"str"}', packet: event('n', ['str']) },
  { rule: 'args that are an object', text: '5:::{"name":"n","args":{"a":1}}', packet: event('n', [{ a: 1 }]) },
  { rule: 'args that are a number', text: '5:::{"name":"n","args":7}', packet: event('n', [7]) },
  { rule: 'args that are null', text: '5:::{"name":"n","args":null}', packet: event('n', []) },
  { rule: 'args that are 0', text: '5:::{"name":"n","args":0}', packet: event('n', []) },
  { rule: 'args that are an empty list', text: '5:::{"name":"n","args":[]}', packet: event('n', []) },
  { rule: 'args in front of the name, as gevent writes', text: '5:::{"args":[1],"name":"n"}', packet: event('n', [1]) },
  { rule: 'an event without a name', text: '5:::{"args":[1]}', packet: event('', [1]) },
  { rule: 'an event whose name is a number', text: '5:::{"name":7}', packet: event('', []) },
  { rule: 'an event that is a list', text: '5:::[1]', packet: event('', []) },
  {
    rule: 'an error whose reason is not in the list',
    text: '7:::9+9',
    packet: { type: 'error', endpoint: '', reason: '', advice: '' },
  },
  {
    rule: 'an error whose reason is a prototype name',
    text: '7:::constructor+__proto__',
    packet: { type: 'error', endpoint: '', reason: '', advice: '' },
  },
]

for (const { rule, text, packet } of accepted) {
  test(`${rule} is accepted: ${JSON.stringify(text)}`, () => {
    assert.deepEqual(decodePacket(text), packet)
  })
}

const refused: readonly { rule: string; text: string }[] = [
  { rule: 'an empty text', text: '' },
  { rule: 'a word', text: 'hello' },
  { rule: 'a type alone', text: '0' },
  { rule: 'a type and one colon', text: '3:' },
  { rule: 'colons alone', text: '::' },
  { rule: 'a type past the last', text: '9:::x' },
  { rule: 'a type of two digits', text: '03:::x' },
  { rule: 'a negative type', text: '-1:::x' },
  { rule: 'a type that is a prototype name', text: 'constructor:::x' },
  { rule: 'a newline in front', text: '\n3:::x' },
  { rule: 'a packet in the middle of a text', text: 'x3:::x' },
  { rule: 'an id of letters', text: '3:abc::x' },
  { rule: 'a negative id', text: '3:-1::x' },
  { rule: 'a plus without an id', text: '3:+::x' },
  { rule: 'two pluses', text: '3:1++::x' },
  { rule: 'JSON that does not parse', text: '4:::{bad' },
  { rule: 'JSON that is missing', text: '4::' },
  { rule: 'an event that does not parse', text: '5:::{bad' },
  { rule: 'an event that is missing', text: '5::/chat' },
  { rule: 'an event that is null', text: '5:::null' },
  { rule: 'an event that is a text', text: '5:::"woot"' },
  { rule: 'an event that is a number', text: '5:::1' },
  { rule: 'an ack without an id', text: '6::' },
  { rule: 'an ack of letters', text: '6:::abc' },
  { rule: 'an ack of a negative id', text: '6:::-1' },
  { rule: 'an ack of a prototype name', text: '6:::__proto__' },
  { rule: 'an ack with junk behind its id', text: '6:::4 [1]' },
  { rule: 'ack arguments that do not parse', text: '6:::1+[' },
  { rule: 'ack arguments that are a number', text: '6:::1+5' },
  { rule: 'ack arguments that are a text', text: '6:::1+"abc"' },
  { rule: 'ack arguments that are an object with a length', text: '6:::1+{"length":1000000000}' },
  { rule: 'ack arguments that are null', text: '6:::1+null' },
]

for (const { rule, text } of refused) {
  test(`${rule} is no packet: ${JSON.stringify(text)}`, () => {
    assert.throws(() => decodePacket(text), { name: 'ProtocolError', code: 'SIO_PROTOCOL_PACKET' })
  })
}

test('the error of what is no packet shows no more than 80 characters of it', () => {
  assert.throws(
    () => decodePacket('x'.repeat(100_000)),
    (error: Error) => error.message.length < 120 && error.message.includes('xxx'),
  )
})

test('the error of what is no packet keeps what the parser threw', () => {
  assert.throws(
    () => decodePacket('4:::{bad'),
    (error: Error) => error.cause instanceof SyntaxError,
  )
})

test('a type and two colons are a packet for the root', () => {
  assert.deepEqual(decodePacket('1::'), { type: 'connect', endpoint: '', qs: '' })
})

for (const [name, value] of [
  ['undefined', undefined],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
] as const) {
  test(`${name}, which JSON has no word for, is sent as null`, () => {
    assert.equal(encodePacket({ type: 'json', endpoint: '', data: value }), '4:::null')
  })
}

test('an argument that JSON has no word for is null in the list, so that the others keep their places', () => {
  assert.equal(encodePacket(event('n', [undefined, 1])), '5:::{"name":"n","args":[null,1]}')
  assert.equal(encodePacket(ack('1', [undefined])), '6:::1+[null]')
})

test('the parser and the writer of the application take the place of JSON', () => {
  const json = { parse: (text: string) => ({ name: text, args: ['p'] }), stringify: () => 'w' }
  assert.deepEqual(decodePacket('5:::{bad', json), event('{bad', ['p']))
  assert.equal(encodePacket({ type: 'json', endpoint: '', data: 1 }, json), '4:::w')
})

test('an id that asks for no kind of ack is written bare', () => {
  assert.equal(encodePacket({ type: 'message', endpoint: '', id: '4', data: 'x' }), '3:4::x')
})

function ack(ackId: string, args: readonly unknown[]): Packet {
  return { type: 'ack', endpoint: '', ackId, args }
}

function event(name: string, args: readonly unknown[]): Packet {
  return { type: 'event', endpoint: '', name, args }
}
