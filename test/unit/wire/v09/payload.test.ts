// Owns: packets joined into one body, and a body split into packets: whole, and broken.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { joinPayload, splitPayload } from '../../../../lib/wire/v09/payload.js'

const rows: readonly { rule: string; frames: readonly string[]; body: string }[] = [
  { rule: 'one packet', frames: ['3:::a'], body: '3:::a' },
  { rule: 'one packet with U+FFFD in its content', frames: ['3:::\ufffd5\ufffd'], body: '3:::\ufffd5\ufffd' },
  { rule: 'two packets', frames: ['3:::a', '3:::b'], body: '\ufffd5\ufffd3:::a\ufffd5\ufffd3:::b' },
  {
    rule: 'packets whose length is that of UTF-16 units',
    frames: ['3:::é😀', '2::'],
    body: '\ufffd7\ufffd3:::é😀\ufffd3\ufffd2::',
  },
  {
    rule: 'packets with U+FFFD and a length in their content',
    frames: ['3:::\ufffd3\ufffd', '3:::\ufffd'],
    body: '\ufffd7\ufffd3:::\ufffd3\ufffd\ufffd5\ufffd3:::\ufffd',
  },
  {
    rule: 'packets with newlines and colons',
    frames: ['3:::a\nb\n', '3::/chat::', '0::'],
    body: '\ufffd8\ufffd3:::a\nb\n\ufffd10\ufffd3::/chat::\ufffd3\ufffd0::',
  },
]

for (const { rule, frames, body } of rows) {
  describe(`a payload of ${rule}`, () => {
    test(`${rule}: joins`, () => {
      assert.equal(joinPayload(frames), body)
    })
    test(`${rule}: splits`, () => {
      assert.deepEqual([...splitPayload(body)], frames)
    })
    test(`${rule}: survives the round trip`, () => {
      assert.deepEqual([...splitPayload(joinPayload(frames))], frames)
    })
  })
}

test('a single packet that is framed all the same is accepted', () => {
  assert.deepEqual([...splitPayload('\ufffd3\ufffd0::')], ['0::'])
})

test('a body that does not begin with U+FFFD is one packet, whatever it holds', () => {
  assert.deepEqual([...splitPayload('3:::a\ufffd5\ufffd3:::b')], ['3:::a\ufffd5\ufffd3:::b'])
})

test('an empty body is one empty text', () => {
  assert.deepEqual([...splitPayload('')], [''])
})

test('a framed packet of length 0 is an empty text', () => {
  assert.deepEqual([...splitPayload('\ufffd0\ufffd\ufffd3\ufffd2::')], ['', '2::'])
})

test('a length of nine digits is read as a number', () => {
  assert.deepEqual([...splitPayload('\ufffd000000003\ufffd2::')], ['2::'])
})

const ok = '\ufffd5\ufffd3:::a'
const broken: readonly { rule: string; body: string; before: readonly string[] }[] = [
  { rule: 'a length that overruns the body', body: `${ok}\ufffd6\ufffd3:::b`, before: ['3:::a'] },
  {
    rule: 'a length that falls short, with the rest behind it',
    body: `${ok}\ufffd4\ufffd3:::b`,
    before: ['3:::a', '3:::'],
  },
  {
    rule: 'a length counted in bytes',
    body: '\ufffd10\ufffd3:::é😀\ufffd3\ufffd2::',
    before: ['3:::é😀\ufffd3\ufffd'],
  },
  { rule: 'a length counted in code points', body: '\ufffd6\ufffd3:::é😀\ufffd3\ufffd2::', before: ['3:::é\ud83d'] },
  { rule: 'a length that is missing', body: `${ok}\ufffd\ufffd3:::b`, before: ['3:::a'] },
  { rule: 'a length that is no number', body: `${ok}\ufffdfive\ufffd3:::b`, before: ['3:::a'] },
  { rule: 'a negative length', body: `${ok}\ufffd-5\ufffd3:::b`, before: ['3:::a'] },
  { rule: 'a length in hexadecimal', body: '\ufffd0x5\ufffd3:::b', before: [] },
  { rule: 'a length with a fraction', body: '\ufffd5.0\ufffd3:::b', before: [] },
  { rule: 'a length with spaces', body: '\ufffd 5\ufffd3:::b', before: [] },
  { rule: 'a length of ten digits', body: '\ufffd0000000005\ufffd3:::b', before: [] },
  { rule: 'a length that no number can hold', body: `\ufffd${'9'.repeat(400)}\ufffd3:::b`, before: [] },
  { rule: 'a length without its second mark', body: `${ok}\ufffd5`, before: ['3:::a'] },
  { rule: 'a mark alone', body: '\ufffd', before: [] },
  { rule: 'a mark at the end', body: `${ok}\ufffd`, before: ['3:::a'] },
  { rule: 'junk at the end', body: `${ok}junk`, before: ['3:::a'] },
]

for (const { rule, body, before } of broken) {
  test(`${rule} breaks a payload, and what stands before comes out first: ${JSON.stringify(body.slice(0, 40))}`, () => {
    const frames: string[] = []
    assert.throws(
      () => {
        for (const frame of splitPayload(body)) frames.push(frame)
      },
      { name: 'ProtocolError', code: 'SIO_PROTOCOL_PAYLOAD' },
    )
    assert.deepEqual(frames, before)
  })
}

test('as many packets as may be are split', () => {
  assert.equal([...splitPayload(ok.repeat(3), 3)].length, 3)
})

test('one packet more than may be breaks the payload at the bound', () => {
  const frames: string[] = []
  assert.throws(
    () => {
      for (const frame of splitPayload(ok.repeat(4), 3)) frames.push(frame)
    },
    { name: 'ProtocolError', code: 'SIO_PROTOCOL_LIMIT' },
  )
  assert.deepEqual(frames, ['3:::a', '3:::a', '3:::a'])
})
