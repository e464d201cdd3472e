// Owns: the test kit while a test has put its own timers in place of Node's.
// Elsewhere: the same with jest's and vitest's (test/package).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace } from '../../../lib/index.js'
import { connect, openNamespace, TestClock } from '../../../lib/testing.js'
import { makeApp, wires } from './apps.js'

class Slow extends BaseNamespace {
  async on_wait(ms: number): Promise<number> {
    const start = Date.now()
    await this.sleep(ms)
    return Date.now() - start
  }
  on_echo(value: string): string {
    return value
  }
  async on_own(ms: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    return 'done'
  }
}

for (const [protocol, transport] of wires) {
  test(`${protocol} by ${transport}: timers and Date are node:test's, and an hour passes at once`, async (t) => {
    const { app } = makeApp('express', { '/slow': Slow })
    const client = await connect<typeof Slow>(app, '/slow', { protocol, transport, t })
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] })
    assert.equal(await client.ask('echo', 'hi'), 'hi')
    const answer = client.ask('own', 3_600_000)
    // The packet is at the handler when the server is busy with it.
    await assert.rejects(client.idle({ timeout: 30 }), /a handler of "\/slow" is not done/)
    t.mock.timers.tick(3_600_000)
    assert.equal(await answer, 'done')
  })

  test(`${protocol} by ${transport}: connects while timers are faked, and waits for real`, async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'] })
    const { app } = makeApp('koa', { '/slow': Slow })
    const client = await connect<typeof Slow>(app, '/slow', { protocol, transport, timeout: 500 })
    assert.equal(await client.ask('echo', 'hi'), 'hi')
    await assert.rejects(client.next('never'), /within 500 ms/)
    await client.leave()
  })

  test(`${protocol} by ${transport}: a test's clock moves what a handler sleeps`, async (t) => {
    const clock = new TestClock()
    const { app } = makeApp('express', { '/slow': Slow }, { clock })
    const client = await connect<typeof Slow>(app, '/slow', { protocol, transport, t })
    const answer = client.ask('wait', 600_000)
    await assert.rejects(client.idle({ timeout: 30 }), /is not done/)
    await clock.tick(600_000)
    assert.ok((await answer) < 10_000)
  })
}

test('without HTTP, whatever is faked', async (t) => {
  t.mock.timers.enable()
  const nextTick = t.mock.method(process, 'nextTick', () => {})
  const { client } = await openNamespace(Slow)
  const answer = await client.ask('echo', 'hi')
  nextTick.mock.restore()
  assert.equal(answer, 'hi')
})

test('a clock of a test runs timers in order, with what they set going', async () => {
  const clock = new TestClock()
  const ran: string[] = []
  const note = (what: string) => () => {
    ran.push(`${what} at ${clock.now() - 1000}`)
  }
  clock.setTimeout(note('third'), 30)
  clock.setTimeout(note('first'), 10)
  const dropped = clock.setTimeout(note('dropped'), 15)
  clock.setTimeout(() => {
    note('second')()
    Promise.resolve().then(() => clock.setTimeout(note('late'), 5), assert.fail)
  }, 20)
  clock.clearTimeout(dropped)
  await clock.tick(29)
  assert.deepEqual(ran, ['first at 10', 'second at 20', 'late at 25'])
  clock.advance(1)
  assert.deepEqual(ran.at(-1), 'third at 30')
  assert.equal(clock.timers, 0)
})
