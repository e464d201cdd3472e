// Owns: the programs of docs/many-processes.md for one port, as they stand there: ours, and @socket.io/sticky.
// Elsewhere: what ours does when a worker dies (sticky.test.ts).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { connectClient, type Generation } from '../support/cluster-clients.js'
import { makeFolder, readBlocks, removeFolder } from '../support/documents.js'
import { replacePart } from '../support/proxies.js'
import { freePort } from '../support/redis.js'

function blockWith(text: string): string {
  const block = readBlocks().find(
    ({ place, source }) => place.startsWith('docs/many-processes.md') && source.includes(text),
  )
  return block?.source ?? assert.fail(`expected a block with ${text}`)
}

/** Runs files in a reader's folder until the test is over, and resolves when they serve. */
async function run(t: TestContext, port: number, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = makeFolder([])
  for (const [name, source] of Object.entries(files)) writeFileSync(join(folder, name), source)
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', 'app.ts'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  let complaint = ''
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()))
  t.after(async () => {
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
    removeFolder(folder)
  })
  const url = `http://127.0.0.1:${port}`
  // Workers that have just been forked may lose a connection of @socket.io/sticky: each of them has to answer.
  for (let tries = 0, row = 0; row < 9; tries++) {
    row = (await isServed(`${url}/socket.io/1/`)) ? row + 1 : 0
    assert.ok(child.exitCode === null && tries < 600, complaint)
    if (row === 0) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return url
}

function isServed(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(url, { agent: false, timeout: 1_000 }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => request.destroy())
    request.on('error', () => {
      resolve(false)
    })
  })
}

test('the program for one port serves clients of every generation in one room across its workers', async (t) => {
  const port = await freePort()
  const source = replacePart(blockWith('stickyPrimary()'), 'listen(3000)', `listen(${port}, '127.0.0.1')`)
  const url = await run(t, port, { 'app.ts': replacePart(source, 'availableParallelism()', '3') })
  const clients = []
  for (const kind of ['0.9 xhr-polling', '4 polling', '0.9 websocket', '4 upgrading', '2 polling'] as const) {
    http.globalAgent = new http.Agent({ keepAlive: true })
    clients.push(await connectClient(t.after.bind(t), url, kind))
  }
  for (const [index, speaker] of clients.entries()) {
    const text = `word ${index}`
    speaker.socket.emit('say', text)
    await Promise.all(clients.map((client) => client.until(text)))
  }
})

test('@socket.io/sticky finds the workers of newer clients by the program of the docs', async (t) => {
  const port = await freePort()
  let worker = blockWith('setupWorker')
  worker = replacePart(
    worker,
    'declare const makeServer: (io: unknown) => Server',
    "import { createServer } from 'node:http'\nconst makeServer = createServer as never as (io: unknown) => Server",
  )
  worker = replacePart(
    worker,
    'class Chat extends BaseNamespace {}',
    'class Chat extends BaseNamespace { on_pid() { return process.pid } }',
  )
  const app = `import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { setupMaster } from '@socket.io/sticky'
if (cluster.isPrimary) {
  const server = createServer()
  setupMaster(server, { loadBalancingMethod: 'round-robin' })
  for (let count = 0; count < 3; count++) cluster.fork()
  server.listen(${port}, '127.0.0.1')
} else await import('./worker.ts')
`
  const url = await run(t, port, { 'app.ts': app, 'worker.ts': worker })
  for (const kind of ['2 polling', '4 polling', '4 upgrading', '4 websocket'] satisfies Generation[]) {
    const pids = new Set<number>()
    for (let count = 0; count < 12 && pids.size < 2; count++) {
      // It keeps a connection with its worker, whatever that brings.
      http.globalAgent = new http.Agent({ keepAlive: false })
      const client = await connectClient(t.after.bind(t), url, kind)
      const pid = await client.ask<number>('pid')
      for (let turn = 0; turn < 3; turn++) assert.equal(await client.ask('pid'), pid, kind)
      pids.add(pid)
    }
    assert.ok(pids.size > 1, kind)
  }
})
