// Owns: results as tables of ratios, in Markdown, which a terminal can show as well.
import { bare, ours, socketIo, type Way } from './peers.js'
import { median, ratio, resultsOf, type Result } from './result.js'
import { scenarios } from './scenarios.js'

/** What ours costs in one scenario, for each generation of clients, as ratios. */
export interface Comparison {
  readonly name: string
  readonly work: string
  readonly way: Way
  readonly rows: readonly {
    readonly clients: string
    readonly toSocketIo: number
    /** Undefined where no bare server does anything of the kind. */
    readonly toBare: number | undefined
  }[]
}

/** The scenarios that were measured, in their order. */
export function compare(results: readonly Result[]): Comparison[] {
  return scenarios.flatMap(({ name, work, way }) => {
    const rows = ours.flatMap((row) => {
      const toSocketIo = ratio(results, name, row, socketIo)
      const toBare = ratio(results, name, row, bare[way])
      return toSocketIo === undefined ? [] : [{ clients: row.replace('ours, ', ''), toSocketIo, toBare }]
    })
    return rows.length === 0 ? [] : [{ name, work, way, rows }]
  })
}

export function loadTable(comparisons: readonly Comparison[]): string {
  const lines = comparisons.map(({ name, work, rows }) => [
    name,
    work,
    ...rows.flatMap(({ toSocketIo, toBare }) => [show(toSocketIo), show(toBare)]),
  ])
  return table([
    ['Scenario', 'Unit of work', '0.9 clients: to Socket.IO 4', 'to bare', '4 clients: to Socket.IO 4', 'to bare'],
    ...lines,
  ])
}

/** How long things took, in milliseconds: the median over rounds. */
export function timeTable(results: readonly Result[]): string | undefined {
  const times = results.filter(({ suite }) => suite === 'time')
  if (times.length === 0) return undefined
  const rows = [...ours, socketIo, bare.websocket].filter((row) => times.some((time) => time.row === row))
  const lines = [...new Set(times.map(({ name }) => name))].map((name) => [
    name,
    ...rows.map((row) => show(medianOf(times, name, row))),
  ])
  return table([['Milliseconds', ...rows], ...lines])
}

function medianOf(results: readonly Result[], name: string, row: string): number | undefined {
  const all = resultsOf(results, name, row).flatMap(({ slices }) => slices)
  return all.length === 0 ? undefined : median(all)
}

/** In-process results: the last row of each name is its control. */
export function microTable(results: readonly Result[]): string {
  const micros = results.filter(({ suite }) => suite === 'micro')
  const lines = [...new Set(micros.map(({ name }) => name))].map((name) => {
    const control = micros.findLast((result) => result.name === name)?.row ?? ''
    return [name, show(ratio(micros, name, 'ours', control) ?? Number.NaN), control]
  })
  return table([['In process', 'To the control', 'Control'], ...lines])
}

/** What a unit of work cost each row, and beside the first: the median over all slices, and over those that lie side by side. */
export function costTable(title: string, results: readonly Result[]): string {
  const [{ name, row: first } = { name: '', row: '' }] = results
  const rows = [...new Set(results.map(({ row }) => row))]
  const lines = rows.map((row) => [
    row,
    (medianOf(results, name, row) ?? Number.NaN).toFixed(0),
    show(ratio(results, name, row, first)),
  ])
  return table([[title, 'µs', `to ${first}`], ...lines])
}

export function show(value: number | undefined): string {
  return value === undefined ? '–' : value.toFixed(2)
}

export function table([head = [], ...lines]: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`
  return [line(head), rule, ...lines.map(line)].join('\n')
}
