// Owns: marks that wait for the answers of a client, in order.
// Elsewhere: what they say (marking-engine.ts, recovery/ring-link.ts).

/** Of most clients one waits, and is kept as it is: a list would stay with each (bench: recovery). */
export type Marks = number | readonly number[] | undefined

export function listOf(marks: Marks): readonly number[] {
  if (marks === undefined) return []
  return typeof marks === 'number' ? [marks] : marks
}

export function marksOf(list: readonly number[]): Marks {
  return list.length > 1 ? list : list[0]
}

export function withMark(marks: Marks, mark: number): Marks {
  return marks === undefined ? mark : [...listOf(marks), mark]
}

export function withoutFirst(marks: Marks): Marks {
  return typeof marks === 'object' ? marksOf(marks.slice(1)) : undefined
}
