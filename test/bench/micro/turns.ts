// Owns: timing a few things in this process, in turns, so that whatever else the machine does falls on all alike.

export interface Row {
  readonly name: string
  /** Does it once; what it returns is looked at, so that it cannot be optimised away. */
  readonly run: () => unknown
}

/** Something of ours beside a control, which does what nobody could leave out. */
export interface Micro {
  readonly name: string
  /** What a unit of work is. */
  readonly unit: string
  readonly rows: readonly [ours: Row, control: Row]
}

export interface Turns {
  readonly slices: number
  readonly sliceMs: number
  readonly warmMs: number
}

/** Seen by nobody, but nobody can be sure of that. */
let seen: unknown

/** Milliseconds of CPU, not of the clock: other processes have their turns as well. */
function timed({ run }: Row, times: number): number {
  const start = process.cpuUsage()
  for (let count = 0; count < times; count++) seen = run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** Runs until it is optimised, and says how often it is done in a slice. */
function warm(row: Row, { sliceMs, warmMs }: Turns): number {
  let times = 1
  const end = performance.now() + warmMs
  while (performance.now() < end) {
    const took = timed(row, times)
    if (took < sliceMs) times *= 2
    else if (took > 2 * sliceMs) times = Math.max(1, times >> 1)
  }
  return times
}

/** Nanoseconds for a unit of work, slice by slice, for each row. */
export function takeTurns(rows: readonly Row[], turns: Turns): number[][] {
  const times = rows.map((row) => warm(row, turns))
  const slices = rows.map((): number[] => [])
  for (let turn = 0; turn < turns.slices; turn++) {
    for (let place = 0; place < rows.length; place++) {
      const index = (turn + place) % rows.length
      const count = times[index] as number
      slices[index]?.push((timed(rows[index] as Row, count) * 1e6) / count)
    }
  }
  void seen
  return slices
}
