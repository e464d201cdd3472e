// Owns: that a session and its copy here never lose what either side has changed, whatever happens in which order.
// Elsewhere: the same with real middleware and clients (test/conformance/sessions).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { KeptSession, type Fate } from '../../../lib/namespaces/sessions/kept-session.js'
import type { LiveSession, SessionSource, Standing, Values } from '../../../lib/namespaces/sessions/session-source.js'
import { FakeClock } from '../../support/clock.js'

/** A middleware's session whose store is one value here. */
class Source implements SessionSource {
  stored: string | undefined
  fails: 'load' | 'save' | 'save, but stores' | undefined
  loads = 0
  readonly live: LiveSession = { id: 'one', values: {} }
  readonly #standing: Standing

  constructor(stored: Values | undefined, standing: Standing) {
    this.stored = stored === undefined ? undefined : JSON.stringify(stored)
    Object.assign(this.live.values, stored)
    this.#standing = standing
  }

  isStored(): boolean {
    return true
  }

  standingOf(): Standing {
    return this.#standing
  }

  async load(): Promise<Values | undefined> {
    this.loads++
    await Promise.resolve()
    if (this.fails === 'load') throw new Error('of a store')
    return this.read()
  }

  takeOver(): void {}

  async save({ values }: LiveSession): Promise<void> {
    const text = JSON.stringify(values)
    await Promise.resolve()
    if (this.fails === 'save') throw new Error('of a store')
    this.stored = text
    if (this.fails === 'save, but stores') throw new Error('of a store')
  }

  async touch(): Promise<void> {}

  inOrder<Result>(_id: string, work: () => Promise<Result>): Promise<Result> {
    return work()
  }

  removed(): undefined {
    return undefined
  }

  read(): Values | undefined {
    return this.stored === undefined ? undefined : (JSON.parse(this.stored) as Values)
  }
}

type Change = readonly [name: string, value: unknown]

interface Step {
  readonly by: 'request' | 'handler' | 'job'
  readonly changes: readonly Change[]
  readonly freshFor: number
  readonly passes: number
  readonly fails: 'load' | 'save' | undefined
}

const change: fc.Arbitrary<Change> = fc.tuple(
  fc.constantFrom('cart', 'user', 'count'),
  fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) },
    { weight: 2, arbitrary: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }) },
    { weight: 1, arbitrary: fc.constant('grow') },
  ),
)

const step: fc.Arbitrary<Step> = fc.record({
  by: fc.constantFrom('request', 'handler', 'handler', 'job'),
  changes: fc.array(change, { maxLength: 3 }),
  freshFor: fc.constantFrom(0, 1_000, Infinity),
  passes: fc.constantFrom(0, 400, 1_000),
  fails: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom('load' as const, 'save' as const) },
  ),
})

function apply(values: Values, changes: readonly Change[]): void {
  for (const [name, value] of changes) {
    if (value === undefined) Reflect.deleteProperty(values, name)
    // In place, as a push is.
    else if (value === 'grow') {
      if (Array.isArray(values[name])) values[name].push('more')
    } else values[name] = structuredClone(value)
  }
}

function copy(values: Values): Values {
  return JSON.parse(JSON.stringify(values)) as Values
}

/** What a handler has changed of what it has found. */
function changed(before: Values, after: Values): Change[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...names]
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map((name) => [name, after[name]])
}

async function settled(work: () => Promise<Fate>): Promise<Fate | 'failed'> {
  try {
    return await work()
  } catch {
    return 'failed'
  }
}

