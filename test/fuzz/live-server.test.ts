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
const cases = 1_500
/** A round leaves some 2 MB in caches and compiled code; were its sockets kept, it would be more than 20. */
const growth = 6_000_000

test('a server under mutated requests and frames answers its clients, and afterwards nothing is left of them', async (t) => {
  const arena = await Arena.open(t, 'express')
  const next = await runRound(arena, seed, 0, (index) => index >= warmUp)
  const before = await bytesInUse()
  await runRound(arena, seed, next, (index) => index >= next + cases)
  const grown = (await bytesInUse()) - before
  assert.ok(grown < growth, `expected to grow by less than ${growth} bytes, got ${grown}`)
  console.log(`grown by ${grown} bytes`)
})
