// Owns: one scenario, once: its servers up, the load on them, the servers down.
// Elsewhere: the load (load/), the servers (servers/, built before), the processes (child.ts).
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Child } from './child.js'
import type { Plan } from './load/scenario.js'
import type { LoadAnswer, LoadJob, Measured } from './load/main.js'
import { peers, type Peer } from './peers.js'
import { quantile, type Result } from './result.js'
import type { LoadScenario } from './scenarios.js'
import type { ServerOptions } from './servers/host.js'

const here = import.meta.dirname
const built = pathToFileURL(join(here, '..', '..', 'dist', 'index.js')).href

/** The process that is the load, for as many scenarios as there are. */
export function startLoad(): Child {
  return new Child('the load', ['--import', 'tsx', join(here, 'load', 'main.ts')])
}

export function startServer(server: string, options: ServerOptions): Child {
  return new Child(server, ['--expose-gc', join(here, 'build', `${server}.js`), built, JSON.stringify(options)])
}

/** One of the servers that have turns: a peer, set up in one way. */
interface Measuring {
  readonly row: string
  readonly peer: Peer
  readonly options: ServerOptions
}

/** Those of a scenario. @param redis joins the processes of a server, in scenarios that have several. */
function measuredIn({ way, setting = 'app', processes = 1 }: LoadScenario, redis: string | undefined): Measuring[] {
  return peers.flatMap((peer) => {
    const options = peer.ways.includes(way) ? peer.options[setting] : undefined
    if (options === undefined) return []
    const joined = processes > 1 && redis !== undefined ? { redis: { url: redis, key: peer.name } } : {}
    return [{ row: peer.name, peer, options: { ...options, ...joined } }]
  })
}

/** A scenario, once: all its servers together, or one after the other. */
export async function runScenario(
  load: Child,
  scenario: LoadScenario,
  plan: Plan,
  round: number,
  redis?: string,
): Promise<Result[]> {
  const measured = measuredIn(scenario, redis)
  const groups = scenario.isAlone === true ? measured.map((one) => [one]) : [measured]
  const results: Result[] = []
  for (const group of groups) results.push(...(await measure(load, scenario, plan, round, group)))
  return results
}

/** Has servers take turns. */
export async function measure(
  load: Child,
  scenario: Pick<LoadScenario, 'name' | 'work' | 'unit' | 'way' | 'processes' | 'does' | 'times'>,
  plan: Plan,
  round: number,
  group: readonly Measuring[],
): Promise<Result[]> {
  const { name, work, unit, way, processes = 1, does, times = {} } = scenario
  const measured = group.map(({ row, peer, options }) => {
    return { row, peer, servers: Array.from({ length: processes }, () => startServer(peer.server, options)) }
  })
  const servers = measured.flatMap((one) => one.servers)
  try {
    const targets = await Promise.all(
      measured.map(async (one) => ({
        name: one.row,
        ports: await Promise.all(one.servers.map((server) => server.next<number>())),
        wire: one.peer.wire,
        way,
      })),
    )
    load.send({ scenario: does, plan, targets } satisfies LoadJob)
    const answer = await load.next<LoadAnswer>(240_000)
    if ('error' in answer) throw new Error(answer.error)
    return measured.flatMap(({ row }, index) => {
      const { slices, times: took } = answer.measured[index] as Measured
      const cost: Result = { suite: 'load', name, row, unit: `${unit} for ${work}`, round, slices }
      return [cost, ...timesOf(times, took, { name, row, round })]
    })
  } catch (error) {
    const complaints = measured.flatMap((one) =>
      one.servers.map(({ complaint }) => complaint && `${one.row}: ${complaint}`),
    )
    throw new Error([`${name}: ${String(error)}`, ...complaints.filter(Boolean)].join('\n'), { cause: error })
  } finally {
    await Promise.all(servers.map((server) => server.end()))
  }
}

function timesOf(
  times: Readonly<Record<string, number>>,
  took: readonly number[],
  { name, row, round }: Pick<Result, 'name' | 'row' | 'round'>,
): Result[] {
  return Object.entries(times).map(([label, share]) => {
    return { suite: 'time', name: `${name}, ${label}`, row, unit: 'ms', round, slices: [quantile(took, share)] }
  })
}
