// Owns: what the unit tests say of one socket's membership: what is held, its rooms, its acks, its end.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Operator } from '../../../lib/rooms/operator.js'
import { hall } from './bench.js'

const event = (name: string): string => `5::/hall:{"name":"${name}"}`

test('what is addressed to a member is held until it is confirmed, broadcasts included, and comes after that', async () => {
  const { endpoint, bring } = hall()
  const { member, sent, open } = bring('ada')
  await member.joinRooms('red')
  member.emit('one', [])
  new Operator(() => endpoint).emit('two')
  new Operator(() => endpoint).to('red').emit('three')
  new Operator(() => endpoint).to('ada').emit('four')
  member.send({ type: 'message', endpoint: '/hall', data: 'five' })
  assert.deepEqual(sent, [])
  open({ type: 'connect', endpoint: '/hall', qs: '' })
  assert.deepEqual(sent, ['1::/hall', event('one'), event('two'), event('three'), event('four'), '3::/hall:five'])
})

test('what is held is sent as it was when it was addressed', () => {
  const { bring } = hall()
  const { member, sent, open } = bring('ada')
  const list = [1]
  member.emit('list', [list])
  list.push(2)
  open()
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
  const { member, sent, be } = bring('ada')
  await member.joinRooms('red')
  member.emit('one', [])
  be('ending')
  member.remove()
  be('ended')
  new Operator(() => endpoint).to('red').emit('two')
  member.emit('three', [])
  await member.joinRooms('blue')
  await member.leaveRooms('red')
  assert.deepEqual(sent, [])
  assert.deepEqual([...member.joined], [])
  assert.equal(endpoint.sockets.size, 0)
  assert.equal(endpoint.adapter.rooms.size, 0)
  assert.equal(endpoint.adapter.sids.size, 0)
})

test('a member that ends is sent nothing, joins nothing and stays in its rooms until it is removed', async () => {
  const { endpoint, seat } = hall()
  const { member, sent, be } = seat('ada')
  await member.joinRooms('red')
  be('ending')
  new Operator(() => endpoint).emit('x')
  member.emit('y', [])
  await member.joinRooms('blue')
  assert.deepEqual(sent, [])
  assert.deepEqual([...member.joined], ['ada', 'red'])
})

test('to adapters, a member that is not open is in no room; its own namespace sees them', async () => {
  const { endpoint, bring } = hall()
  const { member, be, open } = bring('ada')
  await member.joinRooms('red')
  assert.deepEqual([[...member.rooms], [...member.joined]], [[], ['ada', 'red']])
  assert.deepEqual(await new Operator(() => endpoint).fetchSockets(), [])
  open()
  assert.deepEqual([...member.rooms], ['ada', 'red'])
  be('leaving')
  assert.deepEqual([...member.rooms], [])
})

test('a member is in its own room, and in those that it joined and has not left', async () => {
  const { seat } = hall()
  const { member } = seat('ada')
  assert.deepEqual([...member.rooms], ['ada'])
  await member.joinRooms('red')
  await member.joinRooms(['blue', 'red'])
  await member.leaveRooms('red')
  await member.leaveRooms('never joined')
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
  await member.leaveRooms('one')
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

test('acks that a member waits for fail when it ends', () => {
  const { seat } = hall()
  const { member, be } = seat('ada')
  const failures: unknown[] = []
  member.emit('ask', [], { answered: () => {}, failed: ({ code }) => failures.push(code) })
  be('ending')
  assert.deepEqual(failures, ['SIO_CLOSED'])
})
