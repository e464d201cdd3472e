// Owns: what the unit tests say of waiting for promises.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPromiseLike, runSteps, within, type Steps } from '../../../lib/support/promises.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

test('whatever has a then method is like a promise, and nothing else is', () => {
  // oxlint-disable-next-line unicorn/no-thenable
  for (const value of [Promise.resolve(), { then() {} }]) assert.equal(isPromiseLike(value), true)
  // oxlint-disable-next-line unicorn/no-thenable
  for (const value of [undefined, null, 0, '', 'then', {}, [], { then: 1 }, () => {}]) {
    assert.equal(isPromiseLike(value), false)
  }
})

test('a promise that settles in time keeps its outcome, and no timer is left', async () => {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  assert.equal(await within(deadlines, 100, Promise.resolve('answer')), 'answer')
  const failure = new Error('no')
  await assert.rejects(within(deadlines, 100, Promise.reject(failure)), failure)
  assert.equal(clock.timers, 0)
})

test('a promise that takes too long is rejected with how long that was', async () => {
  const clock = new FakeClock()
  const late = within(new Deadlines(clock), 100, new Promise(() => {}))
  assert.equal(clock.timers, 1)
  clock.advance(100)
  await assert.rejects(late, { message: 'expected an answer within 100 ms' })
  assert.equal(clock.timers, 0)
})

test('an outcome that comes after the time is over changes nothing', async () => {
  const clock = new FakeClock()
  let reject: ((error: Error) => void) | undefined
  const promise = new Promise<void>((_resolve, rejectLater) => {
    reject = rejectLater
  })
  const late = within(new Deadlines(clock), 100, promise)
  clock.advance(100)
  reject?.(new Error('too late to be heard'))
  await assert.rejects(late, { message: 'expected an answer within 100 ms' })
})

test('steps that yield nothing are over at once; those that yield a promise wait for it, and get its failure', async () => {
  const log: string[] = []
  runSteps(
    // oxlint-disable-next-line require-yield -- that is the case
    (function* (): Steps<string> {
      log.push('begins')
      return 'done'
    })(),
    (result) => log.push(result),
  )
  assert.deepEqual(log, ['begins', 'done'])
  runSteps(
    (function* (): Steps<string> {
      yield Promise.resolve()
      log.push('waited')
      try {
        yield Promise.reject(new Error('no'))
      } catch (error) {
        return (error as Error).message
      }
      return 'not reached'
    })(),
    (result) => log.push(result),
  )
  assert.deepEqual(log, ['begins', 'done'])
  await new Promise(setImmediate)
  assert.deepEqual(log, ['begins', 'done', 'waited', 'no'])
})
