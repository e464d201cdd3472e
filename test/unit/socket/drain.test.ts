// Owns: what the unit tests say of a socket that is let go because its server is going: not before it has all that it is owed.
// Elsewhere: the same over real connections (test/conformance/draining.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryPoll, MemoryStream } from '../../support/memory-transport.js'
import { bench, type Bench } from './bench.js'

const beginAnew = '7:::1+0'
const closed = 'closed: server shutting down'

function drained(): Bench & { isGone: () => boolean; drain: () => void } {
  const { socket, ...rest } = bench()
  let times = 0
  return {
    socket,
    ...rest,
    isGone: () => times > 0,
    drain: () => {
      socket.drain(() => {
        times++
      })
    },
  }
}

test('a socket that was never used is closed at once, and nobody hears of it', () => {
  const { clock, heard, isGone, drain } = drained()
  drain()
  assert.deepEqual(heard, ['SID removed'])
  assert.equal(isGone(), true)
  assert.equal(clock.timers, 0)
})

test('a stream ends once all that was received is done, and is gone when its connection is', () => {
  const { socket, heard, finish, message, isGone, drain } = drained()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  drain()
  assert.equal(heard.at(-1), 'finish')
  assert.equal(stream.isClosed, false)
  socket.send(message('last words'))
  finish()
  assert.deepEqual(stream.sent, ['3:::last words'])
  assert.equal(stream.isClosed, true)
  assert.deepEqual(heard.slice(-2), [closed, 'SID removed'])
  assert.equal(isGone(), false)
  stream.lose()
  assert.equal(isGone(), true)
})

test('a held poll is told to begin anew, and is gone when that has arrived', () => {
  const { clock, socket, heard, finish, isGone, drain } = drained()
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  drain()
  finish()
  assert.deepEqual(poll.sent, [beginAnew])
  assert.equal(heard.filter((what) => what === closed).length, 1)
  assert.equal(isGone(), false)
  poll.deliver()
  assert.equal(isGone(), true)
  assert.equal(clock.timers, 0)
})

test('what waits between two polls is polled, has arrived, and only the poll after that is told', () => {
  const { socket, finish, message, isGone, drain } = drained()
  socket.open()
  socket.send(message('an answer'))
  drain()
  const [first, second] = [new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  assert.deepEqual(first.sent, ['3:::an answer'])
  socket.attach(second)
  assert.equal(second.isAnswered, false)
  first.deliver()
  finish()
  assert.deepEqual(second.sent, [beginAnew])
  second.deliver()
  assert.equal(isGone(), true)
})

test('what did not arrive is sent again before the client is told', () => {
  const { socket, finish, message, drain } = drained()
  const [first, second, third] = [new MemoryPoll(socket), new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  socket.send(message('an answer'))
  drain()
  first.abort()
  socket.attach(second)
  assert.deepEqual(second.sent, ['3:::an answer'])
  second.deliver()
  socket.attach(third)
  finish()
  assert.deepEqual(third.sent, [beginAnew])
})

test('a POST that is on its way in is waited for', () => {
  const { socket, finish, drain } = drained()
  const stream = new MemoryStream(socket, 'htmlfile')
  socket.attach(stream)
  socket.reading.begin()
  drain()
  assert.equal(stream.isClosed, false)
  socket.receive({ type: 'message', endpoint: '', data: 'late' })
  socket.reading.end()
  assert.equal(stream.isClosed, false)
  finish()
  assert.equal(stream.isClosed, true)
})

test('a client that leaves by itself meanwhile is gone, too', () => {
  const { socket, heard, finish, isGone, drain } = drained()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  drain()
  socket.leave()
  finish()
  stream.lose()
  assert.ok(heard.includes('closed: client namespace disconnect'))
  assert.equal(heard.includes(closed), false)
  assert.equal(isGone(), true)
})

test('a client that was kicked between two polls is still told so', () => {
  const { socket, isGone, drain } = drained()
  socket.open()
  socket.kick()
  drain()
  assert.equal(isGone(), false)
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  assert.deepEqual(poll.sent, ['0::'])
  poll.deliver()
  assert.equal(isGone(), true)
})

test('a transport that has been replaced does not count as gone', () => {
  const { socket, finish, isGone, drain } = drained()
  const [older, newer] = [new MemoryStream(socket), new MemoryStream(socket)]
  socket.attach(older)
  socket.attach(newer)
  drain()
  finish()
  older.lose()
  assert.equal(isGone(), false)
  newer.lose()
  assert.equal(isGone(), true)
})