test('what is changed here is stored and nothing else is, what others change comes, what fails is undone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const clock = new FakeClock()
      const source = new Source({ cart: ['tea'] }, 'stored')
      const kept = new KeptSession(source, clock)
      for (const { by, changes, freshFor, passes, fails } of steps) {
        clock.advance(passes)
        source.fails = undefined
        if (by === 'request') {
          const values = source.read() as Values
          apply(values, changes)
          source.stored = JSON.stringify(values)
          continue
        }
        source.fails = fails
        const before = source.read() as Values
        if (by === 'handler') {
          const fate = await settled(() => kept.refresh(freshFor))
          if (fate === 'failed') {
            assert.deepEqual(source.read(), before)
            continue
          }
          if (freshFor === 0) assert.deepEqual(copy(source.live.values), before)
        }
        const found = copy(source.live.values)
        apply(source.live.values, changes)
        const own = changed(found, copy(source.live.values))
        const fate = await settled(() => (by === 'handler' ? kept.settle(freshFor) : kept.save()))
        const expected = copy(before)
        if (fate === 'failed') {
          kept.restore()
          source.fails = undefined
          assert.deepEqual(source.read(), before)
          assert.equal(await kept.refresh(0), 'kept')
          assert.deepEqual(copy(source.live.values), before)
          continue
        }
        for (const [name, value] of own) {
          if (value === undefined) Reflect.deleteProperty(expected, name)
          else expected[name] = value
        }
        assert.deepEqual(source.read(), expected)
        // What was written is what is seen, with all that others have changed.
        if (own.length > 0) assert.deepEqual(copy(source.live.values), expected)
      }
    }),
    { numRuns: 500 },
  )
})

test('a session that has gone is never stored again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const clock = new FakeClock()
      const source = new Source({ cart: ['tea'] }, 'stored')
      const kept = new KeptSession(source, clock)
      await kept.refresh(0)
      source.stored = undefined
      for (const { changes, freshFor, passes, fails, by } of steps) {
        clock.advance(passes)
        source.fails = fails
        if (by === 'handler') await settled(() => kept.refresh(freshFor))
        apply(source.live.values, changes)
        const fate = await settled(() => kept.settle(freshFor))
        if (fate === 'failed') kept.restore()
        assert.equal(source.stored, undefined)
      }
      source.fails = undefined
      assert.equal(await kept.refresh(0), 'gone')
      assert.equal(await kept.look(), 'gone')
    }),
    { numRuns: 300 },
  )
})

test('a private session asks no store before something is put into it, and is a stored one from then on', async () => {
  const clock = new FakeClock()
  const source = new Source(undefined, 'private')
  const kept = new KeptSession(source, clock)
  assert.deepEqual(
    [await kept.refresh(0), await kept.settle(0), await kept.look(), source.loads],
    ['kept', 'kept', 'kept', 0],
  )
  source.live.values['cart'] = 'tea'
  assert.deepEqual([await kept.settle(0), source.read(), source.loads], ['kept', { cart: 'tea' }, 0])
  assert.deepEqual([await kept.refresh(0), source.loads], ['kept', 1])
  source.stored = undefined
  assert.equal(await kept.refresh(0), 'gone')
})

test('of a session that may be stored or not, only one that was found can go', async () => {
  const clock = new FakeClock()
  const source = new Source(undefined, 'unsure')
  const kept = new KeptSession(source, clock)
  assert.deepEqual([await kept.refresh(0), await kept.look()], ['kept', 'kept'])
  source.stored = '{"cart":"tea"}'
  assert.deepEqual([await kept.refresh(0), source.live.values], ['kept', { cart: 'tea' }])
  source.stored = undefined
  assert.deepEqual([await kept.look(), await kept.refresh(0)], ['gone', 'gone'])
})

test('calls of the store come one after the other, also behind one that fails', async () => {
  const clock = new FakeClock()
  const source = new Source({ cart: 'tea' }, 'stored')
  const kept = new KeptSession(source, clock)
  source.fails = 'load'
  const all = [kept.refresh(0), kept.look(), kept.refresh(0)]
  const outcomes = await Promise.allSettled(all)
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'rejected'],
  )
  source.fails = undefined
  assert.equal(await kept.refresh(0), 'kept')
})

test('what a store has stored though it failed is read before anything else', async () => {
  const clock = new FakeClock()
  const source = new Source({ cart: 'tea' }, 'stored')
  const kept = new KeptSession(source, clock)
  await kept.refresh(Infinity)
  source.live.values['cart'] = 'milk'
  source.fails = 'save, but stores'
  assert.equal(await settled(() => kept.settle(Infinity)), 'failed')
  kept.restore()
  assert.deepEqual([source.live.values, kept.isFresh(Infinity)], [{ cart: 'tea' }, false])
  assert.deepEqual([await kept.refresh(Infinity), source.live.values], ['kept', { cart: 'milk' }])
})
