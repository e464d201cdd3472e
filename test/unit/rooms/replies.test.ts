// Owns: what is a question of another process and what an answer of one, and what is none.
// Elsewhere: asking (questions.test.ts).
// oxlint-disable no-underscore-dangle -- the adapters' names
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { among } from './among.js'

const wrongCounts = [-1, 0.5, NaN, Infinity, '3', null, undefined, [3], { count: 3 }, 2 ** 53, true]
test('what is no number of sockets is a process that is missing', async () => {
  for (const wrong of wrongCounts) {
    const { all, asked } = among(3)
    const [whole, partial] = [all.count(), all.count({ partial: true })]
    asked[0]?.ack(null, [3, wrong])
    assert.deepEqual(await partial, { count: 3, processes: 2, missing: 1 })
    await assert.rejects(whole, { code: 'SIO_ADAPTER' })
  }
  for (const responses of [undefined, null, 42, 'many', {}]) {
    const { all, asked } = among(1)
    const count = all.count()
    asked[0]?.ack(null, responses)
    assert.equal(await count, 0)
  }
})

test('what is no question of ours is not answered, and ends nothing', () => {
  const { endpoint, answered, seat } = among()
  seat('ada')
  const wrong: unknown[][] = [
    ['~sio:count', 'red'],
    ['~sio:count', [1]],
    ['~sio:count', ['red'], 'blue'],
    ['~sio:count', null],
    ['~sio:count', { length: 1 }],
    ['~sio:rooms'],
    ['~sio:rooms', 5, 5],
    ['~sio:rooms', '', 0],
    ['~sio:rooms', '', 1_001],
    ['~sio:rooms', '', Infinity],
    ['~sio:sockets', 'all'],
    ['~sio:later', 1],
    ['~sio:constructor'],
    ['~sio:'],
  ]
  for (const [name, ...args] of wrong)
    assert.deepEqual(answered(name as string, ...args), [], JSON.stringify([name, ...args]))
  // Nobody is to be answered.
  for (const args of [[], ['red'], [[], []]]) endpoint._onServerSideEmit(['~sio:count', ...args])
})

test('the names of our own events are not for applications', () => {
  const { all, asked } = among()
  const refused = { name: 'UsageError', code: 'SIO_USAGE_EVENT' }
  for (const name of ['~sio:count', '~sio:anything', '~sio:']) {
    assert.throws(() => all.serverSideEmit(name), refused)
    assert.throws(() => all.onServerSideEmit(name, () => {}), refused)
  }
  all.serverSideEmit('~sio', () => {})
  all.serverSideEmit('sio:count', () => {})
  assert.equal(asked.length, 2)
})

const wrongOptions: [options: unknown, message: RegExp][] = [
  [true, /expected count\(\) to get \{ partial \}, got true/],
  [() => {}, /it returns a promise/],
  [null, /got null/],
  [{ partial: 'yes' }, /count\.partial.*a boolean/],
  [{ parcial: true }, /count\.parcial/],
]
test('options that cannot be are refused, and nobody is asked', async () => {
  const { all, asked } = among()
  for (const [options, message] of wrongOptions) {
    await assert.rejects(all.count(options as never), { code: 'SIO_USAGE_OPTION', message })
    await assert.rejects(all.fetchSockets(options as never), { code: 'SIO_USAGE_OPTION' })
    await assert.rejects(all.roomCounts(options as never), { code: 'SIO_USAGE_OPTION' })
  }
  for (const options of [
    { limit: 0 },
    { limit: 1_001 },
    { limit: 1.5 },
    { limit: '5' },
    { prefix: 5 },
    { prefix: /a/ },
  ]) {
    await assert.rejects(all.roomCounts(options as never), { code: 'SIO_USAGE_OPTION' })
  }
  assert.equal(asked.length, 0)
})

