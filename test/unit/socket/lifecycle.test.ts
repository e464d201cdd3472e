// Owns: the states of a virtual socket, over every pair of state and signal.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signals, states, transitions, type Signal, type State } from '../../../lib/socket/lifecycle.js'

// '.' does not apply.
const table = `
              open      attach    release   lose       leave    kick     close
  handshaken  detached  attached  .         .          closed   closed   closed
  detached    .         attached  .         suspended  leaving  parting  closed
  attached    .         attached  detached  suspended  leaving  parting  closed
  suspended   .         attached  .         .          leaving  parting  closed
  leaving     .         leaving   leaving   .          .        parting  closed
  parting     .         closed    .         .          .        .        closed
  closed      .         .         .         .          .        .        .
`

const [head = '', ...rows] = table.trim().split('\n')
const columns = head.trim().split(/\s+/)

for (const row of rows) {
  const [state = '', ...cells] = row.trim().split(/\s+/)
  for (const [index, cell] of cells.entries()) {
    const signal = columns[index] as string
    const next = cell === '.' ? undefined : cell
    test(`${signal} ${next === undefined ? 'does not apply to' : `makes ${next} of`} ${state}`, () => {
      assert.equal(transitions[state as State][signal as Signal], next)
    })
  }
}

test('the table has every state and every signal', () => {
  assert.deepEqual(columns, [...signals])
  assert.deepEqual(
    rows.map((row) => row.trim().split(/\s+/)[0]),
    [...states],
  )
})

test('every state can be reached, and the end is reached from each', () => {
  assert.deepEqual([...reach('handshaken')].toSorted(), [...states].toSorted())
  for (const state of states) assert.ok(reach(state).has('closed'), state)
})

function reach(from: State): Set<State> {
  const found = new Set<State>([from])
  for (const state of found) for (const next of Object.values(transitions[state])) found.add(next)
  return found
}
