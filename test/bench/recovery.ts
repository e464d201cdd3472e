// Owns: what recovery costs: an idle client's heap with the option on beside off, one after the other; and with --against another
// build, what it costs where it is off.
// `npm run build && node --import tsx test/bench/recovery.ts [--clients 10000] [--rounds 2] [--against dist/index.js]`
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
    clients: { type: 'string', default: '10000' },
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

// So many are there at the end. They come in four parts; with the first, which is not counted, everything that servers have
// once is made. Each server has the load for itself, whose descriptors are the bound.
const parts = 4
const clients = Number(values.clients)
const descriptors = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' })) || Infinity
const most = Math.floor((descriptors - 200) / (1 + 1 / parts))
if (!Number.isInteger(clients) || clients < parts || clients > most) {
  throw new Error(`expected --clients from ${parts} to ${most} (ulimit -n), got ${values.clients}`)
}
const heap: Plan = { clients: Math.floor(clients / parts), slices: parts - 1, sliceMs: 0, warmMs: 0 }
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

/** Each alone, in turns. Of all that came: lists grow in steps, which fall on some of the clients. */
async function compareHeaps(wire: WireName): Promise<void> {
  const perClient = new Map([off, on].map(({ name }): [string, number[]] => [name, []]))
  for (let round = 1; round <= rounds; round++) {
    for (const row of round % 2 === 1 ? [off, on] : [on, off]) {
      const [{ slices } = { slices: [] }] = await measure('memory', heap, wire, [row], round)
      perClient.get(row.name)?.push(slices.reduce((sum, bytes) => sum + bytes, 0) / slices.length)
    }
  }
  const figures = [...perClient].map(([name, bytes]) => `${name} ${bytes.map((each) => each.toFixed(0)).join(' ')}`)
  const [without = 0, withIt = 0] = [...perClient.values()].map(median)
  const what = `heap of an idle client, ${clients} of them, ${wire}`
  console.log(`${what}: ${figures.join(', ')}; difference ${(withIt - without).toFixed(1)}`)
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
  await compareHeaps(wire)
  if (values.against === undefined) continue
  const before: Row = { name: 'before', built: values.against, isOn: false }
  for (const name of ['echo', 'broadcast', 'memory'] as const) await compare(name, plans[name], wire, [off, before])
}
