// Owns: made-up stories of clients that connect, leave, are kicked and lost around hooks that are slow, fail or never end,
// held against the table of an instance's life.
// Elsewhere: single rows of that table (test/conformance/namespaces), bytes that are made up (live-server.test.ts).
import * as fc from 'fast-check'
import { test } from 'node:test'
import { story } from './lives/plan.js'
import { tell } from './lives/run.js'
import { seedOfRun } from './random.js'

const seed = seedOfRun(process.env['FUZZ_SEED'])
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 300)
console.log(`FUZZ_SEED=${seed}`)

test('whatever clients and hooks do, each life goes as the table says, and nothing of it is left', async (t) => {
  await fc.assert(
    fc.asyncProperty(story, (told) => tell(t, told)),
    { seed: seed | 0, numRuns },
  )
})
