// Owns: what the unit tests say of how much may wait for one client.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backlog } from '../../../lib/clients/backlog.js'

function bench(): { backlog: Backlog; log: string[] } {
  const log: string[] = []
  const socket = {
    pauseReading: () => log.push('pause'),
    resumeReading: () => log.push('resume'),
    close: (reason: string) => log.push(reason),
  }
  return { backlog: new Backlog(socket, { maxQueuedBytes: 100, maxHttpBufferSize: 50 }), log }
}

test('one byte past the bound stops reading, and half of it lets it go on', () => {
  const { backlog, log } = bench()
  backlog.weighs(100)
  assert.deepEqual(log, [])
  backlog.weighs(1)
  assert.deepEqual(log, ['pause'])
  backlog.weighs(-50)
  assert.deepEqual(log, ['pause'])
  backlog.weighs(-1)
  assert.deepEqual(log, ['pause', 'resume'])
})

test('one byte more than a payload past the bound ends the client', () => {
  const { backlog, log } = bench()
  backlog.weighs(150)
  assert.deepEqual(log, ['pause'])
  backlog.weighs(1)
  assert.deepEqual(log, ['pause', 'limit exceeded'])
})

test('reading goes on when neither an inbox is full nor too much waits', () => {
  const { backlog, log } = bench()
  backlog.inboxFilled(true)
  backlog.weighs(101)
  backlog.inboxFilled(true)
  backlog.inboxFilled(false)
  backlog.weighs(-101)
  assert.deepEqual(log, ['pause'])
  backlog.inboxFilled(false)
  assert.deepEqual(log, ['pause', 'resume'])
})

test('a single packet may be larger than what may be held, but nothing is held beside it', () => {
  const { backlog } = bench()
  assert.equal(backlog.holds(1000), true)
  assert.equal(backlog.holds(1), false)
  backlog.holds(-1000)
  assert.equal(backlog.holds(60), true)
  assert.equal(backlog.holds(40), true)
  assert.equal(backlog.holds(1), false)
})
