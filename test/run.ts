// Owns: running the suites. `npm test` runs all; `npm run test:unit` names its own. It lists the files itself, fails when
// there are none or when one is skipped, brings what the suites need, and holds the rules against the tests that ran. With
// `--without-shortcuts`, and at the end of all, nothing of others' private parts is used.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { provision } from './support/provision.js'
import { checkRules } from './support/rules.js'

const root = import.meta.dirname
const suites = ['unit', 'conformance', 'fuzz', 'interop', 'cluster', 'faults', 'browser', 'package']
// Run only where they are named: they install whole frameworks.
const others = ['neighbours']
const isWithout = process.argv[2] === '--without-shortcuts'
const wanted = process.argv.slice(isWithout ? 3 : 2)
// For a file. The browser's take a minute or two, and several times that on a machine that has other things to do.
const patience = 900_000

for (const suite of wanted)
  if (![...suites, ...others].includes(suite)) {
    throw new Error(`expected suites of ${[...suites, ...others].join(', ')}, got ${suite}`)
  }
const chosen = wanted.length > 0 ? wanted : suites

provision(chosen)

// The processes of the tests have it from here.
if (isWithout) process.env['SOCKETIO_MIDDLEWARE_SHORTCUTS'] = 'off'

const files = chosen.flatMap((suite) => {
  const found = readdirSync(join(root, suite), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(root, suite, name))
  if (found.length === 0) throw new Error(`expected tests in test/${suite}, found none`)
  return found.toSorted()
})

const passed = new Set<string>()
const faults: string[] = []
// A test that leaves a handle open keeps its file's process alive, and fails by the time limit.
const results = run({ files, concurrency: 2, timeout: patience })
results.on('test:pass', ({ name, skip, todo }) => {
  if (skip === undefined && todo === undefined) passed.add(name)
  else faults.push(`skipped: ${name}`)
})
results.on('test:fail', ({ name, file }) => {
  faults.push(`failed: ${name} (${relative(root, file ?? '')})`)
})
results.on('test:stderr', ({ message, file }) => {
  process.stderr.write(message)
  // What Node says of parts of its own, the mock timers of its test runner for example, is nothing to be mended here.
  const lines = message.split('\n').filter((line) => !/(?:Deprecation|Experimental)Warning: /.test(line))
  if (lines.some((line) => line.includes('Warning: '))) {
    faults.push(`warning in ${relative(root, file)}: ${message.trim()}`)
  }
})
results.compose(new spec()).pipe(process.stdout)
results.on('end', () => {
  if (chosen.includes('unit') && chosen.includes('conformance')) faults.push(...checkRules(passed))
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
  if (wanted.length === 0 && !isWithout) runWithoutShortcuts()
})

/** What is seen from outside is the same without anything that we know of others' private parts. */
function runWithoutShortcuts(): void {
  const args = ['--import', 'tsx', join(root, 'run.ts'), '--without-shortcuts', 'unit', 'conformance']
  console.log('\nunit and conformance without shortcuts')
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}
