// Owns: a soak that is short enough for the test run: one of each kind of client many times over, and all ways to go.
// Elsewhere: the long one (`npm run soak`).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { soak } from './run-soak.js'

test('a crowd of all wires comes, chats and drops, and nothing is lost or left', async (t) => {
  const faults = await soak({
    seconds: 10,
    sockets: 200,
    seed: 4,
    silenceMs: 10_000,
    say: (line) => t.diagnostic(line),
  })
  assert.deepEqual(faults, [])
})
