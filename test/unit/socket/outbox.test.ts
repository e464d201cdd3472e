// Owns: what the unit tests say of the frames that wait for a client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outbox } from '../../../lib/socket/outbox.js'
import { boundsOf } from './bench.js'

test('frames are taken all at once, in the order in which they came', () => {
  const outbox = new Outbox(boundsOf(10))
  for (const frame of ['a', 'b', 'c']) outbox.push(frame)
  assert.equal(outbox.size, 3)
  assert.deepEqual(outbox.takeAll(), ['a', 'b', 'c'])
  assert.equal(outbox.size, 0)
  assert.deepEqual(outbox.takeAll(), [])
})

test('frames that are put back come before all that waits', () => {
  const outbox = new Outbox(boundsOf(10))
  for (const frame of ['a', 'b']) outbox.push(frame)
  const taken = outbox.takeAll()
  outbox.push('c')
  outbox.putBack(taken)
  assert.deepEqual(outbox.takeAll(), ['a', 'b', 'c'])
})

test('one frame more than the bound is refused, and those before stay', () => {
  const outbox = new Outbox(boundsOf(2))
  outbox.push('a')
  outbox.push('b')
  assert.equal(outbox.push('c'), false)
  assert.deepEqual(outbox.takeAll(), ['a', 'b'])
})

test('a frame that comes when more bytes wait than the bound is refused; a single one may be as large as it likes', () => {
  const outbox = new Outbox(boundsOf(10, 5))
  outbox.push('a'.repeat(100))
  assert.equal(outbox.push('b'), false)
  const taken = outbox.takeAll()
  assert.equal(outbox.push('12345'), true)
  assert.equal(outbox.push('6'), true)
  assert.deepEqual([taken.length, outbox.takeAll()], [1, ['12345', '6']])
  outbox.putBack(['123456'])
  assert.equal(outbox.push('7'), false)
})

test('the last frame of a socket is taken even past the bound', () => {
  const outbox = new Outbox(boundsOf(1))
  outbox.push('a')
  outbox.pushLast('end')
  assert.deepEqual(outbox.takeAll(), ['a', 'end'])
})

test('a hundred thousand frames that did not arrive are put back', () => {
  const outbox = new Outbox(boundsOf(1_000_000))
  const frames = Array.from({ length: 200_000 }, (_, index) => index)
  outbox.putBack(frames)
  assert.equal(outbox.size, 200_000)
})
