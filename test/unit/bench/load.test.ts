import assert from 'node:assert/strict'
import { test } from 'node:test'
import { splitBody } from '../../bench/load/body.js'
import { clientFrame, readFrames } from '../../bench/load/websocket-frame.js'

test('a client frame is masked, with its length in one byte or in three', () => {
  // RFC 6455, 5.7: the masked "Hello", with that very mask.
  assert.equal(clientFrame('Hello').toString('hex'), '818537fa213d7f9f4d5158')
  const long = clientFrame('x'.repeat(300))
  assert.deepEqual([...long.subarray(0, 4)], [0x81, 0xfe, 0x01, 0x2c])
  assert.equal(long.length, 308)
})

test('frames of a server are read one by one, and an unfinished one is left', () => {
  const heard: string[] = []
  const long = 'y'.repeat(200)
  const bytes = Buffer.concat([
    Buffer.from('810548656c6c6f', 'hex'),
    Buffer.from([0x81, 126, 0, 200]),
    Buffer.from(long),
    Buffer.from('8105486', 'hex'),
  ])
  const rest = readFrames(bytes, (text) => heard.push(text))
  assert.deepEqual(heard, ['Hello', long])
  assert.equal(rest.toString('hex'), '810548')
})

test('polling bodies are split as either wire joins them', () => {
  const bytes = (text: string): string => Buffer.from(text).toString('latin1')
  assert.deepEqual(splitBody(bytes('1::')), ['1::'])
  assert.deepEqual(splitBody(bytes('\ufffd3\ufffd1::\ufffd8\ufffd1::/chat')), ['1::', '1::/chat'])
  assert.deepEqual(splitBody('42["a"]\x1e42["b"]'), ['42["a"]', '42["b"]'])
})
