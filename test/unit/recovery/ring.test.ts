// Owns: what is kept for a client until it has it: by marks, by its own count, within a bound.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KeptFrame, KeptKind } from '../../../lib/recovery/kept-frame.js'
import { Ring } from '../../../lib/recovery/ring.js'

const kept = (frame: string, kind: KeptKind = 'counted', isVolatile = false): KeptFrame => ({
  frame,
  kind,
  endpoint: frame.slice(0, 1),
  size: frame.length,
  asks: false,
  isVolatile,
  n: undefined,
})

const bounds = { maxBufferedPackets: 100, maxBufferedBytes: 1_000, maxKeptBytes: 100 }

function ringOf(...frames: string[]): Ring {
  const ring = new Ring(bounds)
  for (const frame of frames) ring.pass(kept(frame))
  return ring
}

test('a client that has counted gets what it has not, and one that does not count nothing twice', () => {
  const counting = ringOf('a1', 'a2', 'a3')
  counting.push(kept('a4'))
  assert.equal(counting.standingOf(1), 'known')
  counting.returned(1)
  assert.deepEqual(counting.takeAll(), ['a2', 'a3', 'a4'])

  const silent = ringOf('a1', 'a2', 'a3')
  silent.push(kept('a4'))
  silent.returned(undefined)
  assert.deepEqual(silent.takeAll(), ['a4'])
})

test('a count below what is confirmed, or above what was written, is told from a good one', () => {
  const ring = ringOf('a1', 'a2')
  ring.push(kept('a3'))
  assert.deepEqual(
    [0, 1, 2, 3, 1.5, -1, NaN].map((seen) => ring.standingOf(seen)),
    ['known', 'known', 'known', 'ahead', 'behind', 'behind', 'behind'],
  )
  ring.confirm(1)
  assert.deepEqual(
    [0, 1].map((seen) => ring.standingOf(seen)),
    ['behind', 'known'],
  )
})

test('a count goes on from what the client had counted when it came', () => {
  const ring = new Ring(bounds, 17)
  ring.pass(kept('a1'))
  assert.deepEqual(
    [16, 17, 18, 19].map((seen) => ring.standingOf(seen)),
    ['behind', 'known', 'known', 'ahead'],
  )
})

test('ends are told again, answers to connects and volatile events are not', () => {
  const ring = ringOf('a1')
  ring.pass(kept('a2', 'counted', true))
  ring.pass(kept('b!', 'control'))
  ring.push(kept('b?', 'passing'))
  ring.push(kept('a3'))
  ring.returned(1)
  assert.deepEqual(ring.takeAll(), ['b!', 'a3'])
})

test('a second return before anything was confirmed is counted by the same numbers', () => {
  const ring = ringOf('a1', 'a2', 'a3')
  ring.returned(1)
  assert.deepEqual(ring.takeAll(), ['a2', 'a3'])
  assert.deepEqual(
    [0, 1, 3, 4].map((seen) => ring.standingOf(seen)),
    ['behind', 'known', 'known', 'ahead'],
  )
  ring.returned(2)
  assert.deepEqual(ring.takeAll(), ['a3'])
})

test('an answer that did not arrive goes again, before everything else', () => {
  const ring = new Ring(bounds)
  ring.push(kept('a1'))
  const answer = ring.takeAll()
  ring.push(kept('a2'))
  ring.putBack(answer)
  assert.deepEqual(ring.takeAll(), ['a1', 'a2'])
})

test('past its bound what was written goes first, which a later confirmation makes good', () => {
  const ring = new Ring(bounds)
  for (let n = 0; n < 30; n++) ring.pass(kept('a'.repeat(10)))
  assert.ok(ring.bytes <= 100)
  assert.equal(ring.isWhole, false)
  assert.equal(ring.standingOf(5), 'behind')
  ring.confirm(ring.written)
  assert.deepEqual([ring.isWhole, ring.bytes], [true, 0])
})

test('what waits is not dropped for the bound: nobody has seen it', () => {
  const ring = new Ring(bounds)
  for (let n = 0; n < 20; n++) ring.push(kept(`a${'x'.repeat(9)}`))
  assert.equal(ring.isWhole, false)
  assert.equal(ring.takeAll().length, 20)
})

test('ten thousand frames that are confirmed as they come leave nothing behind', () => {
  const ring = new Ring(bounds)
  for (let n = 0; n < 10_000; n++) {
    ring.pass(kept('a1'))
    if (n % 7 === 0) ring.confirm(ring.written)
  }
  ring.confirm(ring.written)
  assert.deepEqual([ring.bytes, ring.size, [...ring.entries()].length], [0, 0, 0])
  assert.equal(ring.standingOf(10_000), 'known')
})

test('what is taken out of it does not move the marks of what is kept', () => {
  const ring = ringOf('a1', 'b1', 'a2')
  const mark = ring.written
  ring.pass(kept('b2'))
  ring.push(kept('a3'))
  ring.push(kept('b3'))
  assert.deepEqual(
    ring.takeOf('a').map(({ kept: { frame }, wasWritten }) => [frame, wasWritten]),
    [
      ['a1', true],
      ['a2', true],
      ['a3', false],
    ],
  )
  assert.deepEqual(ring.takeAll(), ['b3'])
  const lost = ringOf('a1', 'b1', 'a2', 'b2')
  lost.takeOf('a')
  lost.confirm(mark)
  assert.deepEqual(
    [...lost.entries()].map(({ kept: { frame } }) => frame),
    ['b2'],
  )
})

test('what was taken out is not sent when what was handed over was not written', () => {
  const ring = ringOf('a1', 'b1', 'a2', 'b2')
  ring.takeOf('a')
  ring.rewind(1)
  assert.equal(ring.size, 2)
  assert.deepEqual(ring.takeAll(), ['b1', 'b2'])
  ring.confirm(ring.written)
  assert.equal(ring.bytes, 0)
})

test('nothing is left in place of what was taken out, once that is the oldest', () => {
  const ring = ringOf('a1', 'b1', 'a2')
  const { written } = ring
  ring.takeOf('a')
  ring.takeOf('b')
  assert.deepEqual([ring.bytes, ring.written], [0, written])
  ring.pass(kept('a3'))
  ring.confirm(written)
  assert.deepEqual(
    [...ring.entries()].map(({ kept: { frame } }) => frame),
    ['a3'],
  )
})
