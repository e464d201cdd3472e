// Owns: a short run of values and bytes that are made up, at the decoders and encoders of both wires.
// Elsewhere: chosen spellings (test/unit/wire), the same bytes against a server (live-server.test.ts).
import { test } from 'node:test'
import { checkMutated } from './kinds.js'
import { properties } from './properties.js'
import { seedOfRun } from './random.js'
import { decoderKinds } from './seeds.js'

const seed = seedOfRun(process.env['FUZZ_SEED'])
console.log(`FUZZ_SEED=${seed}`)

for (const [sentence, check] of properties) test(sentence, () => check({ seed: seed | 0, numRuns: 500 }))

for (const kind of decoderKinds) {
  test(`mutated bytes of ${kind} are read or refused, whole and split`, async () => {
    for (let index = 0; index < 3_000; index++) await checkMutated(kind, seed, index)
  })
}
