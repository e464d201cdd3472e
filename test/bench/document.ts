// Owns: the part of the README that the benchmark writes, and the chart beside it.
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
  const readme = join(root, 'README.md')
  writeFileSync(readme, withResults(readFileSync(readme, 'utf8'), content))
  writeFileSync(join(root, 'docs', 'bench.svg'), chart)
}
