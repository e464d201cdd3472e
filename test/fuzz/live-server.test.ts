// Owns: a short attack on a live server over HTTP and websockets: it goes on serving, and keeps nothing.
// Elsewhere: the long one (long.ts), the decoders alone (decoders.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Arena } from './arena.js'
import { bytesInUse } from './heap.js'
import { seedOfRun } from './random.js'
import { runRound } from './round.js'

const seed = seedOfRun(process.env['FUZZ_SEED'])
console.log(`FUZZ_SEED=${seed}`)

const warmUp = 300
const cases = 2_000
/** Twice what a round leaves behind in caches and compiled code; a socket that stays for each case would be more. */
const growth = 12_000_000

test('a server under mutated requests and frames answers its clients, and afterwards nothing is left of them', async (t) => {
  const arena = await Arena.open(t)
  const next = await runRound(arena, seed, 0, (index) => index >= warmUp)
  const before = await bytesInUse()
  await runRound(arena, seed, next, (index) => index >= next + cases)
  const grown = (await bytesInUse()) - before
  assert.ok(grown < growth, `expected to grow by less than ${growth} bytes, got ${grown}`)
  console.log(`grown by ${grown} bytes`)
})
