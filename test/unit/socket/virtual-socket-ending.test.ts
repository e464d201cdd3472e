// Owns: what the unit tests say of the end of a virtual socket, by every way there is.
// Elsewhere: its life before (virtual-socket.test.ts), liveness (virtual-socket-liveness.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClosedError, ProtocolError } from '../../../lib/support/errors.js'
import { MemoryPoll, MemoryStream } from '../../support/memory-transport.js'
import { bench } from './bench.js'

const opening = ['SID in use', 'opened']

test('a kicked socket on a stream is told after all that was sent, and then its stream ends', () => {
  const { clock, socket, heard, message } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.send(message('last words'))
  socket.kick()
  assert.deepEqual(stream.sent, ['3:::last words', '0::'])
  assert.equal(stream.isClosed, true)
  assert.deepEqual(heard, [...opening, 'closed: server namespace disconnect', 'SID removed'])
  assert.equal(clock.timers, 0)
})

test('a kicked socket on a held poll is told by its answer', () => {
  const { clock, socket, heard } = bench()
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  socket.kick()
  assert.deepEqual(poll.sent, ['0::'])
  assert.deepEqual(heard, [...opening, 'closed: server namespace disconnect', 'SID removed'])
  assert.equal(clock.timers, 0)
})

test('a socket that is kicked between two polls is there until the next one, which hears all that waits', () => {
  const { clock, socket, heard, message } = bench()
  socket.open()
  socket.send(message('last words'))
  socket.kick()
  assert.deepEqual(heard, [...opening, 'closed: server namespace disconnect'])
  assert.equal(socket.isConnected, false)
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  assert.deepEqual(poll.sent, ['3:::last words', '0::'])
  assert.equal(heard.at(-1), 'SID removed')
  assert.equal(clock.timers, 0)
})

test('a socket that is kicked between two polls is forgotten when none comes', () => {
  const { clock, socket, heard } = bench()
  socket.open()
  socket.kick()
  clock.advance(59_999)
  assert.deepEqual(heard, [...opening, 'closed: server namespace disconnect'])
  clock.advance(1)
  assert.equal(heard.at(-1), 'SID removed')
  assert.equal(clock.timers, 0)
})

