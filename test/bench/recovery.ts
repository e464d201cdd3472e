// Owns: what recovery costs: an idle client's heap with the option on beside off, taken in turns; and with --against another build,
// what it costs where it is off. `npm run build && node --import tsx test/bench/recovery.ts [--clients 3000] [--rounds 2] [--against dist/index.js]`
// Elsewhere: everything else that is measured (run.ts).
import { execFileSync } from 'node:child_process'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Child } from './child.js'
import type { LoadAnswer, LoadJob, ScenarioName } from './load/main.js'
import type { Plan } from './load/scenario.js'
import type { WireName } from './load/wires.js'
import { median, ratio, type Result } from './result.js'
import { startLoad } from './rounds.js'

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '2' },
    against: { type: 'string' },
  },
})
const here = import.meta.dirname
const root = join(here, '..', '..')
const rounds = Number(values.rounds)

interface Row {
  readonly name: string
  readonly built: string
  readonly isOn: boolean
}

const own = join(root, 'dist', 'index.js')
const off: Row = { name: 'off', built: own, isOn: false }
const on: Row = { name: 'on', built: own, isOn: true }

// Three times so many are there at the end, of both servers: descriptors of the load are the bound.
const heap: Plan = { clients: Number(values.clients), slices: 2, sliceMs: 0, warmMs: 0 }
const plans = {
  echo: { clients: 100, slices: 12, sliceMs: 200, warmMs: 600 },
  broadcast: { clients: 1_000, slices: 12, sliceMs: 200, warmMs: 600 },
  memory: { clients: 1_000, slices: 4, sliceMs: 0, warmMs: 600 },
} satisfies Partial<Record<ScenarioName, Plan>>

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
execFileSync(process.execPath, [tsc, '-p', join(here, 'servers.tsconfig.json')])

/** One scenario on some builds, once: the figures of each, slice by slice, in turns. */
async function measure(scenario: ScenarioName, plan: Plan, wire: WireName, rows: readonly Row[], round: number) {
  const load = startLoad()
  const servers = rows.map(({ name, built, isOn }) => {
    const args = ['--expose-gc', join(here, 'build', 'ours.js'), pathToFileURL(resolve(built)).href]
    return new Child(name, [...args, JSON.stringify({ face: 'express', recovery: isOn })])
  })
  try {
    const ports = await Promise.all(servers.map((server) => server.next<number>()))
    const targets = rows.map(({ name }, index) => {
      return { name, ports: [ports[index] as number], wire, way: 'websocket' } as const
    })
    load.send({ scenario, plan, targets } satisfies LoadJob)
    const answer = await load.next<LoadAnswer>(300_000)
    if ('error' in answer) throw new Error(answer.error)
    return rows.map(({ name }, index): Result => {
      const slices = answer.measured[index]?.slices ?? []
      return { suite: 'load', name: `${scenario}, ${wire}`, row: name, unit: '', round, slices }
    })
  } finally {
    await Promise.all([load, ...servers].map((child) => child.end()))
  }
}

async function compare(scenario: ScenarioName, plan: Plan, wire: WireName, rows: readonly [Row, Row]): Promise<void> {
  const results: Result[] = []
  // Whoever is first has the worse place.
  for (let round = 1; round <= rounds; round++) {
    results.push(...(await measure(scenario, plan, wire, round % 2 === 1 ? rows : [rows[1], rows[0]], round)))
  }
  const [one, other] = rows.map(({ name }) =>
    median(results.filter(({ row }) => row === name).flatMap((r) => r.slices)),
  )
  const times = ratio(results, `${scenario}, ${wire}`, rows[0].name, rows[1].name)
  const figures = `${rows[0].name} ${one?.toFixed(1)}, ${rows[1].name} ${other?.toFixed(1)}`
  console.log(
    `${scenario}, ${wire}: ${figures}; ratio ${times?.toFixed(3)}, difference ${((one ?? 0) - (other ?? 0)).toFixed(1)}`,
  )
}

for (const wire of ['v09', 'v4'] as const) {
  await compare('memory', heap, wire, [on, off])
  if (values.against === undefined) continue
  const before: Row = { name: 'before', built: values.against, isOn: false }
  for (const name of ['echo', 'broadcast', 'memory'] as const) await compare(name, plans[name], wire, [off, before])
}
