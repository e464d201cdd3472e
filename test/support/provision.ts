// Owns: what suites need beside npm's packages: brought by apt where that may be, otherwise asked for.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const needs: Record<string, { program: string; debianPackage: string }[]> = {
  browser: [{ program: 'chromium', debianPackage: 'chromium' }],
  cluster: [
    { program: 'redis-server', debianPackage: 'redis-server' },
    { program: 'nginx', debianPackage: 'nginx' },
    { program: 'haproxy', debianPackage: 'haproxy' },
    { program: 'apache2', debianPackage: 'apache2-bin' },
    { program: 'postgres', debianPackage: 'postgresql' },
    { program: 'initdb', debianPackage: 'postgresql' },
  ],
  faults: [{ program: 'redis-server', debianPackage: 'redis-server' }],
}

/** The path of a program that `provision` has found or brought. */
export function programPath(program: string): string {
  const path = findProgram(program)
  if (path === undefined) throw new Error(`expected ${program} on the PATH`)
  return path
}

/** Makes sure that the suites find their programs; throws, with what to install, when they cannot be brought. */
export function provision(suites: readonly string[]): void {
  const missing = suites.flatMap((suite) => needs[suite] ?? []).filter(({ program }) => !findProgram(program))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map(({ debianPackage }) => debianPackage))]
  const mayInstall = process.getuid?.() === 0 && findProgram('apt-get') !== undefined
  if (mayInstall) {
    console.log(`installing ${packages.join(', ')}`)
    aptGet('update')
    aptGet('install', '-y', '--no-install-recommends', ...packages)
  }
  for (const { program, debianPackage } of missing) {
    if (findProgram(program) !== undefined) continue
    throw new Error(`the tests need ${program}: install it first (on Debian: apt-get install ${debianPackage})`)
  }
}

function aptGet(...args: string[]): void {
  spawnSync('apt-get', args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
}

// There may be several versions of it.
function postgresFolders(): string[] {
  const root = '/usr/lib/postgresql'
  return existsSync(root) ? readdirSync(root).map((version) => join(root, version, 'bin')) : []
}

function findProgram(program: string): string | undefined {
  // Debian's servers are in sbin, which is not on everyone's path.
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', ...postgresFolders()]
  return folders.map((folder) => join(folder, program)).find((path) => existsSync(path))
}
