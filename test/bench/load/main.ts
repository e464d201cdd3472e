// Owns: the process that is the load: it takes a job from its parent, has the servers take turns, and answers with the figures.
// Elsewhere: what is done in a turn (echo.ts, rate.ts, room.ts, arrival.ts), the servers' processes (../rounds.ts).
import { connect, memory } from './arrival.js'
import { echo } from './echo.js'
import { atRate } from './rate.js'
import { speaking } from './room.js'
import type { Plan, Scenario } from './scenario.js'
import { Target, type TargetAddress } from './target.js'

const scenarios = {
  echo: echo(1),
  pipe: echo(10),
  rate: atRate,
  broadcast: speaking('one'),
  chat: speaking('all'),
  smallRoom: speaking('one', 10),
  connect,
  memory,
} as const satisfies Record<string, Scenario>

export type ScenarioName = keyof typeof scenarios

export interface LoadJob {
  readonly scenario: ScenarioName
  readonly plan: Plan
  readonly targets: readonly TargetAddress[]
}

/** What a unit of work has cost in each slice, and how long each of what the scenario looks at took, in milliseconds. */
export interface Measured {
  readonly slices: readonly number[]
  readonly times: readonly number[]
}

/** For each target; or why there is nothing to say. */
export type LoadAnswer = { readonly measured: readonly Measured[] } | { readonly error: string }

async function measureSlice(scenario: Scenario, target: Target, plan: Plan): Promise<number> {
  const { measures } = scenario
  const collects = measures === 'memory'
  const before = await target.account(collects)
  const units = await scenario.slice(target, plan)
  const after = await target.account(collects)
  return (after[measures] - before[measures]) / units
}

async function warm(scenario: Scenario, target: Target, plan: Plan): Promise<void> {
  await scenario.prepare?.(target, plan)
  const { cpu } = await target.account()
  do await scenario.slice(target, plan)
  while ((await target.account()).cpu - cpu < plan.warmMs * 1000)
  await scenario.warmed?.(target)
}

/** Whatever the machine does meanwhile falls on all alike: each has a turn before one has another, and the first changes. */
async function takeTurns(scenario: Scenario, targets: readonly Target[], plan: Plan): Promise<Measured[]> {
  const slices = targets.map((): number[] => [])
  for (const target of targets) await warm(scenario, target, plan)
  // The first turn, in which they come to each other's company, is not counted.
  for (let turn = -1; turn < plan.slices; turn++) {
    for (let place = 0; place < targets.length; place++) {
      const index = (turn + 1 + place) % targets.length
      const slice = await measureSlice(scenario, targets[index] as Target, plan)
      if (turn >= 0) slices[index]?.push(slice)
    }
    if (turn < 0) for (const { times } of targets) times.length = 0
  }
  return targets.map(({ times }, index) => ({ slices: slices[index] as number[], times }))
}

async function run({ scenario, plan, targets: addresses }: LoadJob): Promise<LoadAnswer> {
  const targets = addresses.map((address) => new Target(address))
  try {
    const failures = targets.map(({ failed }) => failed)
    return { measured: await Promise.race([takeTurns(scenarios[scenario], targets, plan), ...failures]) }
  } catch (error) {
    return { error: String(error) }
  } finally {
    for (const target of targets) target.close()
  }
}

process.on('message', (job: LoadJob) => {
  void run(job).then((answer) => process.send?.(answer))
})
process.once('disconnect', () => process.exit())
