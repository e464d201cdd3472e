// Owns: what the unit tests say of one held poll, from its arrival to the fate of its answer.
// Elsewhere: what a socket makes of that (test/unit/socket/link.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deadlines } from '../../../lib/support/timers.js'
import { jsonpPolling } from '../../../lib/transports/v09/jsonp-polling.js'
import { LongPoll } from '../../../lib/transports/v09/long-poll.js'
import { xhrPolling } from '../../../lib/transports/v09/xhr-polling.js'
import { FakeClock } from '../../support/clock.js'
import { Frame } from '../../../lib/wire/v09/frame.js'
import { MemoryExchange } from '../../support/memory-exchange.js'
import { notingOwner, type NotingOwner } from './bench.js'

const duration = 20_000

function bench(): { clock: FakeClock; exchange: MemoryExchange; owner: NotingOwner; poll: LongPoll } {
  const clock = new FakeClock()
  const exchange = new MemoryExchange()
  const owner = notingOwner()
  const poll = new LongPoll(exchange, xhrPolling, owner, new Deadlines(clock))
  poll.hold(duration)
  return { clock, exchange, owner, poll }
}

function bodies({ replies }: MemoryExchange): string[] {
  return replies.map(({ body }) => body)
}

test('a poll is held, and answered with the first packet as it is', () => {
  const { clock, exchange, owner, poll } = bench()
  assert.deepEqual([exchange.replies, owner.heard], [[], []])
  poll.send([new Frame('3:::x')])
  assert.deepEqual(exchange.replies, [
    { status: 200, headers: { 'Content-Type': 'text/plain; charset=UTF-8' }, body: '3:::x' },
  ])
  assert.deepEqual(owner.heard, ['released xhr-polling'])
  assert.equal(clock.timers, 0)
})

test('several packets share one answer', () => {
  const { exchange, poll } = bench()
  poll.send([new Frame('3:::a'), new Frame('3:::b')])
  assert.deepEqual(bodies(exchange), ['\ufffd5\ufffd3:::a\ufffd5\ufffd3:::b'])
})

test('an answer that has arrived leaves nothing to be sent again', () => {
  const { exchange, owner, poll } = bench()
  poll.send([new Frame('3:::x')])
  exchange.over(true)
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: nothing'])
})

test('an answer that did not arrive is given back', () => {
  const { exchange, owner, poll } = bench()
  poll.send([new Frame('3:::a'), new Frame('3:::b')])
  exchange.over(false)
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: 3:::a 3:::b'])
})

test('an answer that went out and turns out to be lost is given back, once', () => {
  const { exchange, owner, poll } = bench()
  poll.send([new Frame('3:::a'), new Frame('3:::b')])
  exchange.over(true)
  exchange.reset()
  exchange.reset()
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: nothing', 'settled, back: 3:::a 3:::b'])
})

test('an answer that did not go out is given back once, though its connection is reset', () => {
  const { exchange, owner, poll } = bench()
  poll.send([new Frame('3:::x')])
  exchange.reset()
  exchange.over(false)
  exchange.reset()
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: 3:::x'])
})

test('a poll whose time has run out is answered with a noop', () => {
  const { clock, exchange, owner } = bench()
  clock.advance(duration - 1)
  assert.deepEqual(bodies(exchange), [])
  clock.advance(1)
  assert.deepEqual(bodies(exchange), ['8::'])
  assert.deepEqual(owner.heard, ['released xhr-polling'])
  assert.equal(clock.timers, 0)
})

test('a noop that did not arrive is not owed', () => {
  const { clock, exchange, owner } = bench()
  clock.advance(duration)
  exchange.over(false)
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: nothing'])
})

test('a poll that is let go is answered with a noop, once', () => {
  const { clock, exchange, poll } = bench()
  poll.close()
  poll.close()
  clock.advance(duration)
  assert.deepEqual(bodies(exchange), ['8::'])
})

test('a poll that was aborted before its answer is over, and answers nothing any more', () => {
  const { clock, exchange, owner, poll } = bench()
  exchange.over(false)
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: nothing'])
  poll.close()
  clock.advance(duration)
  assert.deepEqual(exchange.replies, [])
  assert.equal(owner.heard.length, 2)
  assert.equal(clock.timers, 0)
})

test('an answer that holds a newer poll up is let go after a second', () => {
  const { clock, exchange, owner, poll } = bench()
  poll.send([new Frame('3:::x')])
  clock.advance(duration)
  assert.equal(exchange.isAborted, false)
  poll.close()
  clock.advance(999)
  assert.equal(exchange.isAborted, false)
  clock.advance(1)
  assert.equal(exchange.isAborted, true)
  exchange.over(false)
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: 3:::x'])
  assert.deepEqual(bodies(exchange), ['3:::x'])
})

test('an answer that arrives in that second is not let go', () => {
  const { clock, exchange, owner, poll } = bench()
  poll.send([new Frame('3:::x')])
  poll.close()
  exchange.over(true)
  clock.advance(duration)
  assert.equal(exchange.isAborted, false)
  assert.deepEqual(owner.heard, ['released xhr-polling', 'settled, back: nothing'])
  poll.close()
  assert.equal(clock.timers, 0)
})

test('an answer that is on its way at the end of its socket is let go after half a minute', () => {
  const { clock, exchange, poll } = bench()
  poll.send([new Frame('3:::x')])
  poll.part()
  clock.advance(29_999)
  assert.equal(exchange.isAborted, false)
  clock.advance(1)
  assert.equal(exchange.isAborted, true)
})

test('an answer that arrives in that time is not let go, nor waited for when it has', () => {
  const { clock, exchange, poll } = bench()
  poll.send([new Frame('3:::x')])
  poll.part()
  exchange.over(true)
  poll.part()
  assert.equal(clock.timers, 0)
  clock.advance(30_000)
  assert.equal(exchange.isAborted, false)
})

test('an answer that held a newer poll up gets no more time at the end of its socket', () => {
  const { clock, exchange, poll } = bench()
  poll.send([new Frame('3:::x')])
  poll.close()
  poll.part()
  clock.advance(1_000)
  assert.equal(exchange.isAborted, true)
})

test('pausing a poll pauses nothing: it reads nothing', () => {
  const { exchange, poll } = bench()
  poll.pause()
  poll.send([new Frame('3:::x')])
  poll.resume()
  assert.deepEqual(bodies(exchange), ['3:::x'])
})

const separator = '\u2028'

for (const [index, callback] of [
  ['7', '7'],
  ['0', '0'],
  [null, '0'],
  ['', '0'],
  ['1;alert(1)', '0'],
  ['-1', '0'],
  ['1'.repeat(21), '0'],
]) {
  test(`a jsonp poll with i=${index} calls io.j[${callback}]`, () => {
    const exchange = new MemoryExchange()
    const format = jsonpPolling(index as string | null)
    const poll = new LongPoll(exchange, format, notingOwner(), new Deadlines(new FakeClock()))
    assert.equal(poll.name, 'jsonp-polling')
    poll.hold(duration)
    poll.send([new Frame(`3:::"${separator}<`)])
    assert.deepEqual(exchange.replies, [
      {
        status: 200,
        headers: { 'Content-Type': 'text/javascript; charset=UTF-8', 'X-XSS-Protection': '0' },
        body: `io.j[${callback}]("3:::\\"\\u2028\\u003c");`,
      },
    ])
  })
}
