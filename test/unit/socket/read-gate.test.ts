// Owns: what the unit tests say of pausing a client's readers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ReadGate } from '../../../lib/socket/read-gate.js'

test('a gate that is open calls back at once', () => {
  const gate = new ReadGate({ paused: 0 })
  const called: string[] = []
  gate.whenOpen(() => called.push('a'))
  assert.equal(gate.isOpen, true)
  assert.deepEqual(called, ['a'])
})

test('a gate that is shut calls back in order when it opens, once', () => {
  const gate = new ReadGate({ paused: 0 })
  const called: string[] = []
  gate.shut()
  assert.equal(gate.isOpen, false)
  for (const name of ['a', 'b']) gate.whenOpen(() => called.push(name))
  assert.deepEqual(called, [])
  gate.open()
  assert.deepEqual(called, ['a', 'b'])
  gate.open()
  assert.deepEqual(called, ['a', 'b'])
})

test('shutting a gate twice forgets nobody', () => {
  const gate = new ReadGate({ paused: 0 })
  let calls = 0
  gate.shut()
  gate.whenOpen(() => calls++)
  gate.shut()
  gate.open()
  assert.equal(calls, 1)
})

test('a reader that shuts the gate again holds back those that come later', () => {
  const gate = new ReadGate({ paused: 0 })
  const called: string[] = []
  gate.shut()
  gate.whenOpen(() => {
    called.push('a')
    gate.shut()
    gate.whenOpen(() => called.push('b'))
  })
  gate.open()
  assert.deepEqual(called, ['a'])
  gate.open()
  assert.deepEqual(called, ['a', 'b'])
})
