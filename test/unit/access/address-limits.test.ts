// Owns: counting by address, and that nothing of it is left.
// Elsewhere: what is counted (test/conformance/per-address.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { perAddress, PerAddress } from '../../../lib/access/address-limits.js'

test('an address has room until it has as many as it may', () => {
  const counts = new PerAddress(2)
  counts.add('a', '10.0.0.1')
  assert.equal(counts.hasRoom('10.0.0.1'), true)
  counts.add('b', '10.0.0.1')
  assert.equal(counts.hasRoom('10.0.0.1'), false)
  assert.equal(counts.hasRoom('10.0.0.2'), true)
  counts.remove('a')
  assert.equal(counts.hasRoom('10.0.0.1'), true)
})

test('an address that has none any more is forgotten', () => {
  const counts = new PerAddress(2)
  for (let round = 0; round < 100; round++) {
    counts.add(round, `10.0.0.${round}`)
    counts.add(`${round} too`, `10.0.0.${round}`)
  }
  assert.equal(counts.size, 100)
  for (let round = 0; round < 100; round++) {
    counts.remove(round)
    counts.remove(`${round} too`)
  }
  assert.equal(counts.size, 0)
})

test('what is removed twice, or was never there, counts once', () => {
  const counts = new PerAddress(2)
  counts.add('a', '10.0.0.1')
  counts.add('b', '10.0.0.1')
  counts.remove('a')
  counts.remove('a')
  counts.remove('c')
  counts.add('d', '10.0.0.1')
  assert.equal(counts.hasRoom('10.0.0.1'), false)
})

test('without a bound nothing is counted', () => {
  assert.equal(perAddress(Infinity), undefined)
  assert.equal(perAddress(1)?.hasRoom('10.0.0.1'), true)
})
