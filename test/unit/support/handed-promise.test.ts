// Owns: what the unit tests say of promises that an application may leave alone.
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { ClosedError } from '../../../lib/support/errors.js'
import { handOut } from '../../../lib/support/handed-promise.js'

/** What was reported, and what Node found unhandled, after `use` has had a rejected promise for a while. */
async function outcome(t: TestContext, error: Error, use: (promise: Promise<unknown>) => unknown) {
  const reported: unknown[] = []
  const unhandled: unknown[] = []
  const listener = (reason: unknown): void => {
    unhandled.push(reason)
  }
  process.on('unhandledRejection', listener)
  t.after(() => process.off('unhandledRejection', listener))
  const promise = handOut(
    wait(1).then(() => Promise.reject(error)),
    'sleep',
    { failed: (_, cause) => reported.push(cause) },
  )
  const used = use(promise)
  await wait(20)
  return { reported, unhandled, used }
}

const uses: Record<string, (promise: Promise<unknown>) => unknown> = {
  'left alone': () => undefined,
  'followed by then': (promise) => promise.then(() => {}),
  'followed by then, finally and then': (promise) =>
    promise
      .then(() => {})
      .finally(() => {})
      .then(() => {}),
}

for (const [how, use] of Object.entries(uses)) {
  test(`${how}, a promise of a namespace that has ended is neither reported nor unhandled`, async (t) => {
    const { reported, unhandled } = await outcome(t, new ClosedError(), use)
    assert.deepEqual({ reported, unhandled }, { reported: [], unhandled: [] })
  })

  test(`${how}, a promise that fails otherwise is reported once`, async (t) => {
    const error = new Error('no')
    const { reported, unhandled } = await outcome(t, error, use)
    assert.deepEqual({ reported, unhandled }, { reported: [error], unhandled: [] })
  })
}

test('what a callback of then throws is reported', async (t) => {
  const bug = new Error('bug')
  const throws = (): never => {
    throw bug
  }
  const { reported, unhandled } = await outcome(t, new ClosedError(), (promise) => promise.catch(() => {}).then(throws))
  assert.deepEqual({ reported, unhandled }, { reported: [bug], unhandled: [] })
})

test('one that is awaited, or caught, rejects as any promise does, and is not reported', async (t) => {
  const error = new Error('no')
  for (const use of [
    async (promise: Promise<unknown>) => {
      try {
        return await promise
      } catch (cause) {
        return cause
      }
    },
    (promise: Promise<unknown>) => promise.catch((cause: unknown) => cause),
  ]) {
    const { reported, unhandled, used } = await outcome(t, error, use)
    assert.equal(await used, error)
    assert.deepEqual({ reported, unhandled }, { reported: [], unhandled: [] })
  }
})

test('it is a promise, whose value comes through', async () => {
  const promise = handOut(Promise.resolve(7), 'sleep', { failed: () => {} })
  assert.ok(promise instanceof Promise)
  assert.equal(await promise, 7)
  assert.deepEqual(await Promise.all([promise, promise.then((value) => value + 1)]), [7, 8])
})
