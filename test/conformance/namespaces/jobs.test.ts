// Owns: spawn, sleep and killLocalJobs.
// Elsewhere: jobs at the end of a namespace, with all else that ends (disconnect.test.ts).

// spawn() calls a method with its namespace as `this`.
/* oxlint-disable typescript/unbound-method */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BaseNamespace, type Job } from '../../../lib/index.js'
import { FakeClock } from '../../support/clock.js'
import { Reports } from '../../support/reports.js'
import { startServer } from '../../support/server.js'
import { event, Gate, joinClient, Queue } from '../../support/wire-client.js'

const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', resolve))

test('spawn calls a job with the namespace as this, a signal and its arguments', async (t) => {
  const seen = new Queue<unknown[]>()
  class Ticking extends BaseNamespace {
    readonly name = 'Ticking'
    initialize() {
      this.spawn(this.jobTick, 3, 'x')
    }

    async jobTick(signal: AbortSignal, count: number, text: string) {
      seen.push([this.name, signal instanceof AbortSignal, signal.aborted, count, text])
    }
  }
  await joinClient(t, await startServer(t, { '/chat': Ticking }), '/chat')
  assert.deepEqual(await seen.next(), ['Ticking', true, false, 3, 'x'])
})

test('a job runs beside the handlers and sends to the client', async (t) => {
  const clock = new FakeClock()
  class Clock extends BaseNamespace {
    recv_connect() {
      this.spawn(this.jobTell)
    }

    async *jobTell() {
      for (let tick = 1; ; tick++) {
        await this.sleep(1000)
        this.emit('tick', tick)
        yield
      }
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Clock }, { clock }), '/chat')
  for (let tick = 1; tick <= 3; tick++) {
    assert.deepEqual(await client.settled(), [])
    clock.advance(1001)
    assert.equal(await client.next(), event('/chat', 'tick', tick))
  }
})

test('a job ends with its namespace: an async function by its signal', async (t) => {
  const seen = new Queue<string>()
  class Working extends BaseNamespace {
    recv_connect() {
      this.spawn(async (signal) => {
        await aborted(signal)
        seen.push((signal.reason as { code: string }).code)
      })
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Working }), '/chat')
  client.send('0::/chat')
  assert.equal(await seen.next(), 'SIO_CLOSED')
})

test('a job ends with its namespace: an async generator at its next yield', async (t) => {
  const seen = new Queue<string>()
  const gate = new Gate()
  class Working extends BaseNamespace {
    recv_connect() {
      this.spawn(this.jobWork)
    }

    async *jobWork() {
      try {
        seen.push('begins')
        yield
        await gate.opened
        seen.push('works')
        yield
        seen.push('never')
      } finally {
        seen.push('cleans up')
      }
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Working }), '/chat')
  assert.equal(await seen.next(), 'begins')
  client.send('0::/chat')
  await client.settled()
  gate.open()
  assert.deepEqual(await seen.take(2), ['works', 'cleans up'])
})

