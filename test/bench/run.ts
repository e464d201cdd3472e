// Owns: `npm run bench`: builds, measures round by round, and prints ratios. What it prints is all that it judges.
// Elsewhere: in process (micro/), end to end (rounds.ts, load/, servers/), the command line (arguments.ts).
import { execFileSync } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { readArguments } from './arguments.js'
import { chart } from './chart.js'
import { circumstances } from './circumstances.js'
import { writeResults } from './document.js'
import { runMicro } from './micro/run.js'
import { median, type Result } from './result.js'
import { runScenario, startLoad } from './rounds.js'
import { compare, loadTable, microTable } from './table.js'
import { typesTable } from './types.js'

const { isQuick, isWritten, rounds, json, scenarios, hasMicro, hasTypes } = readArguments(process.argv.slice(2))
const results: Result[] = []

function keep(some: readonly Result[]): void {
  results.push(...some)
  if (json !== undefined) appendFileSync(json, some.map((result) => `${JSON.stringify(result)}\n`).join(''))
}

// Servers are plain JavaScript: nothing but Node runs in their processes.
const here = import.meta.dirname
const tsc = join(here, '..', '..', 'node_modules', 'typescript', 'bin', 'tsc')
execFileSync(process.execPath, [tsc, '-p', join(here, 'servers.tsconfig.json')])

if (hasMicro) for (let round = 1; round <= rounds; round++) keep(await runMicro(isQuick, round))

const load = startLoad()
try {
  for (let round = 1; round <= rounds; round++) {
    for (const scenario of scenarios) {
      const some = await runScenario(load, scenario, isQuick ? scenario.quickPlan : scenario.plan, round)
      keep(some)
      const shown = some.map(({ row, slices }) => `${row} ${median(slices).toFixed(1)}`)
      console.error(`${scenario.name} ${round}/${rounds}: ${shown.join(', ')}`)
    }
  }
} finally {
  await load.end()
}

const comparisons = compare(results)
const about = circumstances(rounds, isQuick)
const tables = [...(comparisons.length > 0 ? [loadTable(comparisons)] : []), ...(hasMicro ? [microTable(results)] : [])]
console.log([about, ...tables].join('\n\n'))
if (hasTypes) console.log(`\n${typesTable()}`)
if (isWritten) {
  const [loads = '', micros = ''] = tables
  const picture = '![What it costs, as bars beside Socket.IO 4 and bare servers](bench.svg)'
  writeResults([picture, loads, micros, about].join('\n\n'), chart(comparisons, about))
}
