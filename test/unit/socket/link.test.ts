// Owns: what the unit tests say of the way out to a client: what goes at once, what waits, what comes first.
// Elsewhere: the same seen from the whole socket (virtual-socket.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Link } from '../../../lib/socket/link.js'
import { boundsOf } from './bench.js'
import type { TransportOwner } from '../../../lib/transports/transport.js'
import { MemoryPoll, MemoryStream } from '../../support/memory-transport.js'

function bench(max = 10): { link: Link; owner: TransportOwner } {
  const link = new Link(boundsOf(max))
  const owner: TransportOwner = {
    receive() {},
    reject() {},
    released: (transport) => {
      link.release(transport)
    },
    renamed() {},
    settled: (transport, undelivered) => {
      link.settle(transport, undelivered)
    },
  }
  return { link, owner }
}

test('a frame waits until there is a transport, and then goes at once', () => {
  const { link, owner } = bench()
  link.send('a')
  assert.equal(link.isReady, false)
  const stream = new MemoryStream(owner)
  link.attach(stream)
  link.flush()
  assert.equal(link.isReady, true)
  link.send('b')
  assert.deepEqual(stream.sent, ['a', 'b'])
})

test('a link knows the name of its transport, and of the last one when there is none', () => {
  const { link, owner } = bench()
  assert.equal(link.name, undefined)
  const stream = new MemoryStream(owner, 'htmlfile')
  link.attach(stream)
  assert.equal(link.name, 'htmlfile')
  stream.lose()
  assert.equal(link.transport, undefined)
  assert.equal(link.name, 'htmlfile')
})

test('only the transport that is attached can be released', () => {
  const { link, owner } = bench()
  const [older, newer] = [new MemoryStream(owner), new MemoryStream(owner)]
  link.attach(older)
  link.attach(newer)
  assert.equal(older.isClosed, true)
  assert.equal(link.release(older), false)
  assert.equal(link.transport, newer)
  assert.equal(link.release(newer), true)
})

test('what comes while an answer is on its way waits for its fate, though a new poll is there', () => {
  const { link, owner } = bench()
  const [first, second] = [new MemoryPoll(owner), new MemoryPoll(owner)]
  link.attach(first)
  link.send('a')
  link.send('b')
  link.attach(second)
  link.flush()
  assert.deepEqual([first.sent, second.sent], [['a'], []])
  first.deliver()
  assert.deepEqual(second.sent, ['b'])
})

test('frames of an answer that did not arrive come first in the next one', () => {
  const { link, owner } = bench()
  const [first, second] = [new MemoryPoll(owner), new MemoryPoll(owner)]
  link.send('a')
  link.send('b')
  link.attach(first)
  link.flush()
  link.send('c')
  link.attach(second)
  first.abort()
  assert.deepEqual(second.sent, ['a', 'b', 'c'])
})

test('an answer that went out and turns out to be lost comes first in the next one', () => {
  const { link, owner } = bench()
  const [first, second] = [new MemoryPoll(owner), new MemoryPoll(owner)]
  link.attach(first)
  link.send('a')
  first.deliver()
  link.send('b')
  first.lose()
  link.attach(second)
  link.flush()
  assert.deepEqual(second.sent, ['a', 'b'])
})

test('an answer is not sent again once the client has come back for more', () => {
  const { link, owner } = bench()
  const [first, second] = [new MemoryPoll(owner), new MemoryPoll(owner)]
  link.attach(first)
  link.send('a')
  first.deliver()
  link.attach(second)
  first.lose()
  link.send('b')
  assert.deepEqual(second.sent, ['b'])
})

test('nothing of an answer is kept after the end', () => {
  const { link, owner } = bench()
  const [first, second] = [new MemoryPoll(owner), new MemoryPoll(owner)]
  link.attach(first)
  link.send('a')
  first.deliver()
  link.end()
  first.lose()
  link.attach(second)
  link.flush()
  assert.deepEqual(second.sent, [])
})

test('the end parts with an answer that is still on its way, and is over with it', () => {
  const { link, owner } = bench()
  const [poll, stream] = [new MemoryPoll(owner), new MemoryStream(owner)]
  link.attach(poll)
  link.send('a')
  link.attach(stream)
  link.end()
  assert.equal(poll.isParted, true)
  stream.lose()
  assert.equal(link.isOver, false)
  poll.abort()
  assert.equal(link.isOver, true)
})

test('a farewell is parted with as the last answer', () => {
  const { link, owner } = bench()
  const poll = new MemoryPoll(owner)
  link.attach(poll)
  link.end('farewell')
  assert.deepEqual([poll.sent, poll.isParted, link.isOver], [['farewell'], true, false])
  poll.deliver()
  assert.equal(link.isOver, true)
})

test('a poll that is attached lets go of an answer that is still on its way', () => {
  const { link, owner } = bench()
  const [first, second] = [new MemoryPoll(owner), new MemoryPoll(owner)]
  link.attach(first)
  link.send('a')
  assert.equal(first.isClosed, false)
  link.attach(second)
  assert.equal(first.isClosed, true)
})

test('the last frame goes after all that waits', () => {
  const { link, owner } = bench()
  link.send('a')
  const stream = new MemoryStream(owner)
  link.attach(stream)
  assert.equal(link.sendLast('end'), 'sent')
  assert.deepEqual(stream.sent, ['a', 'end'])
})

test('the last frame waits when nothing is attached, and goes with the transport that parts', () => {
  const { link, owner } = bench()
  link.send('a')
  assert.equal(link.sendLast('end'), 'kept')
  const poll = new MemoryPoll(owner)
  link.partWith(poll)
  assert.deepEqual(poll.sent, ['a', 'end'])
})

test('the end forgets what waits and closes the transport', () => {
  const { link, owner } = bench()
  const stream = new MemoryStream(owner)
  link.attach(stream)
  link.end()
  assert.equal(stream.isClosed, true)
  const later = new MemoryStream(owner)
  link.send('a')
  link.end()
  link.attach(later)
  link.flush()
  assert.deepEqual(later.sent, [])
})

test('more frames than the bound allows to wait are refused', () => {
  const { link } = bench(1)
  assert.equal(link.send('a'), 'kept')
  assert.equal(link.send('b'), 'full')
})

test('a transport that takes no more is full, also for the last frame', () => {
  const { link, owner } = bench()
  const stream = new MemoryStream(owner)
  link.attach(stream)
  assert.equal(link.send('a'), 'sent')
  stream.isFull = true
  assert.equal(link.send('b'), 'full')
  assert.equal(link.sendLast('end'), 'full')
  assert.deepEqual(stream.sent, ['a'])
})
