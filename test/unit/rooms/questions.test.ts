// Owns: what processes ask each other, with the clock in hand: who shares an answer, how long it is waited for, what counts as one.
// Elsewhere: real adapters between real processes (test/cluster/), a single process (test/conformance/namespaces/counts.test.ts).
// oxlint-disable no-underscore-dangle -- the adapters' names
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import type { AdapterError } from '../../../lib/index.js'
import { EndpointOperator } from '../../../lib/rooms/endpoint-operator.js'
import { hall } from './bench.js'

type Ack = (error: unknown, responses?: unknown) => void

/** An endpoint of one process; the test answers for the others. */
function among(processes: number | (() => unknown) = 3) {
  const asked: { name: string; args: unknown[]; ack: Ack }[] = []
  class Asking extends Adapter {
    override serverCount(): Promise<number> {
      return typeof processes === 'number' ? Promise.resolve(processes) : (processes() as Promise<number>)
    }

    override serverSideEmit([name, ...args]: [string, ...unknown[]]): void {
      asked.push({ name, args: args.slice(0, -1), ack: args.at(-1) as Ack })
    }
  }
  const scene = hall('/hall', { adapter: Asking })
  const all = new EndpointOperator(() => scene.endpoint)
  /** What another process asks here, and what it is answered. */
  const answered = (name: string, ...args: unknown[]): unknown[] => {
    const answers: unknown[] = []
    scene.endpoint._onServerSideEmit([name, ...args, (...answer: unknown[]) => answers.push(...answer)])
    return answers
  }
  return { ...scene, all, asked, answered, turn: () => new Promise(setImmediate) }
}

test('a count is asked of the others in few words, and is the sum of all', async () => {
  const { all, asked, seat } = among()
  seat('ada')
  seat('bob')
  const count = all.count()
  assert.deepEqual(
    asked.map(({ name, args }) => [name, ...args]),
    [['~sio:count']],
  )
  asked[0]?.ack(null, [40, 0])
  assert.equal(await count, 42)
})

test('rooms go with it in order, each once, and those that are left out', async () => {
  const { all, asked, seat } = among(2)
  await seat('ada').member.joinRooms(['red', 'blue'])
  await seat('bob').member.joinRooms(['red', 'muted'])
  seat('eve')
  const count = all.in(['red', 'blue']).in('red').except('muted').count()
  assert.deepEqual(asked[0]?.args, [['blue', 'red'], ['muted']])
  asked[0]?.ack(null, [10])
  assert.equal(await count, 11)
})

test('only those who are listed are counted here, whoever asks', async () => {
  const { all, asked, answered, bring, seat, turn } = among(2)
  seat('open')
  for (const state of ['connecting', 'departing', 'leaving', 'ending', 'waiting'] as const) bring(state).be(state)
  bring('idle').be('idle')
  bring('waking').be('waking')
  assert.deepEqual(answered('~sio:count'), [3])
  assert.deepEqual(answered('~sio:count', ['open', 'leaving'], []), [1])
  assert.deepEqual(answered('~sio:count', [], ['open']), [2])
  assert.equal(await all.local.count(), 3)
  await turn()
  assert.equal(asked.length, 0, 'nobody else is asked for those of this process')
})

test('who asks the same within 50 ms, before the answer has come, shares it; who asks something else does not', async () => {
  const { all, asked, clock, seat, turn } = among(2)
  const [first, again] = [all.count(), all.count({ partial: true })]
  const other = all.in('red').count()
  clock.advance(50)
  const third = all.count()
  assert.equal(asked.length, 2)
  clock.advance(1)
  const later = all.count()
  assert.equal(asked.length, 3)
  seat('ada')
  asked[0]?.ack(null, [5])
  assert.deepEqual(await Promise.all([first, again, third]), [6, { count: 6, processes: 2, missing: 0 }, 6])
  asked[1]?.ack(null, [1])
  asked[2]?.ack(null, [7])
  assert.deepEqual(await Promise.all([other, later]), [1, 8])
  // What has come is not kept.
  const fresh = all.count()
  await turn()
  assert.equal(asked.length, 4)
  asked[3]?.ack(null, [9])
  assert.equal(await fresh, 10)
})

