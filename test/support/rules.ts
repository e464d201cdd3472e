// Owns: holding test/conformance/rules.md against the tests that ran.
//
// A rule stands there as a quotation (lines that begin with ">"), followed by a list: "- test: <title>" for each of its
// tests, or "- intended difference: <why>".
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const path = join(import.meta.dirname, '..', 'conformance', 'rules.md')

/** What is wrong with the rules: titles that no passed test has, quotations without a title. */
export function checkRules(passed: ReadonlySet<string>): string[] {
  const faults: string[] = []
  let quotation = ''
  let isProven = true
  const finish = (): void => {
    if (!isProven) faults.push(`rules.md: neither a test nor an intended difference for ${quotation}`)
  }
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith('>')) {
      finish()
      quotation = line
      isProven = false
    }
    const title = /^- test: (.+)$/.exec(line)?.[1]
    if (title !== undefined && !passed.has(title)) faults.push(`rules.md: no test "${title}" has passed`)
    if (title !== undefined || /^- intended difference: \S/.test(line)) isProven = true
  }
  finish()
  if (quotation === '') faults.push('rules.md: expected rules, found none')
  return faults
}
