// Owns: what the unit tests say of one packet on its way to many: how often it is encoded, and what it costs.
// Elsewhere: who is meant (operator.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adapterEvent, adapterName, Broadcast, broadcastEncoder, endpointName } from '../../../lib/rooms/broadcast.js'
import { Operator } from '../../../lib/rooms/operator.js'
import type { Wire } from '../../../lib/transports/transport.js'
import { hall } from './bench.js'

test('a broadcast to a thousand is encoded once', () => {
  const { endpoint, encoded, seat } = hall()
  const clients = Array.from({ length: 1000 }, (_, index) => seat(`client ${index}`))
  new Operator(() => endpoint).emit('said', 'hello')
  assert.equal(encoded(), 1)
  for (const { sent } of clients) assert.deepEqual(sent, ['5::/hall:{"name":"said","args":["hello"]}'])
})

test('a broadcast to nobody is not encoded', () => {
  const { endpoint, encoded, seat } = hall()
  seat('alone')
  new Operator(() => endpoint).to('empty').emit('said', 'hello')
  assert.equal(encoded(), 0)
})

test('a broadcast that is held for some and sent to others is encoded once', () => {
  const { endpoint, encoded, seat, bring } = hall()
  const [here, coming] = [seat('here'), bring('coming')]
  new Operator(() => endpoint).emit('said')
  coming.member.confirm()
  assert.deepEqual([here.sent, coming.sent], [['5::/hall:{"name":"said"}'], ['5::/hall:{"name":"said"}']])
  assert.equal(encoded(), 1)
})

test('a broadcast to a room of 3 among 1000 touches only 3', async () => {
  const { endpoint, seat } = hall()
  const clients = Array.from({ length: 1000 }, (_, index) => seat(`client ${index}`))
  for (const { member } of clients.slice(100, 103)) await member.joinRooms('corner')
  const looked: string[] = []
  const { sockets } = endpoint
  const get = sockets.get.bind(sockets)
  sockets.get = (id) => {
    looked.push(id)
    return get(id)
  }
  for (const method of ['entries', 'keys', 'values', 'forEach', Symbol.iterator] as const) {
    sockets[method] = () => assert.fail('looks at all sockets')
  }
  const { sids } = endpoint.adapter
  for (const method of ['entries', 'keys', 'values', 'forEach', Symbol.iterator] as const) {
    sids[method] = () => assert.fail('looks at all sockets')
  }
  new Operator(() => endpoint).to('corner').emit('said')
  assert.deepEqual(looked.toSorted(), ['client 100', 'client 101', 'client 102'])
  assert.equal(clients.filter(({ sent }) => sent.length > 0).length, 3)
})

test('a broadcast that cannot be encoded throws where it was made, and nobody is sent anything', () => {
  const { endpoint, seat } = hall()
  const clients = [seat('a'), seat('b')]
  assert.throws(() => {
    new Operator(() => endpoint).emit('said', 10n)
  }, TypeError)
  new Operator(() => endpoint).emit('said', 10)
  for (const { sent } of clients) assert.deepEqual(sent, ['5::/hall:{"name":"said","args":[10]}'])
})

test('a frame is made at most once for each wire, and not before it is needed', () => {
  const made: string[] = []
  const wire = (name: string): Wire<string> => ({
    encode: ({ type }) => {
      made.push(name)
      return `${type} on ${name}`
    },
    sizeOf: ({ length }) => length,
  })
  const [one, other] = [wire('one'), wire('other')]
  const [broadcast] = broadcastEncoder.encode({ type: adapterEvent, nsp: '/', data: ['said'] })
  assert.deepEqual(made, [])
  assert.ok(broadcast)
  assert.equal(broadcast.frame(one), 'event on one')
  assert.equal(broadcast.frame(one), 'event on one')
  assert.equal(broadcast.frame(other), 'event on other')
  assert.deepEqual(made, ['one', 'other'])
})

test("an adapter's packet becomes one broadcast of our endpoint's event", () => {
  const [broadcast, ...more] = broadcastEncoder.encode({ type: adapterEvent, nsp: '/', data: ['said', 1, [2]] })
  assert.deepEqual(more, [])
  assert.ok(broadcast instanceof Broadcast)
  assert.deepEqual(broadcast.packet, { type: 'event', endpoint: '', name: 'said', args: [1, [2]] })
})

test("an adapter's id asks for an ack with data", () => {
  const [broadcast] = broadcastEncoder.encode({ type: adapterEvent, nsp: '/hall', data: ['said'], id: 7 })
  assert.deepEqual(broadcast?.packet, {
    type: 'event',
    endpoint: '/hall',
    name: 'said',
    args: [],
    id: '7',
    ack: 'data',
  })
})

test("an adapter's name for our global endpoint is a slash", () => {
  assert.deepEqual([adapterName(''), adapterName('/chat')], ['/', '/chat'])
  assert.deepEqual([endpointName('/'), endpointName('/chat')], ['', '/chat'])
})
