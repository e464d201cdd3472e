// Owns: what has been measured, as a value: one line of JSON each.

export interface Result {
  readonly suite: 'micro' | 'load' | 'time'
  /** What was done. */
  readonly name: string
  /** Who did it; each name has a control, which does without us. */
  readonly row: string
  readonly unit: string
  readonly round: number
  /** What a unit of work has cost, slice by slice; those of all rows of a name and round were taken in turns. */
  readonly slices: readonly number[]
}

/** Which results have to do with one another. */
export function resultsOf(results: readonly Result[], name: string, row: string): readonly Result[] {
  return results.filter((result) => result.name === name && result.row === row)
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

/** The value that such a share of all does not pass. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}

/**
 * What `row` costs, with what `other` costs as 1: the median over pairs of slices that lie side by side, since these share
 * whatever else the machine was doing. Undefined when one of them was not measured.
 */
export function ratio(results: readonly Result[], name: string, row: string, other: string): number | undefined {
  const others = new Map(resultsOf(results, name, other).map(({ round, slices }) => [round, slices]))
  const pairs = resultsOf(results, name, row).flatMap(({ round, slices }) => {
    const beside = others.get(round) ?? []
    return slices.flatMap((slice, index) => {
      const peer = beside[index]
      return peer === undefined ? [] : [slice / peer]
    })
  })
  return pairs.length === 0 ? undefined : median(pairs)
}