test('the order of rooms does not make it another question', async () => {
  const { all, asked } = among(2)
  const counts = [all.in(['red', 'blue']).count(), all.in('blue').in('red').count()]
  assert.equal(asked.length, 1)
  asked[0]?.ack(null, [2])
  assert.deepEqual(await Promise.all(counts), [2, 2])
})

test('a process that does not answer is an error with what has come, or missing', async () => {
  const { all, asked, seat, turn } = among(4)
  seat('ada')
  const [whole, partial] = [all.count(), all.count({ partial: true })]
  await turn()
  asked[0]?.ack(new Error('timeout reached'), [20])
  await assert.rejects(whole, (error: AdapterError) => {
    assert.equal(error.code, 'SIO_ADAPTER')
    assert.deepEqual(error.partial, { count: 21, processes: 2, missing: 2 })
    assert.match(String(error.cause), /timeout reached/)
    return true
  })
  assert.deepEqual(await partial, { count: 21, processes: 2, missing: 2 })
})

test('an adapter that answers without an error has all whom it knows, however many it knew before', async () => {
  const { all, asked, turn } = among(4)
  const count = all.count()
  await turn()
  asked[0]?.ack(null, [20])
  assert.equal(await count, 20)
})

test('an adapter that never answers is waited for a second longer than it waits itself', async () => {
  const { all, asked, clock, seat, turn } = among(3)
  seat('ada')
  let outcome: unknown
  const done = all.count({ partial: true }).then((value) => {
    outcome = value
  })
  await turn()
  clock.advance(5_990)
  await turn()
  assert.equal(outcome, undefined)
  clock.advance(20)
  await done
  assert.deepEqual(outcome, { count: 1, processes: 1, missing: 2 })
  // Too late.
  asked[0]?.ack(null, [1, 1])
})

test('timeout() shortens it', async () => {
  const { all, clock, seat, turn } = among(3)
  seat('ada')
  const hasty = all.timeout(100)
  const settled = Promise.allSettled([
    hasty.count(),
    hasty.count({ partial: true }),
    hasty.fetchSockets({ partial: true }),
  ])
  await turn()
  clock.advance(101)
  const [whole, partial, sockets] = await settled
  assert.equal(whole.status === 'rejected' && whole.reason.code, 'SIO_ADAPTER')
  assert.deepEqual(partial.status === 'fulfilled' && partial.value, { count: 1, processes: 1, missing: 2 })
  assert.equal(sockets.status === 'fulfilled' && sockets.value.sockets.length, 1)
  assert.equal(sockets.status === 'fulfilled' && sockets.value.missing, 2)
})

const broken: Record<string, () => unknown> = {
  throws: () => {
    throw new Error('no Redis')
  },
  rejects: () => Promise.reject(new Error('no Redis')),
}
for (const [how, serverCount] of Object.entries(broken)) {
  test(`an adapter whose serverCount() ${how} is an error at once, and reported as an outage`, async () => {
    const { all, failures, seat } = among(serverCount)
    seat('ada')
    await assert.rejects(all.count(), (error: AdapterError) => {
      assert.match(String(error.cause), /no Redis/)
      assert.deepEqual(error.partial, { count: 1, processes: 1, missing: 1 })
      return error.code === 'SIO_ADAPTER'
    })
    assert.deepEqual(await all.count({ partial: true }), { count: 1, processes: 1, missing: 1 })
    assert.equal(failures.length, 1)
  })
}

test('an adapter that cannot ask says so when there are others, and counts alone when there are none', async () => {
  class Mute extends Adapter {
    others = 0

    override serverCount(): Promise<number> {
      return Promise.resolve(1 + this.others)
    }
  }
  const { endpoint, seat } = hall('/hall', { adapter: Mute })
  const all = new EndpointOperator(() => endpoint)
  seat('ada')
  assert.equal(await all.count(), 1)
  assert.deepEqual(await all.count({ partial: true }), { count: 1, processes: 1, missing: 0 })
  Object.assign(endpoint.adapter, { others: 2 })
  await assert.rejects(all.count(), ({ code, cause, partial }: AdapterError) => {
    assert.match(String(cause), /serverSideEmit/)
    assert.deepEqual([code, partial], ['SIO_ADAPTER', { count: 1, processes: 1, missing: 2 }])
    return true
  })
})

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
