// Owns: a scratch folder with the package as it is packed, the frameworks in the versions of package.json, and the apps.
// Elsewhere: packing and installing (test/package/tarball.ts), what is asked of the apps (neighbours.test.ts).
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { installTarball } from '../package/tarball.js'
import { within } from '../support/journal.js'

export interface Neighbours {
  /** Starts an app until the test is over, and resolves with its URL. */
  start(t: TestContext, app: string, variant: string): Promise<string>
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
  return {
    async start(t, app, variant) {
      const child = spawn(process.execPath, [`${app}.mjs`, variant], {
        cwd: folder,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      t.after(() => end(child))
      const failed = once(child, 'exit').then(([code]) => {
        throw new Error(`${app} ${variant} ended with ${String(code)}`)
      })
      const [line] = (await within('the address of the app', Promise.race([once(child.stdout, 'data'), failed]))) as [
        Buffer,
      ]
      failed.catch(() => {})
      return line.toString().trim()
    },
    remove,
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
