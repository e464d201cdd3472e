// Owns: the part of docs/performance.md that the benchmark writes, and the chart beside it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from './result.js'

const root = join(import.meta.dirname, '..', '..')
const part = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/

/** `document` with `content` between its marks. */
export function withResults(document: string, content: string): string {
  if (!part.test(document)) throw new Error('expected <!-- bench --> and <!-- /bench --> in the document')
  return document.replace(part, (_, open: string, close: string) => `${open}${content}\n${close}`)
}

const page = join(root, 'docs', 'performance.md')

/** What the last run has written there. */
export function readLast(): string {
  return part.exec(readFileSync(page, 'utf8'))?.[0] ?? ''
}

/** The results of a file that `--json` has written. */
export function readResults(file: string): Result[] {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Result)
}

export function writeResults(content: string, chart: string): void {
  writeFileSync(page, withResults(readFileSync(page, 'utf8'), content))
  writeFileSync(join(root, 'docs', 'bench.svg'), chart)
}