test('rooms of all processes are added up: those that come first, without the rooms that sockets have of their own', async () => {
  const { all, answered, asked, seat, bring } = among(3)
  await seat('ada').member.joinRooms(['game:1', 'game:2', 'lobby'])
  await seat('bob').member.joinRooms(['game:2', 'ada'])
  await bring('connecting').member.joinRooms(['game:2', 'game:9'])
  assert.deepEqual(answered('~sio:rooms', '', 1_000), [
    [
      ['game:1', 1],
      ['game:2', 2],
      ['lobby', 1],
    ],
  ])
  assert.deepEqual(answered('~sio:rooms', 'game:', 1), [[['game:1', 1]]])
  assert.deepEqual(
    all.rooms(),
    new Map([
      ['game:1', 1],
      ['game:2', 2],
      ['lobby', 1],
    ]),
  )
  const counts = all.roomCounts({ prefix: 'game:', limit: 2 })
  assert.deepEqual(asked[0]?.args, ['game:', 2])
  asked[0]?.ack(null, [
    [
      ['game:0', 7],
      ['game:2', 5],
    ],
    [
      ['game:2', 1],
      ['game:3', 4],
    ],
  ])
  assert.deepEqual(
    [...(await counts)],
    [
      ['game:0', 7],
      ['game:1', 1],
    ],
  )
})

test('what are no rooms with their sizes is a process that is missing', async () => {
  const wrong = [
    [['lobby', 1]],
    [['game:1', -1]],
    [['game:1', '1']],
    [['game:1']],
    [['game:1', 1, 1]],
    ['game:1'],
    { 'game:1': 1 },
    'game:1',
    null,
    [
      ['game:1', 1],
      ['game:2', 1],
      ['game:3', 1],
    ],
  ]
  for (const answer of wrong) {
    const { all, asked } = among(2)
    const counts = all.roomCounts({ prefix: 'game:', limit: 2, partial: true })
    asked[0]?.ack(null, [answer])
    assert.deepEqual(await counts, { rooms: new Map(), processes: 1, missing: 1 }, JSON.stringify(answer))
  }
})

test('each process answers a partial fetchSockets() with what it has of each', async () => {
  const { all, answered, asked, seat, bring } = among(2)
  const { member } = seat('ada')
  await member.joinRooms('red')
  Object.assign(member.ownData, { name: 'Ada' })
  bring('connecting')
  const theirs = answered('~sio:sockets')[0]
  assert.deepEqual(theirs, [
    {
      id: 'ada',
      handshake: { url: '/socket.io/1/', query: {}, headers: {} },
      rooms: ['ada', 'red'],
      data: { name: 'Ada' },
    },
  ])
  const fetched = all.in('red').fetchSockets({ partial: true })
  assert.deepEqual(asked[0]?.args, [['red'], []])
  asked[0]?.ack(null, [JSON.parse(JSON.stringify(theirs).replaceAll('ada', 'eve'))])
  const { sockets, processes, missing } = await fetched
  assert.deepEqual([processes, missing], [2, 0])
  assert.deepEqual(
    sockets.map(({ id, rooms, data }) => [id, [...rooms], data]),
    [
      ['ada', ['ada', 'red'], { name: 'Ada' }],
      ['eve', ['eve', 'red'], { name: 'Ada' }],
    ],
  )
  assert.equal(sockets[0]?.data, member.ownData)
})

test('what are no sockets is a process that is missing; data that is none is empty', async () => {
  const right = { id: 'eve', handshake: {}, rooms: ['eve'], data: { name: 'Eve' } }
  for (const wrong of [
    null,
    5,
    {},
    [null],
    [5],
    [{ ...right, id: 5 }],
    [{ ...right, handshake: 5 }],
    [{ ...right, rooms: ['eve', 5] }],
    [right, { id: 'x' }],
  ]) {
    const { all, asked } = among(2)
    const fetched = all.fetchSockets({ partial: true })
    asked[0]?.ack(null, [wrong])
    assert.deepEqual(await fetched, { sockets: [], processes: 1, missing: 1 })
  }
  for (const data of [null, undefined, 5, 'text', []]) {
    const { all, asked } = among(2)
    const fetched = all.fetchSockets({ partial: true })
    asked[0]?.ack(null, [[{ ...right, data }]])
    assert.deepEqual((await fetched).sockets[0]?.data, {})
  }
})
