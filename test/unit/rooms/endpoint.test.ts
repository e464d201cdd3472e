// Owns: what the unit tests say of an endpoint as adapters see it.
// oxlint-disable no-underscore-dangle -- the adapters' names
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adapterEvent } from '../../../lib/rooms/broadcast.js'
import type { Member } from '../../../lib/rooms/member.js'
import { hall } from './bench.js'

const everyone = { rooms: new Set<string>(), except: new Set<string>() }

test("an endpoint has the adapter's name beside its own", () => {
  const { endpoint } = hall('')
  assert.deepEqual([endpoint.endpoint, endpoint.name], ['', '/'])
})

test('the ids of all endpoints are counted by one counter, and so are those of our own emits', () => {
  const [hallway, kitchen] = [hall('/hall'), hall('/kitchen')]
  const before = hallway.endpoint._ids
  assert.ok(before >= 1)
  assert.equal(hallway.endpoint._ids++, before)
  assert.equal(kitchen.endpoint._ids, before + 1)
  assert.equal(kitchen.endpoint._ids++, before + 1)
  const { member, sent } = hallway.seat('ada')
  member.emit('ask', [], { answered: () => {}, failed: () => {} })
  assert.deepEqual(sent, [`5:${before + 2}+:/hall:{"name":"ask"}`])
  assert.equal(hallway.endpoint._ids, before + 3)
})

test('a broadcast whose acks an adapter collects is asked of each, and answered by each', () => {
  const { endpoint, seat } = hall()
  const [ada, bob] = [seat('ada'), seat('bob')]
  const answers: unknown[] = []
  let asked = 0
  endpoint.adapter.broadcastWithAck(
    { type: adapterEvent, nsp: '/hall', data: ['vote'] },
    everyone,
    (count) => {
      asked = count
    },
    (...args: unknown[]) => answers.push(args),
  )
  assert.equal(asked, 2)
  const id = String(endpoint._ids - 1)
  for (const { sent } of [ada, bob]) assert.deepEqual(sent, [`5:${id}+:/hall:{"name":"vote"}`])
  bob.socket.receive({ type: 'ack', endpoint: '/hall', ackId: id, args: ['no'] })
  ada.socket.receive({ type: 'ack', endpoint: '', ackId: id, args: ['yes'] })
  bob.socket.receive({ type: 'ack', endpoint: '/hall', ackId: id, args: ['twice'] })
  assert.deepEqual(answers, [['no'], ['yes']])
})

test('a volatile broadcast is forgotten for those to whom it cannot go at once', () => {
  const { endpoint, seat, bring } = hall()
  const [here, coming] = [seat('here'), bring('coming')]
  endpoint.adapter.broadcast(
    { type: adapterEvent, nsp: '/hall', data: ['tick'] },
    { ...everyone, flags: { volatile: true } },
  )
  coming.member.confirm()
  assert.deepEqual([here.sent, coming.sent], [['5::/hall:{"name":"tick"}'], []])
})

test('an adapter finds the members, and what it may know of them', async () => {
  const { endpoint, seat } = hall()
  const { member } = seat('ada')
  await member.joinRooms('red')
  const [found] = (await endpoint.adapter.fetchSockets(everyone)) as Member[]
  assert.equal(found, member)
  assert.equal(found.id, 'ada')
  assert.equal(found.handshake.url, '/socket.io/1/')
  assert.deepEqual([...found.rooms], ['ada', 'red'])
  assert.deepEqual(found.data, {})
})

test('an adapter makes members join, leave and disconnect', async () => {
  const { endpoint, seat } = hall()
  const { member, asked } = seat('ada')
  endpoint.adapter.addSockets(everyone, ['red', 'blue'])
  await new Promise(setImmediate)
  assert.deepEqual([...member.rooms], ['ada', 'red', 'blue'])
  endpoint.adapter.delSockets(everyone, ['red'])
  await new Promise(setImmediate)
  assert.deepEqual([...member.rooms], ['ada', 'blue'])
  endpoint.adapter.disconnectSockets(everyone, true)
  endpoint.adapter.disconnectSockets(everyone, false)
  assert.deepEqual(asked, ['disconnect, socket too: true', 'disconnect, socket too: false'])
})

test('an adapter that fails is told of once, until it works again, and breaks nothing', async () => {
  const { endpoint, failures } = hall()
  const [now, later, again] = [new Error('now'), new Error('later'), new Error('again')]
  endpoint.attempt(() => {
    throw now
  })
  endpoint.attempt(() => Promise.reject(later))
  await new Promise(setImmediate)
  assert.deepEqual(failures, [now])
  endpoint.attempt(() => Promise.resolve('fine'))
  await new Promise(setImmediate)
  endpoint.attempt(() => Promise.reject(again))
  await new Promise(setImmediate)
  assert.deepEqual(failures, [now, again])
})

test('an endpoint that closes closes its adapter', () => {
  const { endpoint, failures } = hall()
  let calls = 0
  endpoint.adapter.close = () => {
    calls++
  }
  endpoint.close()
  assert.equal(calls, 1)
  assert.deepEqual(failures, [])
})
