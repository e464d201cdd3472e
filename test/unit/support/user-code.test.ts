// Owns: what the unit tests say of the guard around an application's functions.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines } from '../../../lib/support/timers.js'
import { ask, attempt, guardListeners } from '../../../lib/support/user-code.js'
import { FakeClock } from '../../support/clock.js'

const bug = new Error('bug')

function reports() {
  const heard: unknown[] = []
  return { heard, reporter: { failed: (what: string, error: unknown) => heard.push([what, error]) } }
}

const turn = (): Promise<void> => new Promise(setImmediate)

const functions: Record<string, () => unknown> = {
  throws: () => {
    throw bug
  },
  rejects: () => Promise.reject(bug),
  'answers with a thenable whose then throws': () => ({
    // oxlint-disable-next-line unicorn/no-thenable
    then() {
      throw bug
    },
  }),
}

for (const [how, run] of Object.entries(functions)) {
  test(`what ${how} is reported once, with its name`, async () => {
    const { heard, reporter } = reports()
    attempt(reporter, 'onLimit', run)
    await turn()
    assert.deepEqual(heard, [['onLimit', bug]])
  })

  test(`an abort listener that ${how} is reported`, async () => {
    const { heard, reporter } = reports()
    const controller = new AbortController()
    const { signal } = controller
    guardListeners(signal, reporter)
    signal.addEventListener('abort', run)
    signal.addEventListener('abort', { handleEvent: run })
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- the other way to listen
    signal.onabort = run
    controller.abort()
    await turn()
    assert.deepEqual(
      heard,
      Array.from({ length: 3 }, () => ['abort listener', bug]),
    )
  })
}

test('a listener that is removed is not called, and one that is called gets the event', () => {
  const { reporter } = reports()
  const controller = new AbortController()
  const { signal } = controller
  guardListeners(signal, reporter)
  const seen: unknown[] = []
  const removed = () => seen.push('removed')
  signal.addEventListener('abort', removed)
  signal.removeEventListener('abort', removed)
  signal.addEventListener('abort', function (this: unknown, event) {
    seen.push(event.type, this === signal)
  })
  controller.abort()
  assert.deepEqual(seen, ['abort', true])
})

test('an answer comes as it is, or as a promise that is bounded', async () => {
  const clock = new FakeClock()
  const deadlines = new Deadlines(clock)
  assert.equal(
    ask(deadlines, 100, () => 7),
    7,
  )
  assert.equal(await ask(deadlines, 100, () => Promise.resolve(7)), 7)
  const late = ask(deadlines, 100, () => new Promise(() => {}))
  clock.advance(101)
  await assert.rejects(late as Promise<unknown>, /within 100 ms/)
})
