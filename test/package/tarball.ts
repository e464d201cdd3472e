// Owns: the packed tarball, and a scratch folder in which it is installed beside the tools that applications use it with.
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = join(import.meta.dirname, '..', '..')
const packed = 'package.json tsconfig.json lib docs README.md CHANGELOG.md SECURITY.md LICENSE'.split(' ')

// Those that run on every Node that is supported here.
const usualTools = (
  '@types/node@20 typescript@5.4.5 typescript-5.6@npm:typescript@5.6.3 socket.io-client@4 zod@4 valibot@1 arktype@2 jest@30 jest-29@npm:jest@29.7.0 ts-jest@29 vitest@4 mocha@11 esbuild@0.28 webpack@5 ' +
  '@babel/plugin-transform-modules-commonjs@7'
).split(' ')

export interface Output {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a script by Node in the folder; a failure shows what it said. */
export interface Tool {
  (...args: string[]): Promise<Output>
  /** The same in another folder. */
  in(cwd: string, ...args: string[]): Promise<Output>
}

export interface Installed {
  readonly tarball: string
  /** What the tarball holds. */
  readonly files: readonly string[]
  /** The folder in which it is installed. */
  readonly folder: string
  /** Runs Node in that folder and resolves with its output; rejects when it fails, or does not end by itself. */
  readonly node: (args: readonly string[]) => Promise<Output>
  readonly tool: Tool
  /** Writes a file, in that folder unless the name says otherwise. */
  readonly write: (name: string, text: string) => Promise<void>
  readonly remove: () => Promise<void>
}

/** Packs a copy of the sources, so that a dist/ that happens to lie here is not in the way, and installs it. */
export async function installTarball(tools: readonly string[] = usualTools): Promise<Installed> {
  const scratch = await mkdtemp(join(tmpdir(), 'socketio-middleware-'))
  const source = join(scratch, 'source')
  const folder = join(scratch, 'app')
  for (const name of packed) await cp(join(root, name), join(source, name), { recursive: true })
  await symlink(join(root, 'node_modules'), join(source, 'node_modules'), 'junction')
  const { stdout } = await npm(source, 'pack', '--json', '--pack-destination', scratch)
  const name = (await readdir(scratch)).find((entry) => entry.endsWith('.tgz'))
  if (name === undefined) throw new Error('npm pack made no tarball')
  const tarball = join(scratch, name)

  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true }))
  await npm(folder, 'install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', tarball, ...tools)
  const runIn = (cwd: string, args: readonly string[]): Promise<Output> =>
    run(process.execPath, args, { cwd, timeout: 120_000, env: plainEnv() })
  return {
    tarball,
    files: filesOf(stdout),
    folder,
    node: (args) => runIn(folder, args),
    tool: Object.assign((...args: string[]) => loud(runIn(folder, args)), {
      in: (cwd: string, ...args: string[]) => loud(runIn(cwd, args)),
    }),
    write: (file, text) => writeFile(resolve(folder, file), text),
    remove: () => rm(scratch, { recursive: true, force: true }),
  }
}

/** The script of a command that the checkout has installed. */
export function command(packageName: string, script: string): string {
  return join(root, 'node_modules', packageName, script)
}

// Its output says what is wrong; the error of a process that failed does not show all of it.
async function loud(output: Promise<Output>): Promise<Output> {
  try {
    return await output
  } catch (error) {
    throw new Error(`${String(Reflect.get(error as object, 'stdout'))}${String(error)}`, { cause: error })
  }
}

// npm 12 answers an object by package name, older ones a list; the build's own output may come before either.
function filesOf(output: string): string[] {
  const start = output.search(/^[[{]/m)
  const answer = JSON.parse(output.slice(start)) as object
  const [pack] = Object.values(answer) as { files: { path: string }[] }[]
  return (pack?.files ?? []).map(({ path }) => path)
}

function npm(cwd: string, ...args: string[]): Promise<Output> {
  const isWindows = process.platform === 'win32'
  return run(isWindows ? 'npm.cmd' : 'npm', args, { cwd, env: plainEnv(), shell: isWindows, timeout: 300_000 })
}

// Neither the test runner's settings nor npm's own, when it runs the tests, are the stranger's.
export function plainEnv(): NodeJS.ProcessEnv {
  const entries = Object.entries(process.env)
  return Object.fromEntries(
    entries.filter(([name]) => !/^(?:NODE_|npm_(?:lifecycle|package|command|execpath))/i.test(name)),
  )
}
