// Owns: running everything that is measured in this process.
import type { Result } from '../result.js'
import { dispatch } from './dispatch.js'
import { takeTurns, type Turns } from './turns.js'
import { wires } from './wires.js'

const turns: Turns = { slices: 15, sliceMs: 10, warmMs: 250 }
const quickTurns: Turns = { slices: 9, sliceMs: 4, warmMs: 100 }

export async function runMicro(isQuick: boolean, round: number): Promise<Result[]> {
  const dispatching = await dispatch()
  const micros = [...(await wires()), ...dispatching.micros]
  const results = micros.flatMap(({ name, unit, rows }) => {
    const slices = takeTurns(rows, isQuick ? quickTurns : turns)
    return rows.map((row, index): Result => {
      return { suite: 'micro', name, row: row.name, unit, round, slices: slices[index] ?? [] }
    })
  })
  dispatching.close()
  return results
}
