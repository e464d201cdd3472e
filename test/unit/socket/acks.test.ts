// Owns: what the unit tests say of the acks that a client owes us.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Acks, type AckWaiter } from '../../../lib/socket/acks.js'
import { Deadlines } from '../../../lib/support/timers.js'
import { FakeClock } from '../../support/clock.js'

function bench(max = 100): { clock: FakeClock; acks: Acks; heard: unknown[]; waiter: (name: string) => AckWaiter } {
  const clock = new FakeClock()
  const heard: unknown[] = []
  const waiter = (name: string): AckWaiter => ({
    answered: (args) => heard.push([name, ...args]),
    failed: (error) => heard.push([name, error.code, error.message]),
  })
  return { clock, acks: new Acks(new Deadlines(clock), max, { acksPending: 0 }), heard, waiter }
}

test('an ack is handed to whoever waits for its id, with all its arguments', () => {
  const { acks, heard, waiter } = bench()
  acks.expect(1, waiter('one'))
  acks.expect(2, waiter('two'))
  acks.answer('2', ['a', { b: 1 }])
  assert.deepEqual(heard, [['two', 'a', { b: 1 }]])
  acks.answer('1', [])
  assert.deepEqual(heard, [['two', 'a', { b: 1 }], ['one']])
})

test('an ack is deleted on first use', () => {
  const { acks, heard, waiter } = bench()
  acks.expect(1, waiter('one'))
  acks.answer('1', ['first'])
  acks.answer('1', ['again'])
  assert.deepEqual(heard, [['one', 'first']])
  assert.equal(acks.size, 0)
})

test('an ack that nobody waits for is ignored', () => {
  const { acks, heard, waiter } = bench()
  acks.answer('1', [])
  acks.expect(1, waiter('one'))
  for (const id of ['0', '2', '99999999999999999999', '']) acks.answer(id, [])
  assert.deepEqual(heard, [])
  assert.equal(acks.size, 1)
})

test('an ack that is answered from within the answer of another is heard', () => {
  const { acks, heard, waiter } = bench()
  acks.expect(1, {
    ...waiter('one'),
    answered: () => {
      heard.push('one')
      acks.answer('1', [])
      acks.expect(2, waiter('two'))
      acks.answer('2', [])
    },
  })
  acks.answer('1', [])
  assert.deepEqual(heard, ['one', ['two']])
})

test('an ack that does not come within its time fails, and a late one is ignored', () => {
  const { clock, acks, heard, waiter } = bench()
  acks.expect(1, waiter('one'), 500)
  clock.advance(499)
  assert.deepEqual(heard, [])
  clock.advance(1)
  assert.deepEqual(heard, [['one', 'SIO_ACK_TIMEOUT', 'no ack came within 500 ms']])
  acks.answer('1', ['late'])
  assert.equal(heard.length, 1)
  assert.equal(acks.size, 0)
})

test('an ack that comes in time leaves no timer', () => {
  const { clock, acks, heard, waiter } = bench()
  acks.expect(1, waiter('one'), 500)
  acks.answer('1', ['in time'])
  assert.equal(clock.timers, 0)
  clock.advance(1000)
  assert.deepEqual(heard, [['one', 'in time']])
})

test('without a timeout an ack is waited for without end, and no timer is set', () => {
  const { clock, acks, heard, waiter } = bench()
  acks.expect(1, waiter('one'))
  assert.equal(clock.timers, 0)
  clock.advance(1e9)
  acks.answer('1', ['at last'])
  assert.deepEqual(heard, [['one', 'at last']])
})

test('the end fails all acks that are pending, and leaves no timer', () => {
  const { clock, acks, heard, waiter } = bench()
  acks.expect(1, waiter('one'))
  acks.expect(2, waiter('two'), 500)
  acks.close()
  const message = 'the socket ended before the ack came'
  assert.deepEqual(heard, [
    ['one', 'SIO_CLOSED', message],
    ['two', 'SIO_CLOSED', message],
  ])
  assert.equal(acks.size, 0)
  assert.equal(clock.timers, 0)
  acks.close()
  assert.equal(heard.length, 2)
})

test('one ack more than the bound is refused, until one is answered', () => {
  const { acks, waiter } = bench(2)
  acks.expect(1, waiter('one'))
  acks.expect(2, waiter('two'))
  const third = (): void => {
    acks.expect(3, waiter('three'))
  }
  assert.throws(third, {
    name: 'UsageError',
    code: 'SIO_USAGE_ACKS',
    message: 'expected at most 2 acks pending (maxPendingAcks)',
  })
  acks.answer('1', [])
  third()
  assert.equal(acks.size, 2)
})

test('the end of one namespace fails the acks that it waits for, and no others', () => {
  const { clock, acks, heard, waiter } = bench()
  const [chat, news] = [{}, {}]
  acks.expect(1, waiter('chat'), 500, chat)
  acks.expect(2, waiter('news'), undefined, news)
  acks.expect(3, waiter('nobody'))
  acks.closeOf(chat)
  assert.deepEqual(heard, [['chat', 'SIO_CLOSED', 'the namespace has ended']])
  assert.equal(clock.timers, 0)
  acks.answer('2', ['still'])
  acks.answer('3', [])
  assert.deepEqual(heard.slice(1), [['news', 'still'], ['nobody']])
})
