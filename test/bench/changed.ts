// Owns: what has changed against the table that the document has from the last run.
// Elsewhere: the tables (table.ts), where they stand (document.ts).
import { table } from './table.js'

/** Ratios that differ by less are the same, as far as they can be told apart. */
const leastChange = 0.1

interface Cells {
  readonly head: readonly string[]
  readonly rows: ReadonlyMap<string, readonly string[]>
}

/** The tables of Markdown in a text, each by the title of its first column. */
export function readTables(text: string): Map<string, Cells> {
  const tables = new Map<string, Cells>()
  for (const [block] of text.matchAll(/(?:^\|.*\|$\n?)+/gm)) {
    const [head = [], , ...rows] = block
      .trim()
      .split('\n')
      .map((line) => line.slice(1, -1).split('|'))
      .map((cells) => cells.map((cell) => cell.trim()))
    tables.set(head[0] ?? '', { head, rows: new Map(rows.map((cells) => [cells[0] ?? '', cells])) })
  }
  return tables
}

// "to bare" stands behind the column that says of which clients.
function titleOf(head: readonly string[], column: number): string {
  const clients = /^.* clients: /.exec(head[column - 1] ?? '')?.[0] ?? ''
  return `${clients}${head[column]}`
}

/** A table of the figures that are a tenth smaller or larger than before; undefined when there are none. */
export function changes(before: string, now: string): string | undefined {
  const known = readTables(before)
  const lines: string[][] = []
  for (const [title, { head, rows }] of readTables(now)) {
    for (const [name, cells] of rows) {
      const old = known.get(title)?.rows.get(name)
      cells.forEach((cell, column) => {
        const value = Number(cell)
        if (column === 0 || cell === '' || Number.isNaN(value)) return
        const last = Number(old?.[column])
        if (Number.isNaN(last) || Math.abs(value / last - 1) < leastChange) return
        const percent = Math.round((value / last - 1) * 100)
        const sign = percent > 0 ? '+' : ''
        lines.push([`${name}, ${titleOf(head, column)}`, old?.[column] ?? '', cell, `${sign}${percent} %`])
      })
    }
  }
  return lines.length === 0 ? undefined : table([['Changed against the last table', 'then', 'now', ''], ...lines])
}
