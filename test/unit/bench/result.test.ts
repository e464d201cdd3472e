import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, quantile, ratio, type Result } from '../../bench/result.js'

const result = (row: string, round: number, slices: number[]): Result => {
  return { suite: 'load', name: 'echo', row, unit: 'µs', round, slices }
}

test('the median lies in the middle, or between the two that do', () => {
  assert.equal(median([9, 1, 3]), 3)
  assert.equal(median([8, 1, 3, 5]), 4)
})

test('a ratio is the median over slices that lie side by side, and not that of the medians', () => {
  // The machine was slow in the second and third slice, which is nobody's fault.
  const results = [result('ours', 1, [2, 20, 40]), result('peer', 1, [4, 40, 20])]
  assert.equal(ratio(results, 'echo', 'ours', 'peer'), 0.5)
})

test('slices are compared with those of the same round only', () => {
  const results = [result('ours', 1, [3]), result('ours', 2, [30]), result('peer', 2, [10]), result('peer', 3, [1])]
  assert.equal(ratio(results, 'echo', 'ours', 'peer'), 3)
})

test('there is no ratio to what was not measured', () => {
  assert.equal(ratio([result('ours', 1, [3])], 'echo', 'ours', 'peer'), undefined)
})

test('a quantile is the least value that so many do not pass', () => {
  const values = Array.from({ length: 1000 }, (_, index) => 1000 - index)
  assert.deepEqual(
    [0.5, 0.99, 0.999, 1].map((share) => quantile(values, share)),
    [500, 990, 999, 1000],
  )
  assert.equal(quantile([7], 0.5), 7)
})
