// Owns: what processes ask each other, with the clock in hand: who shares an answer, how long it is waited for, who is missing.
// Elsewhere: what is a question, and what an answer (replies.test.ts); real adapters between real processes (test/cluster/); a
// single process (test/conformance/namespaces/counts.test.ts).
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Adapter } from 'socket.io-adapter'
import type { AdapterError } from '../../../lib/index.js'
import { EndpointOperator } from '../../../lib/rooms/endpoint-operator.js'
import { among } from './among.js'
import { hall } from './bench.js'

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

test('an adapter that answers anything but a list has not asked all', async () => {
  for (const answer of ['many', 2, {}, { 0: 2, length: 1 }, true]) {
    const { all, asked, turn } = among(3)
    const count = all.count()
    await turn()
    asked[0]?.ack(null, answer)
    await assert.rejects(count, (error: AdapterError) => {
      assert.deepEqual([error.code, error.partial], ['SIO_ADAPTER', { count: 0, processes: 1, missing: 2 }])
      return true
    })
  }
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

test('the patience of the Redis adapter is an option of its own, for what applications ask as well', async () => {
  const { all, asked, endpoint, clock, turn } = among(2)
  Object.assign(endpoint.adapter, { requestsTimeout: 20_000 })
  const heard: unknown[] = []
  all.serverSideEmit('ask', (error: Error | null, answers: unknown) => heard.push(error?.message, answers))
  all.serverSideEmit('ask again', (error: Error | null, answers: unknown) => heard.push(error?.message, answers))
  const count = all.count()
  await turn()
  clock.advance(19_000)
  await turn()
  assert.deepEqual(heard, [])
  asked[0]?.ack(null, ['yes'])
  asked[2]?.ack(null, [4])
  assert.equal(await count, 4)
  await turn()
  clock.advance(2_001)
  await turn()
  assert.deepEqual(heard, [undefined, ['yes'], 'no ack came within 21000 ms', []])
})

test('what has come so far is known before all have answered, where an adapter keeps it as those of Socket.IO do', async () => {
  const { all, asked, endpoint, clock, turn } = among(4)
  const partial = all.timeout(100).count({ partial: true })
  await turn()
  const requests = new Map<string, unknown>([
    ['a', { resolve: () => {}, responses: [100] }],
    ['b', undefined],
    ['c', { resolve: asked[0]?.ack, responses: [7, 'seven'] }],
  ])
  Object.assign(endpoint.adapter, { requests })
  clock.advance(101)
  assert.deepEqual(await partial, { count: 7, processes: 2, missing: 2 })
})

test('an adapter that takes itself for alone during an outage does not make it the whole', async () => {
  const { all, asked, endpoint, seat } = among(1)
  seat('ada')
  endpoint.attempt(() => Promise.reject(new Error('no backplane')))
  await new Promise(setImmediate)
  const [whole, partial] = [all.count(), all.count({ partial: true })]
  asked[0]?.ack(null, [])
  await assert.rejects(whole, ({ code, cause }: AdapterError) => {
    assert.match(String(cause), /cannot be reached/)
    return code === 'SIO_ADAPTER'
  })
  assert.deepEqual(await partial, { count: 1, processes: 1, missing: 1 })
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
