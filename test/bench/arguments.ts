// Owns: what the command line of the benchmark says.
import { parseArgs } from 'node:util'
import { scenarios, type LoadScenario } from './scenarios.js'

export interface Arguments {
  readonly isQuick: boolean
  readonly isWritten: boolean
  readonly rounds: number
  readonly json: string | undefined
  /** A file of results that were measured before: nothing is, and they are shown. */
  readonly from: string | undefined
  readonly scenarios: readonly LoadScenario[]
  readonly hasMicro: boolean
  readonly hasTypes: boolean
  readonly hasFloor: boolean
}

export function readArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      json: { type: 'string' },
      from: { type: 'string' },
      scenarios: { type: 'string' },
    },
  })
  const rounds = Number(values.rounds ?? (values.quick ? 1 : 2))
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) {
    throw new Error(`expected --rounds from 1 to 100, got ${values.rounds}`)
  }
  const names = values.scenarios?.split(',')
  const known = [...scenarios.map(({ name }) => name), 'micro', 'types', 'floor']
  for (const name of names ?? []) {
    if (!known.includes(name)) throw new Error(`expected --scenarios of ${known.join(', ')}, got ${name}`)
  }
  // What is written is the whole.
  if (values.write && names !== undefined) throw new Error('expected --write without --scenarios')
  return {
    isQuick: values.quick,
    isWritten: values.write,
    rounds,
    json: values.json,
    from: values.from,
    scenarios: scenarios.filter(({ name }) => names?.includes(name) ?? true),
    hasMicro: names?.includes('micro') ?? true,
    // The compiler's time is no ratio, and a compiler has to be got: only where it is asked for.
    hasTypes: names?.includes('types') ?? false,
    // Where the cost of a connect lies is for whoever works on it.
    hasFloor: names?.includes('floor') ?? false,
  }
}
