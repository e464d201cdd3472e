// Owns: what the unit tests say of one socket's membership: what is held, its rooms, its acks, its end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Operator } from '../../../lib/rooms/operator.js'
import { hall } from './bench.js'

const event = (name: string): string => `5::/hall:{"name":"${name}"}`

test('what is addressed to a member is held until it is confirmed, broadcasts included, and comes after that', async () => {
  const { endpoint, bring } = hall()
  const { member, sent } = bring('ada')
  await member.joinRooms('red')
  member.emit('one', [])
  new Operator(() => endpoint).emit('two')
  new Operator(() => endpoint).to('red').emit('three')
  new Operator(() => endpoint).to('ada').emit('four')
  member.send({ type: 'message', endpoint: '/hall', data: 'five' })
  assert.equal(member.isConfirmed, false)
  assert.deepEqual(sent, [])
  member.confirm({ type: 'connect', endpoint: '/hall', qs: '' })
  assert.equal(member.isConfirmed, true)
  assert.deepEqual(sent, ['1::/hall', event('one'), event('two'), event('three'), event('four'), '3::/hall:five'])
})

test('what is held is sent as it was when it was addressed', () => {
  const { bring } = hall()
  const { member, sent } = bring('ada')
  const list = [1]
  member.emit('list', [list])
  list.push(2)
  member.confirm()
  assert.deepEqual(sent, ['5::/hall:{"name":"list","args":[[1]]}'])
})

test('one packet more than may be held ends the socket', () => {
  const { bring } = hall('/hall', { maxHeldPackets: 2 })
  const { member, sent, asked } = bring('ada')
  member.emit('one', [])
  member.emit('two', [])
  assert.deepEqual(asked, [])
  member.emit('three', [])
  assert.deepEqual(asked, ['limit exceeded'])
  assert.deepEqual(sent, [])
})

test('a member that is removed before it is confirmed was sent nothing, and is in no room', async () => {
  const { endpoint, bring } = hall()
  const { member, sent } = bring('ada')
  await member.joinRooms('red')
  member.emit('one', [])
  member.remove()
  new Operator(() => endpoint).to('red').emit('two')
  member.emit('three', [])
  await member.joinRooms('blue')
  await member.leaveRoom('red')
  assert.deepEqual(sent, [])
  assert.deepEqual([...member.rooms], [])
  assert.equal(endpoint.sockets.size, 0)
  assert.equal(endpoint.adapter.rooms.size, 0)
  assert.equal(endpoint.adapter.sids.size, 0)
})

test('a member that is silenced hears nothing and stays in its rooms until it is removed', async () => {
  const { endpoint, seat } = hall()
  const { member, sent } = seat('ada')
  await member.joinRooms('red')
  member.silence()
  new Operator(() => endpoint).emit('x')
  member.sendLast({ type: 'disconnect', endpoint: '/hall' })
  assert.deepEqual(sent, [])
  assert.deepEqual([...member.rooms], ['ada', 'red'])
})

test('the last packet does not wait for a confirmation that never comes', () => {
  const { bring } = hall()
  const { member, sent } = bring('ada')
  member.emit('held', [])
  member.sendLast({ type: 'disconnect', endpoint: '/hall' })
  assert.deepEqual(sent, ['0::/hall'])
})

test('a member is in its own room, and in those that it joined and has not left', async () => {
  const { seat } = hall()
  const { member } = seat('ada')
  assert.deepEqual([...member.rooms], ['ada'])
  await member.joinRooms('red')
  await member.joinRooms(['blue', 'red'])
  await member.leaveRoom('red')
  await member.leaveRoom('never joined')
  assert.deepEqual([...member.rooms], ['ada', 'blue'])
})

test('a member may be in as many rooms as the bound says beside its own, and in no other', async () => {
  const { seat } = hall('/hall', { maxRoomsPerSocket: 2 })
  const { member } = seat('ada')
  await member.joinRooms('one')
  await member.joinRooms(['one', 'ada', 'two'])
  const tooMany = {
    name: 'UsageError',
    code: 'SIO_USAGE_ROOMS',
    message: 'expected at most 2 rooms (maxRoomsPerSocket)',
  }
  await assert.rejects(member.joinRooms('three'), tooMany)
  await assert.rejects(member.joinRooms(['two', 'four']), tooMany)
  assert.deepEqual([...member.rooms], ['ada', 'one', 'two'])
  await member.leaveRoom('one')
  await member.joinRooms('three')
  assert.deepEqual([...member.rooms], ['ada', 'two', 'three'])
})

test('rooms that are joined together pass the bound together, or not at all', async () => {
  const { seat } = hall('/hall', { maxRoomsPerSocket: 2 })
  const { member } = seat('ada')
  await assert.rejects(member.joinRooms(['one', 'two', 'three']), { code: 'SIO_USAGE_ROOMS' })
  assert.deepEqual([...member.rooms], ['ada'])
})

test("an emit that expects an ack is answered by the client's", () => {
  const { seat } = hall()
  const { member, socket, sent } = seat('ada')
  const answers: unknown[] = []
  member.emit('ask', ['?'], { answered: (args) => answers.push(...args), failed: () => {} })
  const id = /^5:(\d+)\+:\/hall:\{"name":"ask","args":\["\?"\]\}$/.exec(sent[0] ?? '')?.[1]
  assert.ok(id, `an id in ${sent[0]}`)
  socket.receive({ type: 'ack', endpoint: '/hall', ackId: id, args: ['!'] })
  assert.deepEqual(answers, ['!'])
})

test('an emit that cannot be encoded waits for no ack', () => {
  const { clock, seat } = hall()
  const { member, socket, sent } = seat('ada')
  const timers = clock.timers
  assert.throws(() => {
    member.emit('ask', [10n], { answered: () => {}, failed: () => {} }, 500)
  }, TypeError)
  assert.equal(socket.acks.size, 0)
  assert.equal(clock.timers, timers)
  assert.deepEqual(sent, [])
})

test('acks that a member waits for fail when it is silenced', () => {
  const { seat } = hall()
  const { member } = seat('ada')
  const failures: unknown[] = []
  member.emit('ask', [], { answered: () => {}, failed: ({ code }) => failures.push(code) })
  member.silence()
  assert.deepEqual(failures, ['SIO_CLOSED'])
})
