// Owns: the code blocks of README and docs, and a folder in which they run as a reader's own files do.
//
// A comment in front of a block says what it is; readers do not see it. "runs: <name>" is a whole program, "checks" a part
// that type-checks, behind the lines that the comment holds; "theirs" is code of somebody else's library.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { seenScript } from '../../lib/server/seen-script.js'

const root = join(import.meta.dirname, '..', '..')

// As the package has them (lib/doors.mjs).
const seenTypes = 'declare function seen<Library>(io: Library): Library\nexport = seen\n'

export interface CodeBlock {
  readonly place: string
  readonly mark: 'runs' | 'checks' | 'theirs' | undefined
  /** What a program is called, or a number. */
  readonly name: string
  readonly language: 'js' | 'ts'
  readonly source: string
}

/** The texts of README, SECURITY and docs, by their paths. */
export function readDocuments(): ReadonlyMap<string, string> {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
  const paths = ['README.md', 'SECURITY.md', ...docs.map((name) => `docs/${name}`)]
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))
}

const block = /(?:<!-- (runs|checks|theirs)(?:: ([\w./-]+))?\s((?:(?!-->)[\s\S])*)-->\n)?^```(js|ts)\n([\s\S]*?)^```$/gm

export function readBlocks(): CodeBlock[] {
  return [...readDocuments()].flatMap(([path, text]) =>
    [...text.matchAll(block)].map((match, index): CodeBlock => {
      const [, mark, name, hidden = '', language, shown] = match
      return {
        place: `${path}, block ${index + 1}`,
        mark: mark as CodeBlock['mark'],
        name: name ?? `${path.replaceAll(/\W/g, '-')}-${index + 1}`,
        language: language as 'js' | 'ts',
        source: `${hidden}${shown}`,
      }
    }),
  )
}

/** The page of the quick start, or that of another document. */
export function readPage(path = 'README.md'): string {
  const page = /<!-- page -->\n```html\n([\s\S]*?)^```$/m.exec(readDocuments().get(path) ?? '')?.[1]
  if (page === undefined) throw new Error(`expected a page in ${path}`)
  return page
}

// A program listens where it says; here it gets a free port on 127.0.0.1, and tells it.
const listen = `import net from 'node:net'
const { listen } = net.Server.prototype
net.Server.prototype.listen = function (...args) {
  const callback = args.findLast((arg) => typeof arg === 'function')
  return listen.call(this, 0, '127.0.0.1', () => {
    callback?.()
    process.send({ port: this.address().port })
  })
}
`

/** A reader's folder: the programs, the page, and node_modules with this package and a client under their names. */
export function makeFolder(blocks: readonly CodeBlock[], client: '09' | '4' = '09'): string {
  const folder = mkdtempSync(join(tmpdir(), 'socketio-middleware-readme-'))
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction')
  }
  symlinkSync(join(root, 'node_modules', `socket.io-client-${client}`), join(modules, 'socket.io-client'), 'junction')
  mkdirSync(join(modules, 'socketio-middleware'))
  symlinkSync(join(root, 'lib'), join(modules, 'socketio-middleware', 'lib'), 'junction')
  const own = {
    name: 'socketio-middleware',
    type: 'module',
    exports: {
      '.': './lib/index.ts',
      './testing': './lib/testing.ts',
      './fastify': './lib/fastify.ts',
      './sticky': './lib/sticky.ts',
      './client/seen.js': { types: './seen.d.cts', default: './seen.cjs' },
    },
  }
  writeFileSync(join(modules, 'socketio-middleware', 'seen.cjs'), seenScript)
  writeFileSync(join(modules, 'socketio-middleware', 'seen.d.cts'), seenTypes)
  writeFileSync(join(modules, 'socketio-middleware', 'package.json'), JSON.stringify(own))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(folder, 'listen.mjs'), listen)
  mkdirSync(join(folder, 'public'))
  writeFileSync(join(folder, 'public', 'index.html'), readPage())
  for (const { name, language, source } of blocks) {
    const path = join(folder, `${name}.${language}`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, source)
  }
  return folder
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
}

export interface Outcome {
  readonly code: number | null
  readonly output: string
}

/** Runs Node in a reader's folder, to its end. */
export async function runNode(folder: string, args: readonly string[]): Promise<Outcome> {
  const child = start(folder, args, false)
  let output = ''
  child.stdout?.on('data', (text: Buffer) => (output += text.toString()))
  child.stderr?.on('data', (text: Buffer) => (output += text.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

interface Watching {
  /** What the program writes, piece by piece. */
  readonly written?: string[]
  /** Modules that are loaded before it. */
  readonly imports?: readonly string[]
}

/** Starts a program that listens, and gives its URL; it ends with the test. */
export async function startProgram(
  t: TestContext,
  folder: string,
  file: string,
  { written = [], imports = [] }: Watching = {},
): Promise<string> {
  const loaded = ['tsx', './listen.mjs', ...imports].flatMap((name) => ['--import', name])
  const child = start(folder, [...loaded, file], true)
  let complaint = ''
  child.stdout?.on('data', (text: Buffer) => written.push(text.toString()))
  child.stderr?.on('data', (text: Buffer) => (complaint += text.toString()))
  const exited = once(child, 'exit')
  t.after(async () => {
    child.kill()
    await exited
  })
  const listening = once(child, 'message') as Promise<[{ port: number }]>
  const [first] = await Promise.race([listening, exited])
  if (first === null || typeof first !== 'object') throw new Error(`expected ${file} to listen: ${complaint}`)
  return `http://127.0.0.1:${(first as { port: number }).port}`
}

function start(folder: string, args: readonly string[], isWatched: boolean): ChildProcess {
  // A test runner inside is a runner of its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  return spawn(process.execPath, args, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe', ...(isWatched ? ['ipc' as const] : [])],
  })
}
