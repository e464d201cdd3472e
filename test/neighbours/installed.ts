// Owns: a scratch folder with the package as it is packed, the frameworks in the versions of package.json, and the apps.
// Elsewhere: packing and installing (test/package/tarball.ts), what is asked of the apps (neighbours.test.ts).
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { installTarball } from '../package/tarball.js'
import { readBlocks } from '../support/documents.js'
import { within } from '../support/journal.js'

export interface Neighbours {
  /** Starts an app until the test is over, and resolves with its URL. */
  start(t: TestContext, app: string, variant: string): Promise<string>
  /** The same with a program of the docs, by the name that it has there. */
  startDocumented(t: TestContext, file: string): Promise<string>
  remove(): Promise<void>
}

const here = import.meta.dirname

export async function installNeighbours(): Promise<Neighbours> {
  const { dependencies } = JSON.parse(await readFile(join(here, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const { folder, remove } = await installTarball(
    Object.entries(dependencies).map(([name, version]) => `${name}@${version}`),
  )
  await cp(join(here, 'apps'), folder, { recursive: true })
  const start = async (t: TestContext, ...args: readonly string[]): Promise<string> => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => end(child))
    const failed = once(child, 'exit').then(([code]) => {
      throw new Error(`${args.join(' ')} ended with ${String(code)}`)
    })
    const url = await within('the address of the app', Promise.race([urlOf(child), failed]))
    failed.catch(() => {})
    return url
  }
  return {
    start: (t, app, variant) => start(t, `${app}.mjs`, variant),
    async startDocumented(t, file) {
      const block = readBlocks().find(({ mark, name }) => mark === 'theirs' && name === file)
      if (block === undefined) throw new Error(`expected ${file} in the docs`)
      const program = file.replace(/\.ts$/, '.mts')
      await writeFile(join(folder, program), block.source)
      await writeFile(join(folder, 'listen.mjs'), listen)
      await writeFile(join(folder, 'tsconfig.json'), '{ "compilerOptions": { "experimentalDecorators": true } }')
      return start(t, '--import', import.meta.resolve('tsx'), '--import', './listen.mjs', program)
    },
    remove,
  }
}

// What the app itself logs may come before.
function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const url = /http:\/\/127\.0\.0\.1:\d+(?=\s)/.exec(text)?.[0]
      if (url !== undefined) resolve(url)
    })
  })
}

// A program listens where it says; here it gets a free port on 127.0.0.1, and tells it.
const listen = `import net from 'node:net'
const { listen } = net.Server.prototype
net.Server.prototype.listen = function (...args) {
  const callback = args.findLast((arg) => typeof arg === 'function')
  return listen.call(this, 0, '127.0.0.1', () => {
    callback?.()
    console.log('http://127.0.0.1:' + this.address().port)
  })
}
`

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
