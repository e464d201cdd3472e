// Owns: a primary with its workers on one port, in processes of their own, and what a test tells it.
// Elsewhere: these processes (sticky-server.ts).
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { within } from './journal.js'

export interface Primary {
  readonly url: string
  readonly port: number
  pids: number[]
  tell(command: object): Promise<void>
}

export async function startPrimary(t: TestContext, workers: number, options: object = {}): Promise<Primary> {
  const child = fork(join(import.meta.dirname, 'sticky-server.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, workers: String(workers), options: JSON.stringify(options) },
  })
  t.after(() => end(child))
  const answer = async (): Promise<{ port: number; pids: number[] }> =>
    (
      (await within('an answer of the primary', once(child, 'message'), 60_000)) as [{ port: number; pids: number[] }]
    )[0]
  const { port, pids } = await answer()
  const primary: Primary = {
    port,
    url: `http://127.0.0.1:${port}`,
    pids,
    async tell(command) {
      const answered = answer()
      child.send(command)
      primary.pids = (await answered).pids
    },
  }
  return primary
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}
