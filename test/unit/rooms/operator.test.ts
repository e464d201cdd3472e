// Owns: what the unit tests say of which sockets are meant.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Operator } from '../../../lib/rooms/operator.js'
import { hall } from './bench.js'

// Who hears: ada is in red, bob in red and blue, cy in blue, dee in no room.
async function crowd(emit: (all: Operator) => void): Promise<string> {
  const { endpoint, seat } = hall()
  const [ada, bob, cy, dee] = [seat('ada'), seat('bob'), seat('cy'), seat('dee')]
  await ada.member.joinRooms('red')
  await bob.member.joinRooms(['red', 'blue'])
  await cy.member.joinRooms('blue')
  emit(new Operator(() => endpoint))
  const clients = { ada, bob, cy, dee }
  return Object.entries(clients)
    .flatMap(([name, { sent }]) => sent.map(() => name))
    .join(' ')
}

const rows: [string, (all: Operator) => Operator, string][] = [
  ['everyone', (all) => all, 'ada bob cy dee'],
  ["to('red')", (all) => all.to('red'), 'ada bob'],
  ["in('red')", (all) => all.in('red'), 'ada bob'],
  ["to('red').to('blue')", (all) => all.to('red').to('blue'), 'ada bob cy'],
  ["to(['red', 'blue'])", (all) => all.to(['red', 'blue']), 'ada bob cy'],
  ["except('red')", (all) => all.except('red'), 'cy dee'],
  ["except(['red', 'blue'])", (all) => all.except(['red', 'blue']), 'dee'],
  ["except('red').except('blue')", (all) => all.except('red').except('blue'), 'dee'],
  ["to('red').except('blue')", (all) => all.to('red').except('blue'), 'ada'],
  ['to() of a socket', (all) => all.to('dee'), 'dee'],
  ['except() of a socket', (all) => all.except('dee'), 'ada bob cy'],
  ['to() of a room without anyone', (all) => all.to('green'), ''],
  ['except() of a room without anyone', (all) => all.except('green'), 'ada bob cy dee'],
  ["to('constructor')", (all) => all.to('constructor'), ''],
]

for (const [meant, narrow, heard] of rows) {
  test(`${meant} is heard by ${heard === '' ? 'nobody' : heard}, once each`, async () => {
    assert.equal(
      await crowd((all) => {
        narrow(all).emit('x')
      }),
      heard,
    )
  })
}

test('each step makes a new operator, and the one before means what it meant', async () => {
  assert.equal(
    await crowd((all) => {
      const red = all.to('red')
      red.to('blue')
      red.except('ada')
      red.emit('x')
    }),
    'ada bob',
  )
})

test('an operator may be used again', async () => {
  assert.equal(
    await crowd((all) => {
      const blue = all.to('blue')
      blue.emit('x')
      blue.emit('y')
    }),
    'bob bob cy cy',
  )
})

test('a broadcast is for one endpoint only', () => {
  const [hallway, kitchen] = [hall('/hall'), hall('/kitchen')]
  const [here, there] = [hallway.seat('ada'), kitchen.seat('ada')]
  new Operator(() => hallway.endpoint).emit('x')
  assert.deepEqual([here.sent, there.sent], [['5::/hall:{"name":"x"}'], []])
})
