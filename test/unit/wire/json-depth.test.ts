// Owns: how deep a JSON text is, told without parsing it.
// Elsewhere: what becomes of a client that passes the bound (test/conformance/json-depth.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkJsonDepth, levelLength } from '../../../lib/wire/json-depth.js'

const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
const objects = (depth: number): string => '{"a":'.repeat(depth) + 'null' + '}'.repeat(depth)

function isDeeper(text: string, max: number, from?: number): boolean {
  try {
    checkJsonDepth(text, max, from)
    return false
  } catch (error) {
    assert.equal(Reflect.get(error as Error, 'code'), 'SIO_PROTOCOL_LIMIT')
    assert.equal((error as Error).message, `expected JSON of at most ${max} levels (maxJsonDepth)`)
    return true
  }
}

for (const [what, make] of [
  ['lists', lists],
  ['objects', objects],
  ['lists in objects', (depth: number) => `{"a":${lists(depth - 1)}}`],
  ['objects in a list', (depth: number) => `[1,[],${objects(depth - 1)}]`],
] as const) {
  test(`${what} may be as deep as the bound, and no deeper`, () => {
    for (const max of [3, 10, 1000]) {
      assert.equal(isDeeper(make(max), max), false)
      assert.equal(isDeeper(make(max + 1), max), true)
    }
  })
}

test('what stands beside each other is not deep', () => {
  assert.equal(isDeeper(`[${Array.from({ length: 500 }, () => lists(2)).join()}]`, 3), false)
})

for (const [what, text] of [
  ['brackets', JSON.stringify('[[[[{{{{')],
  ['quotes and brackets', JSON.stringify('"[["[[["{{{')],
  ['backslashes at its end', JSON.stringify('[[[[\\')],
  ['pairs of backslashes and quotes', JSON.stringify('\\"\\\\"[[[[\\\\')],
] as const) {
  test(`${what} in a string are no levels, and those after it are`, () => {
    assert.equal(isDeeper(text, 1), false)
    assert.equal(isDeeper(`[${text},[]]`, 2), false)
    assert.equal(isDeeper(`[${text},[[]]]`, 2), true)
  })
}

test('a string that does not end hides nothing that could be parsed', () => {
  const text = '["[[[[[['
  assert.equal(isDeeper(text, 2), false)
  assert.throws(() => JSON.parse(text) as unknown)
})

test('what stands before the JSON does not count', () => {
  assert.equal(isDeeper('[[[["[[', 2, 4), false)
  assert.equal(isDeeper('"""[[[]]]', 2, 3), true)
})

test('a level takes two characters at least: a shorter text is not checked', () => {
  for (const max of [1, 10, 1000]) {
    assert.equal(lists(max).length, levelLength * max)
    assert.equal(isDeeper(lists(max), max), false)
    assert.equal(isDeeper(lists(max + 1), max), true)
  }
})

test('backslashes are looked at once, however many there are', () => {
  const text = `["${'\\\\'.repeat(400_000)}",${'"\\\\",'.repeat(50_000)}0]`
  const begin = performance.now()
  assert.equal(isDeeper(text, 10), false)
  // A second look at each would take minutes.
  assert.ok(performance.now() - begin < 5_000)
})
