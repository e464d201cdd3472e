// Owns: the programs of examples/ from outside: what they say when they start, and when their port is taken.
// Elsewhere: the chat in a browser (test/browser), the cluster (test/cluster/example.test.ts).
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'

const examples = join(import.meta.dirname, '..', '..', 'examples')

async function run(t: TestContext, name: string, port: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', join(examples, name, 'server.ts')], {
    env: { ...process.env, PORT: port, NODE_NO_WARNINGS: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill())
  const [said, complained, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { said, complained, status: status as number }
}

for (const name of ['chat', 'koa']) {
  test(`the example ${name} says in one line that its port is taken`, async (t) => {
    const other = net.createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const { port } = other.address() as AddressInfo
    const expected = `The chat cannot use port ${port}: another program uses it. Choose another one, for example: PORT=3001 npm start\n`
    assert.deepEqual(await run(t, name, String(port)), { said: '', complained: expected, status: 1 })
  })

  test(`the example ${name} says in one line that its port is none`, async (t) => {
    const { complained, status } = await run(t, name, 'http')
    assert.match(complained, /^The chat cannot use port http: a port is a number from 0 to 65535\. .*\n$/)
    assert.equal(status, 1)
  })
}