test('sleep rejects when the namespace ends, and that ends a job without a report', async (t) => {
  const reports = new Reports()
  const seen = new Queue<string>()
  class Sleeping extends BaseNamespace {
    recv_connect() {
      this.spawn(async () => {
        await this.sleep(1e6).catch((error: { code: string }) => {
          seen.push(error.code)
          throw error
        })
      }).done.then(
        () => seen.push('done'),
        () => seen.push('rejected'),
      )
    }
  }
  const server = await startServer(t, { '/chat': Sleeping }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  client.send('0::/chat')
  assert.deepEqual(await seen.take(2), ['SIO_CLOSED', 'done'])
  assert.deepEqual(reports.takeAll(), [])
})

test('killLocalJobs ends all jobs of its namespace, and no more', async (t) => {
  const seen = new Queue<string>()
  class Working extends BaseNamespace {
    on_work(name: string) {
      this.spawn(async (signal) => {
        await aborted(signal)
        seen.push(`${name} ends`)
      })
      return this.nsName
    }

    on_kill() {
      this.killLocalJobs()
    }
  }
  const client = await joinClient(t, await startServer(t, { '/a': Working, '/b': Working }), '/a')
  await client.ask('1::/b')
  client.send(event('/a', 'work', 'one'), event('/a', 'work', 'two'), event('/b', 'work', 'other'), event('/a', 'kill'))
  assert.deepEqual(await seen.take(2), ['one ends', 'two ends'])
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
  client.send(event('/a', 'work', 'three'), event('/a', 'kill'))
  assert.equal(await seen.next(), 'three ends')
})

test('kill of a job ends that one', async (t) => {
  const seen = new Queue<string>()
  class Working extends BaseNamespace {
    on_go() {
      const start = (name: string): Job =>
        this.spawn(async (signal) => {
          await aborted(signal)
          seen.push(`${name} ends`)
        })
      const [one, two] = [start('one'), start('two')]
      seen.push(`${one.isEnded} ${two.isEnded}`)
      one.kill()
      void one.done.then(() => seen.push(`${one.isEnded} ${two.isEnded}`))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Working }), '/chat')
  client.send(event('/chat', 'go'))
  assert.deepEqual(await seen.take(3), ['false false', 'one ends', 'true false'])
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
})

test('a job that fails is reported, its done resolves, and its namespace lives on', async (t) => {
  const reports = new Reports()
  const seen = new Queue<string>()
  class Failing extends BaseNamespace {
    on_go() {
      for (const job of [this.jobReject, this.jobThrow, this.jobYield]) {
        this.spawn(job).done.then(
          () => seen.push('done'),
          () => seen.push('rejected'),
        )
      }
    }

    async jobReject() {
      throw new Error('rejected')
    }

    jobThrow(): Promise<void> {
      throw new Error('thrown')
    }

    async *jobYield() {
      yield
      throw new Error('in a generator')
    }
  }
  const server = await startServer(t, { '/chat': Failing }, { errorHandler: reports.handler })
  const client = await joinClient(t, server, '/chat')
  client.send(event('/chat', 'go'))
  const failures = (await reports.take(3)).map(
    ({ message, quiet, cause }) => `${message}, ${quiet}: ${(cause as Error).message}`,
  )
  assert.deepEqual(
    new Set(failures),
    new Set([
      'The job "jobReject" failed, true: rejected',
      'The job "jobThrow" failed, true: thrown',
      'The job "jobYield" failed, true: in a generator',
    ]),
  )
  assert.deepEqual(await seen.take(3), ['done', 'done', 'done'])
  assert.equal(await client.ask('3:1:/chat:alive'), '6::/chat:1')
})

test('a job of the socket ends with the socket, not with the namespace that spawned it', async (t) => {
  const seen = new Queue<string>()
  class Working extends BaseNamespace {
    recv_connect() {
      this.socket.spawn(async function (signal) {
        await aborted(signal)
        seen.push(`ends with ${this.id.length} characters`)
      })
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Working }), '/chat')
  client.send('0::/chat')
  await client.settled()
  assert.deepEqual(seen.takeAll(), [])
  client.drop()
  assert.equal(await seen.next(), 'ends with 20 characters')
})

test('spawn after the end starts nothing and returns a job that has ended, and sleep rejects', async (t) => {
  const seen = new Queue<unknown>()
  class Late extends BaseNamespace {
    async on_end() {
      this.disconnect()
      await new Promise(setImmediate)
      const job = this.spawn(async () => seen.push('never'))
      seen.push(job.isEnded)
      await job.done
      await this.sleep(1).catch((error: { code: string }) => seen.push(error.code))
    }
  }
  const client = await joinClient(t, await startServer(t, { '/chat': Late }), '/chat')
  client.send(event('/chat', 'end'))
  assert.deepEqual(await seen.take(2), [true, 'SIO_CLOSED'])
})
