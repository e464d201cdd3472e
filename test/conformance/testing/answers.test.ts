// Owns: functions of a test that fail in its own client: the failure is the test's, and the same over every transport.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { BaseNamespace } from '../../../lib/index.js'
import { connect, openNamespace, type TestClient } from '../../../lib/testing.js'
import { makeApp, wires } from './apps.js'

const root = join(import.meta.dirname, '..', '..', '..')

interface Events {
  question: (text: string, answer: (reply: unknown) => void) => void
  said: (text: string) => void
}

class Asking extends BaseNamespace<{ emits: Events }> {
  async on_ask(): Promise<unknown> {
    return this.timeout(100)
      .emitWithAck('question', 'how many?')
      .catch(() => 'no answer')
  }
  on_say(text: string): void {
    this.emit('said', text)
  }
}

type Open = (t: TestContext) => Promise<TestClient<typeof Asking>>

const places: readonly (readonly [name: string, open: Open])[] = [
  ...wires.map(([protocol, transport]): [string, Open] => [
    `${protocol} by ${transport}`,
    (t) => connect<typeof Asking>(makeApp('express', { '/test': Asking }).app, '/test', { protocol, transport, t }),
  ]),
  ['4 without an app', async (t) => (await openNamespace(Asking, { t })).client],
  ['0.9 without an app', async (t) => (await openNamespace(Asking, { t, protocol: '0.9' })).client],
]

const circle: Record<string, unknown> = {}
circle['itself'] = circle

const failures: readonly (readonly [what: string, answer: () => unknown, message: RegExp])[] = [
  [
    'throws',
    () => {
      throw new Error('thrown by the test')
    },
    /thrown by the test/,
  ],
  ['rejects', () => Promise.reject(new Error('rejected by the test')), /rejected by the test/],
  [
    'throws later',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      throw new Error('thrown later')
    },
    /thrown later/,
  ],
  ['answers what JSON does not know', () => circle, /circular|call stack/i],
  ['answers a bigint', () => 1n, /BigInt/],
]

/** What would end the process, and fails the test in a runner. */
async function uncaught(): Promise<unknown> {
  const listeners = process.listeners('uncaughtException')
  const rejections = process.listeners('unhandledRejection')
  process.removeAllListeners('uncaughtException')
  process.removeAllListeners('unhandledRejection')
  try {
    const [error] = await once(process, 'uncaughtException', { signal: AbortSignal.timeout(2_000) })
    return error
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener)
    for (const listener of rejections) process.on('unhandledRejection', listener)
  }
}

for (const [place, open] of places) {
  for (const [what, answer, message] of failures) {
    test(`${place}: a function of answer() that ${what} fails the test, and the client goes on`, async (t) => {
      const client = await open(t)
      client.answer('question', answer)
      const [error, reply] = await Promise.all([uncaught(), client.ask('ask')])
      assert.match(String(error), message)
      assert.equal(reply, 'no answer')
      client.emit('say', 'still there')
      assert.deepEqual(await client.next('said'), ['still there'])
    })
  }
}

// As node:test tells whose failure an error is: by what has set it going.
for (const [protocol, transport] of wires) {
  test(`${protocol} by ${transport}: the failure is that of the test which gave the function, whoever has connected`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'answers-'))
    t.after(() => {
      rmSync(folder, { recursive: true })
    })
    const file = join(folder, 'answers.test.mjs')
    const url = (path: string): string => JSON.stringify(pathToFileURL(join(root, path)).href)
    writeFileSync(
      file,
      `import { before, test } from 'node:test'
import { BaseNamespace, socketioMiddleware } from ${url('lib/index.ts')}
import { connect } from ${url('lib/testing.ts')}
class Asking extends BaseNamespace {
  on_ask() {
    return this.timeout(100).emitWithAck('question').catch(() => 'no answer')
  }
}
let client
before(async () => {
  client = await connect(socketioMiddleware({ '/test': Asking }), '/test', { protocol: '${protocol}', transport: '${transport}' })
})
test('before', async () => {
  await client.idle()
})
test('whose function it is', async () => {
  client.answer('question', () => {
    throw new Error('thrown by the test')
  })
  await client.ask('ask')
  await client.leave()
})
`,
    )
    const { stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', '--test-reporter=tap', file], {
      encoding: 'utf8',
      cwd: root,
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    })
    assert.equal(status, 1, stdout)
    assert.match(stdout, /^not ok 2 - whose function it is$/m)
    assert.match(stdout, /thrown by the test/)
    assert.match(stdout, /^ok 1 - before$/m)
  })
}
