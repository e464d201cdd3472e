// Owns: what the unit tests say of silence: heartbeats, the close timeout, and reading that is paused.
// Elsewhere: the heartbeat's own clockwork (heartbeat.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryPoll, MemoryStream } from '../../support/memory-transport.js'
import { bench } from './bench.js'

const opening = ['SID in use', 'opened']

test('a sid that nobody uses is forgotten after the handshake timeout', () => {
  const { clock, heard } = bench()
  clock.advance(29_999)
  assert.deepEqual(heard, [])
  clock.advance(1)
  assert.deepEqual(heard, ['SID removed'])
  assert.equal(clock.timers, 0)
})

test('a sid that is in use outlives the handshake timeout', () => {
  const { clock, socket, heard } = bench()
  socket.attach(new MemoryPoll(socket))
  clock.advance(30_000)
  assert.deepEqual(heard, opening)
})

test('a stream gets a heartbeat after the interval, and ends when none comes back', () => {
  const { clock, socket, heard } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  clock.advance(25_000)
  assert.deepEqual(stream.sent, ['2::'])
  clock.advance(59_999)
  assert.deepEqual(heard, opening)
  clock.advance(1)
  assert.deepEqual(heard, [...opening, 'closed: heartbeat timeout', 'SID removed'])
  assert.equal(stream.isClosed, true)
  assert.equal(clock.timers, 0)
})

for (const [what, packet] of [
  ['a heartbeat', { type: 'heartbeat', endpoint: '' }],
  ['a message', { type: 'message', endpoint: '', data: 'x' }],
  ['an ack of nothing', { type: 'ack', endpoint: '', ackId: '1', args: [] }],
] as const) {
  test(`${what} is a sign of life`, () => {
    const { clock, socket, heard } = bench()
    const stream = new MemoryStream(socket)
    socket.attach(stream)
    clock.advance(80_000)
    socket.receive(packet)
    clock.advance(80_000)
    assert.deepEqual(stream.sent, ['2::', '2::'])
    assert.doesNotMatch(heard.join(), /closed/)
  })
}

test('what is no packet is a sign of life as well', () => {
  const { clock, socket, heard } = bench()
  socket.attach(new MemoryStream(socket))
  clock.advance(80_000)
  socket.reject(new Error('no packet'))
  clock.advance(80_000)
  assert.doesNotMatch(heard.join(), /closed/)
})

test('no heartbeats are sent on a poll', () => {
  const { clock, socket } = bench()
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  clock.advance(1_000_000)
  assert.deepEqual(poll.sent, [])
})

test('heartbeats end when a poll takes the place of a stream', () => {
  const { clock, socket, heard } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  clock.advance(25_000)
  socket.attach(new MemoryPoll(socket))
  clock.advance(1_000_000)
  assert.deepEqual(stream.sent, ['2::'])
  assert.deepEqual(heard, opening)
})

test('a socket ends when no poll comes within the close timeout of the last one', () => {
  const { clock, socket, heard, message } = bench()
  const [first, second] = [new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  socket.send(message('1'))
  first.deliver()
  clock.advance(59_999)
  socket.attach(second)
  clock.advance(60_000)
  second.close()
  second.deliver()
  clock.advance(59_999)
  assert.deepEqual(heard, opening)
  clock.advance(1)
  assert.deepEqual(heard, [...opening, 'closed: close timeout', 'SID removed'])
  assert.equal(clock.timers, 0)
})

test('what a client posts does not put the close timeout off', () => {
  const { clock, socket, heard, message } = bench()
  socket.open()
  clock.advance(59_999)
  socket.open()
  socket.receive(message('still here'))
  clock.advance(1)
  assert.equal(heard.at(-2), 'closed: close timeout')
})

test('an aborted poll starts the close timeout', () => {
  const { clock, socket, heard } = bench()
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  clock.advance(100_000)
  poll.abort()
  clock.advance(60_000)
  assert.equal(heard.at(-2), 'closed: close timeout')
})

test('while reading is paused the stream is paused, and silence ends nothing', () => {
  const { clock, socket, heard } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  clock.advance(84_999)
  socket.pauseReading()
  assert.equal(stream.isPaused, true)
  assert.equal(socket.reading.isOpen, false)
  clock.advance(1_000_000)
  assert.deepEqual(heard, opening)
  socket.resumeReading()
  assert.equal(stream.isPaused, false)
  const sent = stream.sent.length
  clock.advance(84_999)
  assert.deepEqual(stream.sent.slice(sent), ['2::'])
  assert.deepEqual(heard, opening)
  clock.advance(1)
  assert.equal(heard.at(-2), 'closed: heartbeat timeout')
})

test('heartbeats are sent on while reading is paused, for the client watches us', () => {
  const { clock, socket } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.pauseReading()
  clock.advance(75_000)
  assert.deepEqual(stream.sent, ['2::', '2::', '2::'])
})

test('a stream that comes while reading is paused is paused from the start', () => {
  const { clock, socket, heard } = bench()
  socket.open()
  socket.pauseReading()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  assert.equal(stream.isPaused, true)
  clock.advance(1_000_000)
  assert.deepEqual([heard, stream.sent.length], [opening, 40])
  socket.resumeReading()
  assert.equal(stream.isPaused, false)
  clock.advance(25_000)
  assert.deepEqual(stream.sent.length, 41)
})

test('whoever waits for reading to go on is called when it does, and when the socket ends', () => {
  for (const goOn of ['resumeReading', 'kick', 'leave'] as const) {
    const { socket, finish } = bench()
    let calls = 0
    socket.open()
    socket.pauseReading()
    socket.reading.whenOpen(() => calls++)
    assert.equal(calls, 0)
    socket[goOn]()
    finish()
    assert.equal(calls, 1, goOn)
  }
})

test('what goes out goes out while reading is paused', () => {
  const { socket, message } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.pauseReading()
  socket.send(message('x'))
  assert.deepEqual(stream.sent, ['3:::x'])
})

test('no heartbeat is expected of a client that leaves, whatever it attaches and whether reading goes on', () => {
  const { clock, socket, heard } = bench()
  socket.open()
  socket.pauseReading()
  socket.leave()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.resumeReading()
  clock.advance(59_999)
  assert.deepEqual(stream.sent, [])
  assert.deepEqual(heard, [...opening, 'finish'])
})
