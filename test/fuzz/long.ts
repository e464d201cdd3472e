// Owns: the long run: `npm run fuzz -- --seconds 600 [--seed n]`. It ends with the first find, which it keeps in corpus/.
// Elsewhere: the short run, which is the same each time (decoders.test.ts, live-server.test.ts, lives.test.ts).
import * as fc from 'fast-check'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { parseArgs } from 'node:util'
import { faces, type Face } from '../support/server.js'
import { Arena } from './arena.js'
import { keep } from './corpus.js'
import { bytesInUse } from './heap.js'
import { checkMutated, Find } from './kinds.js'
import { properties } from './properties.js'
import { story } from './lives/plan.js'
import { tell } from './lives/run.js'
import { newSeed, seedOfRun } from './random.js'
import { runRound } from './round.js'
import { decoderKinds } from './seeds.js'

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '600' }, seed: { type: 'string' } } })
const seconds = Number(values.seconds)
if (!(seconds > 0)) throw new Error(`expected --seconds to be a number, got ${values.seconds}`)
const firstSeed = seedOfRun(values.seed, newSeed())

const casesInRound = 5_000
/** What caches and compiled code may come to in a long run; what stays of sockets would come to more. */
const growth = 30_000_000

test(`fuzzing for ${seconds} s from seed ${firstSeed}`, async (t) => {
  const end = performance.now() + 1_000 * seconds
  const isOver = (): boolean => performance.now() > end
  const before = new Map<Face, number>()
  const broken: unknown[] = []
  for (let seed = firstSeed; !isOver() && broken.length === 0; seed++) {
    const face = faces[seed % faces.length] as Face
    // A server of its own, which is closed at the end of each round.
    await t.test(`seed ${seed} under ${face}`, async (round) => {
      try {
        await attackDecoders(seed)
        await tellStories(round, seed)
        const arena = await Arena.open(round, face)
        const cases = await runRound(arena, seed, 0, (index) => index >= casesInRound || isOver())
        const inUse = await bytesInUse()
        if (!before.has(face)) before.set(face, inUse)
        console.log(`seed ${seed} under ${face}: ${cases} cases at the server, ${Math.round(inUse / 1e6)} MB in use`)
        const grown = inUse - (before.get(face) as number)
        assert.ok(grown < growth, `expected to grow by less than ${growth} bytes, got ${grown}`)
      } catch (error) {
        for (const find of findsIn(error)) console.error(`kept in ${keep(find.kind, find.from, find.bytes)}`)
        // One find is enough: the rounds to come would meet it again.
        broken.push(error)
        throw error
      }
    })
  }
})

async function attackDecoders(seed: number): Promise<void> {
  for (const [, check] of properties) await check({ seed: seed | 0, numRuns: 1_000 })
  for (const kind of decoderKinds) for (let index = 0; index < 10_000; index++) await checkMutated(kind, seed, index)
}

async function tellStories(t: TestContext, seed: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(story, (told) => tell(t, told)),
    { seed: seed | 0, numRuns: 300 },
  )
}

function findsIn(error: unknown): readonly Find[] {
  if (error instanceof Find) return [error]
  return error instanceof AggregateError ? error.errors.filter((one) => one instanceof Find) : []
}
