// Owns: what the unit tests say of the bytes of a text message on a websocket.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Writable } from 'node:stream'
import * as ws from 'ws'
import { textFrame } from '../../../lib/transports/websocket-frame.js'

// ws has it, and its types do not.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable }

function hex(frame: string, bytes: number): string {
  return Buffer.from(frame.slice(0, bytes), 'latin1').toString('hex')
}

// RFC 6455, 5.2: one byte of length up to 125, two behind 126, eight behind 127.
for (const [length, head] of [
  [0, '8100'],
  [5, '8105'],
  [125, '817d'],
  [126, '817e007e'],
  [65_535, '817effff'],
  [65_536, '817f0000000000010000'],
  [16_909_060, '817f0000000001020304'],
] as const) {
  test(`a text of ${length} bytes has the head ${head}`, () => {
    const frame = textFrame('x'.repeat(length))
    assert.equal(hex(frame, head.length / 2), head)
    assert.equal(frame.length, head.length / 2 + length)
  })
}

test('the example of RFC 6455, 5.7 comes out as it stands there', () => {
  assert.equal(hex(textFrame('Hello'), 7), '810548656c6c6f')
})

for (const text of [
  '',
  'plain',
  'é',
  '€uro',
  '😀',
  '\ufffd5\ufffd3:::x',
  'a\u0000b',
  '\u2028',
  'ÿ'.repeat(200),
  '漢'.repeat(30_000),
]) {
  test(`a receiver reads ${JSON.stringify(text.slice(0, 20))} as it was written`, async () => {
    const receiver = new Receiver({ isServer: false })
    const read = new Promise((resolve) => {
      receiver.on('message', (data: Buffer) => {
        resolve(data.toString())
      })
    })
    receiver.write(Buffer.from(textFrame(text), 'latin1'))
    assert.equal(await read, text)
  })
}

test('half of a surrogate pair becomes U+FFFD, as UTF-8 has no other way', () => {
  assert.equal(hex(textFrame('\ud83d'), 5), '8103efbfbd')
})
