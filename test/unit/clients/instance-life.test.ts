// Owns: what the unit tests say of the life of an instance: every state against every signal, and what each state allows.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signals, stages, states, transitions, type Signal, type State } from '../../../lib/clients/instance-life.js'

// From HOUSE's table, cell by cell; what is not here changes nothing.
const moves: readonly [State, Signal, State][] = [
  ['idle', 'wake', 'waking'],
  ['idle', 'leave', 'ended'],
  ['idle', 'lose', 'ended'],
  ['idle', 'end', 'ended'],
  ['waking', 'accept', 'open'],
  ['waking', 'refuse', 'ending'],
  ['waking', 'leave', 'departing'],
  ['waking', 'lose', 'ending'],
  ['waking', 'end', 'ending'],
  ['connecting', 'accept', 'open'],
  ['connecting', 'refuse', 'ending'],
  ['connecting', 'leave', 'departing'],
  ['connecting', 'lose', 'ending'],
  ['connecting', 'end', 'ending'],
  ['departing', 'accept', 'leaving'],
  ['departing', 'refuse', 'ending'],
  ['departing', 'end', 'ending'],
  ['open', 'leave', 'leaving'],
  ['open', 'lose', 'ending'],
  ['open', 'end', 'ending'],
  ['leaving', 'end', 'ending'],
  ['ending', 'done', 'ended'],
  ['waiting', 'begin', 'connecting'],
  ['waiting', 'leave', 'ended'],
  ['waiting', 'lose', 'ended'],
  ['waiting', 'end', 'ended'],
]

for (const state of states) {
  for (const signal of signals) {
    const expected = moves.find(([from, by]) => from === state && by === signal)?.[2]
    test(`${state}: ${signal} ${expected === undefined ? 'changes nothing' : `makes it ${expected}`}`, () => {
      assert.equal(transitions[state][signal], expected)
    })
  }
}

test('every state ends, and none begins again', () => {
  const reached = (from: State, seen: Set<State>): Set<State> => {
    for (const next of Object.values(transitions[from])) if (!seen.has(next)) reached(next, seen.add(next))
    return seen
  }
  for (const state of states) {
    if (state !== 'ended') assert.ok(reached(state, new Set()).has('ended'), state)
    assert.ok(!reached(state, new Set()).has(state), `${state} comes back`)
  }
})

test('only those who are in are listed, and only those who are listed or connecting are told of an end', () => {
  const listed = states.filter((state) => stages[state].isListed)
  assert.deepEqual(listed, ['idle', 'waking', 'open'])
  assert.deepEqual(
    states.filter((state) => stages[state].isToldOfEnd),
    ['idle', 'waking', 'connecting', 'open'],
  )
})

test('what is sent to one who connects is held, and to one who has said goodbye while it connects is dropped', () => {
  assert.deepEqual(
    states.map((state) => [state, stages[state].broadcasts, stages[state].sends]),
    [
      ['idle', 'now', 'now'],
      ['waking', 'now', 'held'],
      ['connecting', 'held', 'held'],
      ['departing', 'dropped', 'dropped'],
      ['open', 'now', 'now'],
      ['leaving', 'now', 'now'],
      ['ending', 'dropped', 'dropped'],
      ['waiting', 'dropped', 'dropped'],
      ['ended', 'dropped', 'dropped'],
    ],
  )
})

test('nothing that only an end would free is accepted after it', () => {
  for (const state of ['ending', 'waiting', 'ended'] as const) {
    assert.equal(stages[state].mayAct, false, state)
    assert.equal(stages[state].asking, 'no more', state)
  }
})
