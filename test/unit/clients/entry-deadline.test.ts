// Owns: what the unit tests say of how long a client may be in no namespace.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EntryDeadline } from '../../../lib/clients/entry-deadline.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

function bench() {
  const clock = new FakeClock()
  const state = {
    isAsking: false,
    closed: 0,
    app: { deadlines: new Deadlines(clock), handshakeTimeout: 1000 },
    virtualSocket: {
      close() {
        state.closed++
      },
    },
  }
  const deadline = new EntryDeadline(state)
  return { clock, state, deadline }
}

test('a client that asks for nothing is cut in time', () => {
  const { clock, state } = bench()
  clock.advance(999)
  assert.equal(state.closed, 0)
  clock.advance(2)
  assert.equal(state.closed, 1)
})

test('a connect that takes longer is not cut, and its refusal then is', () => {
  const { clock, state, deadline } = bench()
  state.isAsking = true
  clock.advance(5000)
  assert.equal(state.closed, 0)
  deadline.look()
  assert.equal(state.closed, 0)
  state.isAsking = false
  deadline.look()
  assert.equal(state.closed, 1)
})

test('a client that is refused before its time may ask again', () => {
  const { clock, state, deadline } = bench()
  deadline.look()
  assert.equal(state.closed, 0)
  clock.advance(1001)
  assert.equal(state.closed, 1)
})

test('a client that has entered is not cut, and leaves no timer', () => {
  const { clock, state, deadline } = bench()
  deadline.disarm()
  assert.equal(clock.timers, 0)
  clock.advance(5000)
  assert.equal(state.closed, 0)
})
