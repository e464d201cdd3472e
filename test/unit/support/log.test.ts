import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logTurnedAway } from '../../../lib/support/log.js'

test('of each kind one line a minute is written, and of all together a hundred', (t) => {
  const { mock } = t.mock.method(console, 'warn', () => {})
  let now = 1_000_000
  t.mock.method(performance, 'now', () => now)
  const lines = (): number => mock.calls.length
  for (let times = 0; times < 3; times++) logTurnedAway('a', 'a was refused')
  assert.deepEqual([lines(), mock.calls[0]?.arguments], [1, ['socketio-middleware: a was refused']])
  now += 59_000
  logTurnedAway('a', 'again')
  logTurnedAway('b', 'b')
  assert.equal(lines(), 2)
  now += 1_000
  logTurnedAway('a', 'a minute later')
  assert.equal(lines(), 3)
  for (let kind = 0; kind < 500; kind++) logTurnedAway(`kind ${kind}`, 'many')
  assert.equal(lines(), 101)
  // There is room again when a minute has gone by, and nothing of what it was for is kept.
  now += 60_000
  for (let kind = 0; kind < 500; kind++) logTurnedAway(`other ${kind}`, 'many')
  assert.equal(lines(), 201)
})
