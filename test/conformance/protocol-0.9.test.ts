// Owns: that this library passes the suite of test/protocol-0.9, as others run it: its server and its runner, by themselves.
// Elsewhere: the cases (test/protocol-0.9/cases), what else we promise of the 0.9 wire (the files beside this one).
import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { within } from '../support/journal.js'

const suite = join(import.meta.dirname, '..', 'protocol-0.9')

function start(t: TestContext, program: string, ...args: string[]): ChildProcessByStdio<null, Readable, null> {
  const child = spawn(process.execPath, ['--import', 'tsx', join(suite, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill())
  return child
}

async function run(t: TestContext, ...args: string[]): Promise<{ lines: string[]; status: number }> {
  const child = start(t, 'run.ts', ...args)
  const exited = once(child, 'exit')
  let text = ''
  for await (const piece of child.stdout) text += String(piece)
  const [status] = (await exited) as [number]
  return { lines: text.trim().split('\n'), status }
}

test('this library passes the suite for servers of the 0.9 wire', async (t) => {
  const server = start(t, join('servers', 'ours.ts'), '0')
  const [url] = (await within('the address of the server', once(server.stdout, 'data'))) as [Buffer]
  const { lines, status } = await run(t, url.toString().trim())
  assert.deepEqual(
    lines.filter((line) => !line.startsWith('ok - ')),
    ['', lines.at(-1)],
    lines.join('\n'),
  )
  const count = (await run(t, '--list')).lines.length
  assert.ok(count > 200)
  assert.deepEqual({ last: lines.at(-1), status }, { last: `${count} of ${count} passed`, status: 0 })
})

test('the suite fails where there is no server, case by case', async (t) => {
  const { lines, status } = await run(t, 'http://127.0.0.1:1', '--only', 'whole session')
  assert.equal(status, 1)
  assert.match(lines[0] ?? '', /^not ok - websocket: a whole session$/)
  assert.equal(lines.at(-1), '0 of 4 passed')
})
