// Owns: what the unit tests say of the body of a POST: how it is read, and what becomes of its packets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '../../../lib/support/errors.js'
import { readPayload, receivePayload } from '../../../lib/transports/v09/post.js'
import { MemoryExchange } from '../../support/memory-exchange.js'
import { notingOwner } from './bench.js'

const most = 1000

async function parsed(exchange: MemoryExchange): Promise<MemoryExchange> {
  await exchange.request.toArray()
  return exchange
}

test('a body is read as UTF-8, wherever it is cut', async () => {
  const text = '3:::é😀\ufffd'
  const bytes = [...Buffer.from(text)].map((byte) => Buffer.from([byte]))
  assert.equal(await readPayload(new MemoryExchange({ body: bytes }), 'xhr-polling', most), text)
})

test('an empty body is an empty payload', async () => {
  assert.equal(await readPayload(new MemoryExchange(), 'xhr-polling', most), '')
})

test('a body that is exactly as large as allowed is read', async () => {
  const body = ['é'.repeat(250), 'é'.repeat(250)]
  assert.equal(await readPayload(new MemoryExchange({ body }), 'xhr-polling', most), body.join(''))
})

test('a body that is one byte too large is refused, and its connection is left to answer on', async () => {
  const exchange = new MemoryExchange({ body: ['x'.repeat(most), 'x', 'the rest'] })
  await assert.rejects(async () => readPayload(exchange, 'xhr-polling', most), {
    name: 'ProtocolError',
    code: 'SIO_PROTOCOL_LIMIT',
    message: 'expected at most 1000 bytes',
  })
  assert.equal(exchange.request.destroyed, false)
})

test('a body that is announced as too large is refused before any of it is read', async () => {
  const exchange = new MemoryExchange({ headers: { 'content-length': '1001' }, body: ['unread'] })
  await assert.rejects(async () => readPayload(exchange, 'xhr-polling', most), { code: 'SIO_PROTOCOL_LIMIT' })
  assert.equal(exchange.request.readableDidRead, false)
})

for (const [parser, parsedBody] of [
  ['text', '3:::é'],
  ['raw', Buffer.from('3:::é')],
] as const) {
  test(`a body that express.${parser}() has read is taken from it, within the bound`, async () => {
    const exchange = await parsed(new MemoryExchange({ parsedBody }))
    assert.equal(await readPayload(exchange, 'xhr-polling', 6), '3:::é')
    await assert.rejects(async () => readPayload(exchange, 'xhr-polling', 5), { code: 'SIO_PROTOCOL_LIMIT' })
  })
}

for (const parsedBody of [undefined, {}, { a: 1 }, []]) {
  test(`a body of which a parser has kept ${JSON.stringify(parsedBody)} is the application's mistake`, async () => {
    const exchange = await parsed(new MemoryExchange({ body: ['3:::x'], parsedBody }))
    await assert.rejects(async () => readPayload(exchange, 'xhr-polling', most), {
      name: 'UsageError',
      code: 'SIO_USAGE_BODY',
      message: 'expected an unread body, got one that a body parser read: mount the parser behind socketioMiddleware()',
    })
  })
}

test('a form carries its payload as a JSON string in d', async () => {
  const form = `d=${encodeURIComponent(JSON.stringify('3:::a+b\n"c" é😀'))}`
  assert.equal(await readPayload(new MemoryExchange({ body: [form] }), 'jsonp-polling', most), '3:::a+b\n"c" é😀')
})

test('in a form a plus sign is a space', async () => {
  const exchange = new MemoryExchange({ body: ['d=%22a+b%22'] })
  assert.equal(await readPayload(exchange, 'jsonp-polling', most), 'a b')
})

for (const [parser, parsedBody] of [
  ['urlencoded', { d: '"3:::x"' }],
  ['text', 'd=%223:::x%22'],
  ['raw', Buffer.from('d=%223:::x%22')],
] as const) {
  test(`a form that express.${parser}() has read is taken from it`, async () => {
    const exchange = await parsed(new MemoryExchange({ parsedBody }))
    assert.equal(await readPayload(exchange, 'jsonp-polling', most), '3:::x')
  })
}

for (const form of [
  '',
  'x=1',
  'd',
  'd=',
  'd=3:::x',
  'd=5',
  'd=null',
  'd=%7B%7D',
  'd=%22',
  `d=${'['.repeat(400)}`,
  '%',
]) {
  test(`a form ${JSON.stringify(form)} is no payload`, async () => {
    await assert.rejects(async () => readPayload(new MemoryExchange({ body: [form] }), 'jsonp-polling', most), {
      name: 'ProtocolError',
      code: 'SIO_PROTOCOL_PAYLOAD',
      message: /^expected a JSON string in d, got /,
    })
  })
}

for (const parsedBody of [
  {},
  { d: ['"3:::x"', '"3:::y"'] },
  { d: { toString: 'no function' } },
  { d: 5 },
  { d: [[['nested']]] },
  Object.create({ d: '"inherited"' }) as object,
]) {
  test(`a form that was parsed to ${JSON.stringify(parsedBody)} is no payload`, async () => {
    const exchange = await parsed(new MemoryExchange({ parsedBody }))
    await assert.rejects(async () => readPayload(exchange, 'jsonp-polling', most), { code: 'SIO_PROTOCOL_PAYLOAD' })
  })
}

function receive(payload: string, maxPackets = 10): string[] {
  const owner = notingOwner()
  receivePayload(payload, owner, JSON, maxPackets)
  return owner.heard
}

function frame(packet: string): string {
  return `\ufffd${packet.length}\ufffd${packet}`
}

test('packets are handed over one by one, in order', () => {
  assert.deepEqual(receive(frame('3:::a') + frame('3:::b')), ['received 3:::a', 'received 3:::b'])
})

test('bad packets are told once, and the good ones around them are received', () => {
  assert.deepEqual(receive([frame('3:::a'), frame('bad'), frame('3:::b'), frame('9:::'), frame('3:::c')].join('')), [
    'received 3:::a',
    'received 3:::b',
    'received 3:::c',
    'rejected SIO_PROTOCOL_PACKET',
  ])
})

test('what stands before a break in the framing is received', () => {
  assert.deepEqual(receive(`${frame('3:::a')}\ufffd99\ufffd3:::b`), ['received 3:::a', 'rejected SIO_PROTOCOL_PAYLOAD'])
})

test('a passed bound is told, whatever else was wrong', () => {
  const payload = frame('bad') + frame('3:::a') + frame('3:::b')
  assert.deepEqual(receive(payload, 2), ['received 3:::a', 'rejected SIO_PROTOCOL_LIMIT'])
})

test('a packet that passes a bound is the last that is received', () => {
  const owner = notingOwner()
  const json = {
    ...JSON,
    parse: () => {
      throw new ProtocolError('SIO_PROTOCOL_LIMIT', 'too deep')
    },
  }
  const payload = [frame('bad'), frame('3:::a'), frame('4:::[[]]'), frame('3:::b')].join('')
  receivePayload(payload, owner, json, 10)
  assert.deepEqual(owner.heard, ['received 3:::a', 'rejected SIO_PROTOCOL_LIMIT'])
})

test('what the owner throws is not taken for a bad packet', () => {
  const failure = new Error('bug')
  const owner = {
    ...notingOwner(),
    receive: () => {
      throw failure
    },
  }
  assert.throws(() => {
    receivePayload('3:::a', owner, JSON, 10)
  }, failure)
})
