// Owns: what the unit tests say of Deadlines.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadline, Deadlines, systemClock } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

interface Bench {
  readonly clock: FakeClock
  readonly deadlines: Deadlines
  readonly passed: string[]
  /** A deadline that notes its name when it passes, and then does something. */
  readonly make: (name: string, also?: () => void) => Deadline
}

function bench(): Bench {
  const clock = new FakeClock()
  const passed: string[] = []
  const make = (name: string, also = (): void => {}): Deadline =>
    new Deadline({
      deadlinePassed: () => {
        passed.push(name)
        also()
      },
    })
  return { clock, deadlines: new Deadlines(clock), passed, make }
}

test('a deadline passes when its time has come, not before, and once', () => {
  const { clock, deadlines, passed, make } = bench()
  deadlines.arm(make('a'), 100)
  clock.advance(99)
  assert.deepEqual(passed, [])
  clock.advance(1)
  assert.deepEqual(passed, ['a'])
  clock.advance(1000)
  assert.deepEqual(passed, ['a'])
})

test('ten thousand deadlines of two durations need two timers', () => {
  const { clock, deadlines, passed, make } = bench()
  for (let count = 0; count < 10_000; count++) deadlines.arm(make(String(count)), count % 2 === 0 ? 100 : 200)
  assert.equal(clock.timers, 2)
  assert.equal(deadlines.timers, 2)
  clock.advance(200)
  assert.equal(passed.length, 10_000)
})

test('no timer is left when the last deadline of a duration has passed', () => {
  const { clock, deadlines, make } = bench()
  deadlines.arm(make('a'), 100)
  clock.advance(100)
  assert.equal(clock.timers, 0)
  assert.equal(deadlines.timers, 0)
})

test('no timer is left when the last deadline of a duration is disarmed', () => {
  const { clock, deadlines, passed, make } = bench()
  const [a, b] = [make('a'), make('b')]
  deadlines.arm(a, 100)
  deadlines.arm(b, 100)
  deadlines.disarm(a)
  assert.equal(clock.timers, 1)
  deadlines.disarm(b)
  assert.equal(clock.timers, 0)
  clock.advance(1000)
  assert.deepEqual(passed, [])
})

test('a deadline says whether it is armed', () => {
  const { clock, deadlines, make } = bench()
  const deadline = make('a')
  assert.equal(deadline.isArmed, false)
  deadlines.arm(deadline, 100)
  assert.equal(deadline.isArmed, true)
  clock.advance(100)
  assert.equal(deadline.isArmed, false)
})

test('disarming what is not armed does nothing', () => {
  const { clock, deadlines, make } = bench()
  deadlines.disarm(make('a'))
  assert.equal(clock.timers, 0)
})

test('a deadline that is armed again passes at the later time only', () => {
  const { clock, deadlines, passed, make } = bench()
  const deadline = make('a')
  deadlines.arm(deadline, 100)
  clock.advance(60)
  deadlines.arm(deadline, 100)
  clock.advance(60)
  assert.deepEqual(passed, [])
  clock.advance(40)
  assert.deepEqual(passed, ['a'])
})

test('a deadline that is armed again for another duration leaves the first', () => {
  const { clock, deadlines, passed, make } = bench()
  const deadline = make('a')
  deadlines.arm(deadline, 100)
  deadlines.arm(deadline, 500)
  assert.equal(clock.timers, 1)
  clock.advance(499)
  assert.deepEqual(passed, [])
  clock.advance(1)
  assert.deepEqual(passed, ['a'])
})

test('deadlines of one duration pass in the order in which they were armed', () => {
  const { clock, deadlines, passed, make } = bench()
  for (const name of ['a', 'b', 'c']) {
    deadlines.arm(make(name), 100)
    clock.advance(10)
  }
  clock.advance(70)
  assert.deepEqual(passed, ['a'])
  clock.advance(10)
  assert.deepEqual(passed, ['a', 'b'])
  clock.advance(10)
  assert.deepEqual(passed, ['a', 'b', 'c'])
})

