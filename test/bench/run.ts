// Owns: `npm run bench`: builds, measures round by round, and prints ratios. What it prints is all that it judges.
// Elsewhere: in process (micro/), end to end (rounds.ts, load/, servers/), the command line (arguments.ts).
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments } from './arguments.js'
import { chart } from './chart.js'
import { changes } from './changed.js'
import { circumstances } from './circumstances.js'
import { readLast, readResults, writeResults } from './document.js'
import { runFloor } from './floor.js'
import { runMicro } from './micro/run.js'
import { startRedisIfAny } from './redis.js'
import { median, type Result } from './result.js'
import { runScenario, startLoad } from './rounds.js'
import { compare, costTable, loadTable, microTable, timeTable } from './table.js'
import { typesTable } from './types.js'

const { isQuick, isWritten, rounds, json, from, scenarios, hasMicro, hasTypes, hasFloor } = readArguments(
  process.argv.slice(2),
)
const results: Result[] = from === undefined ? [] : readResults(from)
const floors = new Map<string, Result[]>()
const broken: string[] = []

function keep(some: readonly Result[]): void {
  results.push(...some)
  if (json !== undefined) appendFileSync(json, some.map((result) => `${JSON.stringify(result)}\n`).join(''))
}

function tell(name: string, round: number, some: readonly Result[]): void {
  const costs = some.filter(({ suite }) => suite === 'load')
  const shown = costs.map(({ row, slices }) => `${row} ${median(slices).toFixed(1)}`)
  console.error(`${name} ${round}/${rounds}: ${shown.join(', ')}`)
}

/** One round of something. Where it breaks off, the others go on: what broke it is said at once, and once more at the end. */
async function attempt(what: string, run: () => Promise<void>): Promise<void> {
  try {
    await run()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    broken.push(`${what} broke off. ${message}`)
    console.error(broken.at(-1))
  }
}

async function measureAll(): Promise<void> {
  // Servers are plain JavaScript: nothing but Node runs in their processes.
  const here = import.meta.dirname
  const tsc = join(here, '..', '..', 'node_modules', 'typescript', 'bin', 'tsc')
  execFileSync(process.execPath, [tsc, '-p', join(here, 'servers.tsconfig.json')])

  if (hasMicro) for (let round = 1; round <= rounds; round++) keep(await runMicro(isQuick, round))

  const load = startLoad()
  const redis = await startRedisIfAny(scenarios.some(({ setting }) => setting === 'cluster'))
  try {
    for (let round = 1; round <= rounds; round++) {
      for (const scenario of scenarios) {
        if (scenario.setting === 'cluster' && redis === undefined) continue
        await attempt(`round ${round} of ${scenario.name}`, async () => {
          const plan = isQuick ? scenario.quickPlan : scenario.plan
          const some = await runScenario(load, scenario, plan, round, redis?.url)
          keep(some)
          tell(scenario.name, round, some)
        })
      }
      if (!hasFloor) continue
      await attempt(`round ${round} of the floor`, async () => {
        for (const [title, some] of await runFloor(load, round)) {
          floors.set(title, [...(floors.get(title) ?? []), ...some])
          tell(title, round, some)
        }
      })
    }
  } finally {
    await load.end()
    await redis?.end()
  }
}

if (from === undefined) await measureAll()

const comparisons = compare(results)
// A file of results says how many rounds it is of.
const about = circumstances(from === undefined ? rounds : Math.max(...results.map(({ round }) => round)), isQuick)
const loads = comparisons.length > 0 ? loadTable(comparisons) : ''
const times = timeTable(results) ?? ''
const micros = results.some(({ suite }) => suite === 'micro') ? microTable(results) : ''
const tables = [loads, times, micros].filter((table) => table !== '')
console.log([about, ...tables].join('\n\n'))
for (const [title, some] of floors) console.log(`\n${costTable(title, some)}`)
const changed = changes(readLast(), tables.join('\n\n'))
if (changed !== undefined) console.log(`\n${changed}`)
if (hasTypes) console.log(`\n${typesTable()}`)
if (broken.length > 0) {
  console.log(`\n${broken.join('\n')}`)
  process.exitCode = 1
}
if (isWritten) {
  const picture = '![What it costs, as bars beside Socket.IO 4 and bare servers](docs/bench.svg)'
  writeResults([picture, ...tables, about].join('\n\n'), chart(comparisons, about))
}
