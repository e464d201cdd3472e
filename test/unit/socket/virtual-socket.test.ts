// Owns: what the unit tests say of a virtual socket that lives: opening, sending, changing transports, reading.
// Elsewhere: how it ends (virtual-socket-ending.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '../../../lib/support/errors.js'
import type { Packet } from '../../../lib/wire/packet.js'
import { MemoryPoll, MemoryStream } from '../../support/memory-transport.js'
import { bench } from './bench.js'

test('a socket is in use from its first transport on', () => {
  const { socket, heard } = bench()
  assert.equal(socket.isConnected, false)
  assert.equal(socket.transport, undefined)
  socket.attach(new MemoryStream(socket, 'htmlfile'))
  assert.deepEqual(heard, ['SID in use', 'opened'])
  assert.equal(socket.isConnected, true)
  assert.equal(socket.transport, 'htmlfile')
})

test('a socket opens once, whatever else is attached', () => {
  const { socket, heard } = bench()
  socket.attach(new MemoryPoll(socket))
  socket.attach(new MemoryPoll(socket))
  socket.attach(new MemoryStream(socket))
  socket.open()
  assert.deepEqual(heard, ['SID in use', 'opened'])
})

test('a first POST opens a socket, and what it is told waits for the first poll', () => {
  const { socket, heard, message } = bench((what, opened) => {
    if (what === 'opened') opened.send({ type: 'connect', endpoint: '', qs: '' })
  })
  socket.open()
  socket.receive(message('hello'))
  assert.deepEqual(heard, ['SID in use', 'opened', 'received 3:::hello'])
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  assert.deepEqual(poll.sent, ['1::'])
})

test('what is sent while it opens is the first answer, and the rest waits for the next poll', () => {
  const { socket, message } = bench((what, opened) => {
    if (what !== 'opened') return
    opened.send({ type: 'connect', endpoint: '', qs: '' })
    opened.send({ type: 'message', endpoint: '', data: 'welcome' })
  })
  const [first, second] = [new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  assert.deepEqual(first.sent, ['1::'])
  first.deliver()
  socket.send(message('more'))
  socket.attach(second)
  assert.deepEqual(second.sent, ['3:::welcome', '3:::more'])
})

test('a socket that was only handshaken receives nothing', () => {
  const { socket, heard, message } = bench()
  socket.receive(message('early'))
  socket.reject(new ProtocolError('SIO_PROTOCOL_PACKET', 'bad'))
  assert.deepEqual(heard, [])
})

test('a packet goes out at once on a stream, and its application hears what comes in', () => {
  const { socket, heard, message } = bench()
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.send(message('out'))
  socket.receive(message('in'))
  assert.deepEqual(stream.sent, ['3:::out'])
  assert.equal(heard.at(-1), 'received 3:::in')
})

test('heartbeats and noops never reach the application, and an ack reaches whoever waits for it, once', () => {
  const { socket, heard } = bench()
  socket.attach(new MemoryStream(socket))
  const answers: unknown[] = []
  socket.acks.expect(7, { answered: (args) => answers.push(args), failed: () => {} })
  const before = heard.length
  socket.receive({ type: 'heartbeat', endpoint: '' })
  socket.receive({ type: 'noop', endpoint: '' })
  socket.receive({ type: 'ack', endpoint: '/any', ackId: '7', args: ['yes'] })
  assert.equal(heard.length, before)
  // Nobody waits for it any more: what that means is the application's to say.
  socket.receive({ type: 'ack', endpoint: '', ackId: '7', args: ['again'] })
  assert.equal(heard.length, before + 1)
  assert.deepEqual(answers, [['yes']])
})

test('the newest transport wins, and the older one ends', () => {
  const { socket, heard, message } = bench()
  const [poll, older, newer] = [new MemoryPoll(socket), new MemoryStream(socket), new MemoryStream(socket)]
  socket.attach(poll)
  socket.attach(older)
  assert.deepEqual(poll.sent, ['8::'])
  poll.deliver()
  socket.attach(newer)
  assert.equal(older.isClosed, true)
  older.lose()
  socket.send(message('x'))
  assert.deepEqual([older.sent, newer.sent], [[], ['3:::x']])
  assert.deepEqual(heard, ['SID in use', 'opened'])
})

test('of two polls the older one is answered with a noop', () => {
  const { socket, message } = bench()
  const [older, newer] = [new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(older)
  socket.attach(newer)
  older.deliver()
  socket.send(message('x'))
  assert.deepEqual([older.sent, newer.sent], [['8::'], ['3:::x']])
})

test('the packets of an aborted poll go out on the next one, before those that came later', () => {
  const { socket, message } = bench()
  const [first, second] = [new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  socket.send(message('1'))
  socket.send(message('2'))
  first.abort()
  socket.send(message('3'))
  socket.attach(second)
  assert.deepEqual(second.sent, ['3:::1', '3:::2', '3:::3'])
})

test('the order holds when a poll turns out to be aborted after the next one has come', () => {
  const { socket, message } = bench()
  const [first, second] = [new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  socket.send(message('1'))
  socket.attach(second)
  socket.send(message('2'))
  assert.deepEqual(second.sent, [])
  first.abort()
  assert.deepEqual(second.sent, ['3:::1', '3:::2'])
})

test('the order holds when a stream comes while an answer is on its way', () => {
  const { socket, message } = bench()
  const [poll, stream] = [new MemoryPoll(socket), new MemoryStream(socket)]
  socket.attach(poll)
  socket.send(message('1'))
  socket.send(message('2'))
  socket.attach(stream)
  socket.send(message('3'))
  assert.deepEqual(stream.sent, [])
  poll.abort()
  assert.deepEqual(stream.sent, ['3:::1', '3:::2', '3:::3'])
})

test('a packet that cannot be encoded throws where it was sent, and poisons nothing', () => {
  const { socket, heard, message } = bench()
  const circular: { self?: unknown } = {}
  circular.self = circular
  const bad: Packet = { type: 'event', endpoint: '', name: 'bad', args: [circular] }
  socket.open()
  socket.send(message('before'))
  assert.throws(() => {
    socket.send(bad)
  }, TypeError)
  assert.throws(() => socket.encoded(bad), TypeError)
  socket.send(message('after'))
  const poll = new MemoryPoll(socket)
  socket.attach(poll)
  assert.deepEqual(poll.sent, ['3:::before', '3:::after'])
  assert.equal(socket.isConnected, true)
  assert.deepEqual(heard, ['SID in use', 'opened'])
})

test('a packet that is encoded for later keeps what it held then', () => {
  const { socket } = bench()
  const value = { count: 1 }
  const later = socket.encoded({ type: 'json', endpoint: '', data: value })
  value.count = 2
  const stream = new MemoryStream(socket)
  socket.attach(stream)
  socket.send(later)
  assert.deepEqual(stream.sent, ['4:::{"count":1}'])
})

test('a volatile packet is forgotten when it cannot go out at once', () => {
  const { socket, message } = bench()
  socket.open()
  socket.sendVolatile(message('lost'))
  const [first, second] = [new MemoryPoll(socket), new MemoryPoll(socket)]
  socket.attach(first)
  assert.deepEqual(first.sent, [])
  socket.sendVolatile(message('heard'))
  socket.sendVolatile(message('lost'))
  first.deliver()
  socket.attach(second)
  assert.deepEqual([first.sent, second.sent], [['3:::heard'], []])
})
