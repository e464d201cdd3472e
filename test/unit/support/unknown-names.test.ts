// Owns: which of our names is told for one that does not exist, and that the nearest stands first in a list.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adviceFor, nearestFirst } from '../../../lib/support/unknown-names.js'

const known = ['ackTimeout', 'authorize', 'closeTimeout', 'heartbeatInterval', 'heartbeatTimeout', 'origins']

for (const [typed, nearest] of [
  ['origin', 'origins'],
  ['heartbeatTime', 'heartbeatTimeout'],
  ['authorization', 'authorize'],
  ['interval', 'heartbeatInterval'],
  ['HEARTBEAT-INTERVALL', 'heartbeatInterval'],
  ['timeoutHeartbeat', 'heartbeatTimeout'],
  ['pingTimeout', 'ackTimeout'],
] as const) {
  test(`${nearest} stands first for ${typed}, and all others behind it in their order`, () => {
    assert.deepEqual(nearestFirst(typed, known), [nearest, ...known.filter((name) => name !== nearest)])
  })
}

for (const typed of ['frobnicate', 'x', '-', '', 'jitter', 'toString', '__proto__']) {
  test(`no name is like ${JSON.stringify(typed)}: the list keeps its order`, () => {
    assert.deepEqual(nearestFirst(typed, known), known)
  })
}

test('a list has one name or none, and what was typed has any length', () => {
  assert.deepEqual(nearestFirst('x', []), [])
  assert.deepEqual(nearestFirst('', ['']), [''])
  assert.deepEqual(nearestFirst('x'.repeat(10_000_000), ['y', 'x']).length, 2)
})

test('a name that is no more than one of ours with other letters has an advice, one that is far has none', () => {
  assert.equal(adviceFor('hearbeatTimeout', known), 'did you mean heartbeatTimeout?')
  assert.equal(adviceFor('frobnicate', known), undefined)
})
