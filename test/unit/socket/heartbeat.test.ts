// Owns: what the unit tests say of liveness on streams.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Heartbeat } from '../../../lib/socket/heartbeat.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

// An interval of 25 and a timeout of 60, as by default, in milliseconds.
function bench(): { clock: FakeClock; heartbeat: Heartbeat; seen: string[] } {
  const clock = new FakeClock()
  const begin = clock.now()
  const seen: string[] = []
  const heartbeat = new Heartbeat(
    new Deadlines(clock),
    { heartbeatInterval: 25, heartbeatTimeout: 60 },
    {
      send: () => seen.push(`sent at ${clock.now() - begin}`),
      lost: () => seen.push(`missed at ${clock.now() - begin}`),
    },
  )
  return { clock, heartbeat, seen }
}

test('a heartbeat that has not been started does nothing', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.touch()
  clock.advance(1000)
  assert.deepEqual(seen, [])
})

test('a heartbeat is sent after the interval, and missed after the timeout', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  clock.advance(24)
  assert.deepEqual(seen, [])
  clock.advance(1)
  assert.deepEqual(seen, ['sent at 25'])
  clock.advance(59)
  assert.deepEqual(seen, ['sent at 25'])
  clock.advance(1)
  assert.deepEqual(seen, ['sent at 25', 'missed at 85'])
  clock.advance(1000)
  assert.deepEqual(seen, ['sent at 25', 'missed at 85'])
  assert.equal(clock.timers, 0)
})

test('the interval begins again when an answer has come', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  clock.advance(35)
  heartbeat.touch()
  clock.advance(25)
  heartbeat.touch()
  clock.advance(25)
  assert.deepEqual(seen, ['sent at 25', 'sent at 60', 'sent at 85'])
})

test('what comes before the heartbeat is sent does not put it off', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  clock.advance(20)
  heartbeat.touch()
  clock.advance(5)
  assert.deepEqual(seen, ['sent at 25'])
})

test('a heartbeat that was stopped sends and misses nothing, whatever comes', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  clock.advance(30)
  heartbeat.stop()
  heartbeat.touch()
  clock.advance(1000)
  assert.deepEqual(seen, ['sent at 25'])
  assert.equal(clock.timers, 0)
})

test('a heartbeat that is started again begins with a whole interval', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  clock.advance(84)
  heartbeat.stop()
  clock.advance(1000)
  heartbeat.start()
  clock.advance(24)
  assert.deepEqual(seen, ['sent at 25'])
  clock.advance(1)
  assert.deepEqual(seen, ['sent at 25', 'sent at 1109'])
})

test('a heartbeat that is suspended misses nothing, is sent on, and is waited for once it is resumed', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  clock.advance(84)
  heartbeat.suspend()
  heartbeat.touch()
  clock.advance(60)
  assert.deepEqual(seen, ['sent at 25', 'sent at 109', 'sent at 134'])
  heartbeat.resume()
  clock.advance(15)
  assert.deepEqual(seen.slice(3), ['sent at 159'])
  clock.advance(59)
  assert.deepEqual(seen.slice(4), [])
  clock.advance(1)
  assert.deepEqual(seen.slice(4), ['missed at 219'])
})

test('a heartbeat that is suspended and resumed time and again is sent in its interval', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  for (let round = 0; round < 6; round++) {
    heartbeat.suspend()
    clock.advance(10)
    heartbeat.resume()
    clock.advance(1)
    heartbeat.touch()
  }
  assert.deepEqual(seen, ['sent at 25', 'sent at 50'])
})

test('a heartbeat that is suspended twice is resumed once', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  heartbeat.suspend()
  clock.advance(20)
  heartbeat.suspend()
  heartbeat.resume()
  clock.advance(5)
  assert.deepEqual(seen, ['sent at 25'])
})

test('a heartbeat that is stopped is not resumed', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.suspend()
  heartbeat.resume()
  heartbeat.start()
  heartbeat.suspend()
  heartbeat.stop()
  heartbeat.resume()
  heartbeat.suspend()
  heartbeat.resume()
  clock.advance(1000)
  assert.deepEqual(seen, [])
})

test('resuming what is not suspended puts nothing off', () => {
  const { clock, heartbeat, seen } = bench()
  heartbeat.start()
  clock.advance(20)
  heartbeat.resume()
  clock.advance(5)
  assert.deepEqual(seen, ['sent at 25'])
})
