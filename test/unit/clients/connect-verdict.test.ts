// Owns: what the unit tests say of the outcome of recv_connect behind a decorator.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConnectVerdict } from '../../../lib/clients/connect-verdict.js'

type Fn = (...args: unknown[]) => unknown

const refusal = new Error('not you')
const refuses: Fn = () => Promise.reject(refusal)

/** What comes out when `decorate` stands around `method`, and the verdict is asked when all is over. */
async function outcomeOf(decorate: (fn: Fn) => Fn, method: Fn): Promise<unknown> {
  const verdict = new ConnectVerdict()
  try {
    await decorate(verdict.watch(method))()
    while (verdict.pending !== undefined) {
      const { pending } = verdict
      await pending
      if (pending === verdict.pending) break
    }
    verdict.check()
    return 'accepted'
  } catch (error) {
    return error
  }
}

test('a wrapper that swallows, that does not await, or that forgets refuses all the same', async () => {
  const swallows = (fn: Fn) => async () => {
    try {
      return await fn()
    } catch {
      return undefined
    }
  }
  const forgets = (fn: Fn) => () => {
    Promise.resolve(fn()).catch(() => {})
  }
  for (const decorate of [swallows, forgets]) assert.equal(await outcomeOf(decorate, refuses), refusal)
  const throws = () => {
    throw refusal
  }
  assert.equal(await outcomeOf(swallows, throws), refusal)
})

test("a wrapper's own throw comes first", async () => {
  const nicer = new Error('nicer')
  const translates = (fn: Fn) => async () => {
    try {
      return await fn()
    } catch {
      throw nicer
    }
  }
  assert.equal(await outcomeOf(translates, refuses), nicer)
})

test('of several calls the last counts', async () => {
  const outcomes = [refuses, () => Promise.resolve()]
  const retries = (fn: Fn) => async () => {
    try {
      return await fn()
    } catch {
      return fn()
    }
  }
  let calls = 0
  assert.equal(await outcomeOf(retries, () => outcomes[calls++]?.()), 'accepted')
  calls = 0
  outcomes.reverse()
  const twice = (fn: Fn) => async () => {
    await fn()
    await Promise.resolve(fn()).catch(() => {})
  }
  assert.equal(await outcomeOf(twice, () => outcomes[calls++]?.()), refusal)
})

test('a wrapper that never calls the method refuses', async () => {
  assert.match(String(await outcomeOf(() => () => 'fine', refuses)), /did not/)
})

test('a denial that is swallowed refuses, and a call that is let through after it accepts', () => {
  const verdict = new ConnectVerdict()
  verdict.denied(refusal)
  assert.throws(() => verdict.check(), refusal)
  verdict.watch(() => {})()
  verdict.check()
})

test('where nobody was asked, nobody refuses', () => {
  const verdict = new ConnectVerdict()
  assert.equal(verdict.pending, undefined)
  verdict.check()
})