test('a socket that is kicked while an answer is on its way is told by the next poll, in order', () => {
  const { socket, message } = bench()
  const [first, second, third] = [new MemoryPoll(socket), new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  socket.send(message('1'))
  socket.attach(second)
  socket.send(message('2'))
  socket.kick()
  assert.deepEqual(second.sent, ['8::'])
  first.abort()
  socket.attach(third)
  assert.deepEqual(third.sent, ['3:::1', '3:::2', '0::'])
})

test('a socket that is kicked on a stream while an answer is on its way is told on that stream', () => {
  const { socket, heard, message } = bench()
  const [poll, stream] = [new MemoryPoll(socket), new MemoryStream(socket)]
  socket.attach(poll)
  socket.send(message('1'))
  socket.attach(stream)
  socket.send(message('2'))
  socket.kick()
  assert.deepEqual(stream.sent, ['3:::2', '0::'])
  assert.equal(heard.at(-1), 'SID removed')
})

test('a socket that was only handshaken is forgotten when it is kicked, and its application hears nothing', () => {
  const { clock, socket, heard } = bench()
  socket.kick()
  assert.deepEqual(heard, ['SID removed'])
  assert.equal(clock.timers, 0)
})

test('a client that leaves is gone once all that it sent is done, and hears what was sent until then', () => {
  const { clock, socket, heard, finish, message } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.leave()
  assert.deepEqual(heard, [...opening, 'finish'])
  socket.receive(message('too late'))
  socket.send(message('answer'))
  assert.deepEqual(stream.sent, ['3:::answer'])
  finish()
  assert.deepEqual(stream.sent, ['3:::answer', '0::'])
  assert.deepEqual(heard, [...opening, 'finish', 'closed: client namespace disconnect', 'SID removed'])
  assert.equal(clock.timers, 0)
})

test('a client that leaves is waited for no longer than the close timeout', () => {
  const { clock, socket, heard, finish } = bench()
  socket.attach(new MemoryStream(socket))
  socket.leave()
  clock.advance(59_999)
  assert.deepEqual(heard, [...opening, 'finish'])
  clock.advance(1)
  const end = [...opening, 'finish', 'closed: client namespace disconnect', 'SID removed']
  assert.deepEqual(heard, end)
  finish()
  assert.deepEqual(heard, end)
})

test('a client that leaves between two polls needs no other', () => {
  const { clock, socket, heard, finish } = bench()
  socket.open()
  socket.leave()
  finish()
  assert.deepEqual(heard, [...opening, 'finish', 'closed: client namespace disconnect', 'SID removed'])
  assert.equal(clock.timers, 0)
})

test('a client that leaves and loses its stream still has its packets worked on', () => {
  const { socket, heard, finish } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.leave()
  stream.lose()
  assert.deepEqual(heard, [...opening, 'finish'])
  finish()
  assert.equal(heard.at(-2), 'closed: client namespace disconnect')
})

test('a client that leaves twice leaves once', () => {
  const { socket, heard, finish } = bench()
  socket.open()
  socket.leave()
  socket.leave()
  finish()
  finish()
  assert.deepEqual(heard, [...opening, 'finish', 'closed: client namespace disconnect', 'SID removed'])
})

test('a client that is kicked while it leaves ends once, as kicked, and is told', () => {
  // What ends drops what waits for it, and with that the leaving is done.
  const { clock, socket, heard, finish } = bench((what) => {
    if (what.startsWith('closed')) finish()
  })
  socket.open()
  socket.leave()
  socket.kick()
  assert.deepEqual(heard, [...opening, 'finish', 'closed: server namespace disconnect'])
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  assert.deepEqual(poll.sent, ['0::'])
  assert.equal(clock.timers, 0)
})

test('a client that leaves without having opened anything is forgotten', () => {
  const { clock, socket, heard } = bench()
  socket.leave()
  assert.deepEqual(heard, ['SID removed'])
  assert.equal(clock.timers, 0)
})

test('a lost stream ends its socket at once', () => {
  const { clock, socket, heard } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  stream.lose()
  assert.deepEqual(heard, [...opening, 'closed: transport close', 'SID removed'])
  assert.equal(clock.timers, 0)
})

test('a stream that is lost after another has taken its place ends nothing', () => {
  const { socket, heard } = bench()
  const [older, newer] = [new MemoryStream(socket), new MemoryPoll(socket)]
  socket.attach(older)
  socket.attach(newer)
  older.lose()
  assert.deepEqual(heard, opening)
})

test('one packet more than may wait ends the socket', () => {
  const { clock, socket, heard, message } = bench()
  socket.open()
  for (let count = 0; count < 10; count++) socket.send(message(String(count)))
  assert.deepEqual(heard, opening)
  socket.send(message('one too many'))
  assert.deepEqual(heard, [...opening, 'closed: limit exceeded', 'SID removed'])
  socket.send(message('after the end'))
  assert.equal(clock.timers, 0)
})

test('a peer that passes a bound ends its socket, one that breaks the grammar is told to the application', () => {
  const { socket, heard } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.reject(new ProtocolError('SIO_PROTOCOL_PACKET', 'no packet'))
  assert.deepEqual(heard, [...opening, 'rejected no packet'])
  socket.reject(new ProtocolError('SIO_PROTOCOL_LIMIT', 'too much'))
  assert.deepEqual(heard.slice(3), ['closed: limit exceeded', 'SID removed'])
  assert.equal(stream.isClosed, true)
})

test('acks that are pending fail with the socket', () => {
  const { clock, socket } = bench()
  const failures: Error[] = []
  socket.attach(new MemoryStream(socket))
  socket.acks.expect(1, { answered: () => {}, failed: (error) => failures.push(error) }, 90_000)
  socket.close('server shutting down')
  assert.ok(failures[0] instanceof ClosedError)
  assert.equal(clock.timers, 0)
})

test('after the end a socket sends, receives and attaches nothing', () => {
  const { clock, socket, heard, message } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.close('server shutting down')
  const before = [...heard]
  const late = new MemoryPoll(socket)
  socket.attach(late)
  socket.send(message('x'))
  socket.receive(message('y'))
  socket.reject(new ProtocolError('SIO_PROTOCOL_PACKET', 'z'))
  for (const again of [
    () => socket.open(),
    () => socket.leave(),
    () => socket.kick(),
    () => socket.close('close timeout'),
  ]) {
    again()
  }
  stream.lose()
  late.deliver()
  assert.deepEqual(heard, before)
  assert.deepEqual(stream.sent, [])
  assert.deepEqual(late.sent, ['8::'])
  assert.equal(clock.timers, 0)
})