test('deadlines of several durations pass in the order of their times', () => {
  const { clock, deadlines, passed, make } = bench()
  deadlines.arm(make('late'), 300)
  deadlines.arm(make('early'), 100)
  deadlines.arm(make('middle'), 200)
  clock.advance(300)
  assert.deepEqual(passed, ['early', 'middle', 'late'])
})

test('a deadline that was disarmed in the middle of its list does not pass, and the others do', () => {
  const { clock, deadlines, passed, make } = bench()
  const [a, b, c] = [make('a'), make('b'), make('c')]
  for (const deadline of [a, b, c]) deadlines.arm(deadline, 100)
  deadlines.disarm(b)
  clock.advance(100)
  assert.deepEqual(passed, ['a', 'c'])
})

test('the timer waits on for the next one when the first was disarmed', () => {
  const { clock, deadlines, passed, make } = bench()
  const [a, b] = [make('a'), make('b')]
  deadlines.arm(a, 100)
  clock.advance(50)
  deadlines.arm(b, 100)
  deadlines.disarm(a)
  clock.advance(99)
  assert.deepEqual(passed, [])
  clock.advance(1)
  assert.deepEqual(passed, ['b'])
})

test('a deadline that passes may disarm the next one, due at the same time', () => {
  const { clock, deadlines, passed, make } = bench()
  const b = make('b')
  const a = make('a', () => {
    deadlines.disarm(b)
  })
  deadlines.arm(a, 100)
  deadlines.arm(b, 100)
  clock.advance(100)
  assert.deepEqual(passed, ['a'])
  assert.equal(clock.timers, 0)
})

test('a deadline that passes may arm itself again for the same duration', () => {
  const { clock, deadlines, passed, make } = bench()
  const deadline: Deadline = make('a', () => {
    deadlines.arm(deadline, 100)
  })
  deadlines.arm(deadline, 100)
  clock.advance(300)
  assert.deepEqual(passed, ['a', 'a', 'a'])
  assert.equal(clock.timers, 1)
})

test('a deadline that arms itself again for one millisecond passes once in each', () => {
  const { clock, deadlines, passed, make } = bench()
  const deadline: Deadline = make('a', () => {
    if (passed.length < 100) deadlines.arm(deadline, 1)
  })
  deadlines.arm(deadline, 1)
  clock.advance(3)
  assert.deepEqual(passed, ['a', 'a', 'a'])
})

test('a deadline that passes may arm another one for the same and for another duration', () => {
  const { clock, deadlines, passed, make } = bench()
  const [same, other] = [make('same'), make('other')]
  deadlines.arm(
    make('a', () => {
      deadlines.arm(same, 100)
      deadlines.arm(other, 50)
    }),
    100,
  )
  clock.advance(100)
  assert.equal(clock.timers, 2)
  clock.advance(50)
  assert.deepEqual(passed, ['a', 'other'])
  clock.advance(50)
  assert.deepEqual(passed, ['a', 'other', 'same'])
  assert.equal(clock.timers, 0)
})

test('a deadline that arms and disarms another while it passes leaves nothing behind', () => {
  const { clock, deadlines, passed, make } = bench()
  const other = make('other')
  deadlines.arm(
    make('a', () => {
      deadlines.arm(other, 100)
      deadlines.disarm(other)
    }),
    100,
  )
  clock.advance(1000)
  assert.deepEqual(passed, ['a'])
  assert.equal(clock.timers, 0)
})

test("the system's clock runs, and lets go of what is cleared", async () => {
  // Its timers alone keep no process alive: something else has to.
  const alive = setTimeout(() => {}, 60_000)
  const before = systemClock.now()
  let isRun = false
  const cleared = systemClock.setTimeout(() => {
    isRun = true
  }, 1)
  systemClock.clearTimeout(cleared)
  await new Promise<void>((resolve) => {
    systemClock.setTimeout(resolve, 5)
  })
  clearTimeout(alive)
  assert.ok(systemClock.now() > before)
  assert.equal(isRun, false)
})
