// Owns: the part of docs/performance.md that the benchmark writes, and the chart beside it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const part = /(<!-- bench -->\n)[\s\S]*?(<!-- \/bench -->)/

/** `document` with `content` between its marks. */
export function withResults(document: string, content: string): string {
  if (!part.test(document)) throw new Error('expected <!-- bench --> and <!-- /bench --> in the document')
  return document.replace(part, (_, open: string, close: string) => `${open}${content}\n${close}`)
}

export function writeResults(content: string, chart: string): void {
  const page = join(root, 'docs', 'performance.md')
  writeFileSync(page, withResults(readFileSync(page, 'utf8'), content))
  writeFileSync(join(root, 'docs', 'bench.svg'), chart)
}
