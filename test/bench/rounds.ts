// Owns: one scenario, once: its servers up, the load on them, the servers down.
// Elsewhere: the load (load/), the servers (servers/, built before), the processes (child.ts).
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Child } from './child.js'
import type { Plan } from './load/scenario.js'
import type { LoadAnswer, LoadJob } from './load/main.js'
import { peers } from './peers.js'
import type { Result } from './result.js'
import type { LoadScenario } from './scenarios.js'

const here = import.meta.dirname
const built = pathToFileURL(join(here, '..', '..', 'dist', 'index.js')).href

/** The process that is the load, for as many scenarios as there are. */
export function startLoad(): Child {
  return new Child('the load', ['--import', 'tsx', join(here, 'load', 'main.ts')])
}

export async function runScenario(load: Child, scenario: LoadScenario, plan: Plan, round: number): Promise<Result[]> {
  const { name, work, unit, way, does } = scenario
  const measured = peers.filter(({ ways }) => ways.includes(way))
  const servers = measured.map(
    ({ server }) => new Child(server, ['--expose-gc', join(here, 'build', `${server}.js`), built]),
  )
  try {
    const ports = await Promise.all(servers.map((server) => server.next<number>()))
    const targets = measured.map(({ wire }, index) => ({ port: ports[index] as number, wire, way }))
    load.send({ scenario: does, plan, targets } satisfies LoadJob)
    const answer = await load.next<LoadAnswer>()
    if ('error' in answer) throw new Error(`${name}: ${answer.error}`)
    return measured.map(({ name: row }, index) => ({
      suite: 'load',
      name,
      row,
      unit: `${unit} for ${work}`,
      round,
      slices: answer.slices[index] ?? [],
    }))
  } finally {
    await Promise.all(servers.map((server) => server.end()))
  }
}
