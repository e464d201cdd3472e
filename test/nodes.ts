// Owns: `npm run test:nodes`: suites on other versions of Node than the one that is here. The npm package `node` brings them;
// they stay in node_modules/.cache.
//
//   npm run test:nodes                          unit, conformance and interop on 22, 24 and the newest
//   npm run test:nodes -- 24 unit conformance   some versions, some suites
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const wanted = process.argv.slice(2)
const named = wanted.filter((word) => /^(?:\d[\d.]*|latest)$/.test(word))
const suites = wanted.filter((word) => !named.includes(word))

function run(program: string, args: readonly string[], cwd: string, path = process.env.PATH): boolean {
  const env = { ...process.env, PATH: path }
  const { status, error } = spawnSync(program, args, { cwd, env, stdio: 'inherit', shell: program === 'npm' })
  if (error !== undefined) throw error
  return status === 0
}

/** The path of a version's program, installed where it is not yet. */
function programOf(version: string): string {
  const folder = join(root, 'node_modules', '.cache', 'nodes', version)
  const program = join(folder, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  // The newest is asked for each time: it may be newer by now.
  if (existsSync(program) && version !== 'latest') return program
  mkdirSync(folder, { recursive: true })
  // Newer npm runs scripts of packages only where that is allowed: this one's brings the program.
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "allowScripts": { "node": true } }')
  const isInstalled = run('npm', ['install', '--no-save', '--no-audit', '--no-fund', `node@${version}`], folder)
  if (!isInstalled || !existsSync(program)) throw new Error(`expected npm to install node@${version} in ${folder}`)
  return program
}

const failed: string[] = []
for (const version of named.length > 0 ? named : ['22', '24', 'latest']) {
  const program = programOf(version)
  const what = suites.length > 0 ? suites : ['unit', 'conformance', 'interop']
  const found = spawnSync(program, ['--version'], { encoding: 'utf8' }).stdout.trim()
  console.log(`\n${what.join(', ')} on Node ${found}`)
  // What tests start by name is of this version, too.
  const path = [dirname(program), process.env.PATH].join(delimiter)
  const isGood = run(program, ['--import', 'tsx', join(root, 'test', 'run.ts'), ...what], root, path)
  if (!isGood) failed.push(found)
}
for (const version of failed) console.error(`failed on Node ${version}`)
process.exitCode = failed.length > 0 ? 1 : 0
